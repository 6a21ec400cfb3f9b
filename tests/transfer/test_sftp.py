"""Files are moved by SSH with the user's own keys, to and from known hosts only."""

import os
import sys
import threading
from importlib import util
from pathlib import Path

import pytest

from rompy.errors import MissingFileError, PluginError, TransferError
from rompy.testing import TransferSuite, contents, faked_plugins
from rompy.transfer import SftpTransfer, remote

if util.find_spec("paramiko") is None:
    if os.environ.get("CI"):
        pytest.fail("SFTP IS NOT TESTED: install paramiko (the extra `test` has it)", pytrace=False)
    pytest.skip("SFTP IS NOT TESTED: install paramiko (the extra `test` has it)", allow_module_level=True)

import paramiko

from rompy.transfer import ssh

_SPEC = util.spec_from_file_location("ssh_server", Path(__file__).with_name("ssh_server.py"))
_SERVER = util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(_SERVER)


@pytest.fixture(scope="module")
def key():
    return paramiko.RSAKey.generate(2048)


@pytest.fixture(scope="module")
def server(key):
    server = _SERVER.SshServer(key)
    yield server
    ssh.disconnect()
    server.close()


@pytest.fixture(autouse=True)
def home(server, key, tmp_path, monkeypatch):
    """A home with the key, and the server among the known hosts."""
    folder = tmp_path / "home" / ".ssh"
    folder.mkdir(parents=True)
    key.write_private_key_file(str(folder / "id_rsa"))
    line = f"[127.0.0.1]:{server.port} {server.key.get_name()} {server.key.get_base64()}\n"
    (folder / "known_hosts").write_text(line)
    monkeypatch.setenv("HOME", str(folder.parent))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    return folder


@pytest.fixture(autouse=True)
def _registered():
    with faked_plugins({"rompy.transfer": {"sftp": SftpTransfer}}):
        yield


@pytest.fixture
def place(tmp_path):
    place = tmp_path / "the other end"
    place.mkdir()
    return place


@pytest.fixture
def root(server, place):
    return f"sftp://me@127.0.0.1:{server.port}{place}"


class TestSftpTransfer(TransferSuite):
    can = frozenset({"exists", "list", "put", "delete", "stat"})

    @pytest.fixture
    def transfer(self):
        return SftpTransfer()

    @pytest.fixture
    def root(self, root):
        return root

    @pytest.fixture
    def seed(self, place, root):
        def put(name, content):
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            return f"{root}/{name}"

        return put


def _disconnected():
    ssh.disconnect()
    ssh._mine.__dict__.clear()


def test_an_unknown_host_is_refused_with_advice(root, home):
    _disconnected()
    (home / "known_hosts").write_text("")
    with pytest.raises(TransferError, match=r"known_hosts(.|\n)*compare the key: ssh -p"):
        SftpTransfer().list(root)


def test_a_host_with_another_key_is_refused(root, home, server, key):
    _disconnected()
    (home / "known_hosts").write_text(f"[127.0.0.1]:{server.port} {key.get_name()} {key.get_base64()}\n")
    with pytest.raises(TransferError, match="differs from the one in"):
        SftpTransfer().list(root)


def test_a_key_that_is_not_accepted_is_explained(root, home):
    _disconnected()
    (home / "id_rsa").unlink()
    with pytest.raises(TransferError, match=r"cannot connect(.|\n)*Put a key that it accepts"):
        SftpTransfer().list(root)


def test_a_password_in_an_address_is_refused_and_not_shown():
    with pytest.raises(TransferError, match="passwords do not belong") as caught:
        SftpTransfer().list("sftp://me:geheim@host/x")
    assert "geheim" not in str(caught.value)


def test_nobody_listening_is_a_transfer_error():
    with pytest.raises(TransferError, match="cannot connect to 127.0.0.1 by SSH"):
        SftpTransfer().list("sftp://127.0.0.1:9/x")


def test_hosts_are_looked_up_in_the_users_settings(server, place, home):
    _disconnected()
    (home / "config").write_text(f"Host cluster\n  HostName 127.0.0.1\n  Port {server.port}\n  User me\n")
    (place / "a").write_text("a")
    assert SftpTransfer().list(f"sftp://cluster{place}") == [f"sftp://cluster{place}/a"]


OPERATIONS = {
    "exists": lambda root, there: SftpTransfer().exists(f"{root}/a"),
    "list": lambda root, there: SftpTransfer().list(root) == [f"{root}/a"],
    "stat": lambda root, there: SftpTransfer().stat(f"{root}/a")["size"] == 1,
    "version": lambda root, there: SftpTransfer().version(f"{root}/a").size == 1,
    "put": lambda root, there: SftpTransfer().put(there / "a", f"{root}/b") and (there / "b").exists(),
    "get": lambda root, there: SftpTransfer().get(f"{root}/a", there / "here").exists(),
    "delete": lambda root, there: SftpTransfer().delete(f"{root}/a") is None and not (there / "a").exists(),
}


@pytest.mark.parametrize("noticed", [True, False])
@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_a_lost_connection_is_made_again(operation, noticed, server, root, place, monkeypatch):
    monkeypatch.setattr(remote, "PAUSES", (0.0,))
    (place / "a").write_text("a")
    assert SftpTransfer().exists(f"{root}/a")
    if not noticed:
        monkeypatch.setattr(ssh.SshStore, "is_open", True)
    server.hang_up()
    assert OPERATIONS[operation](root, place)


def test_a_lost_connection_is_never_taken_for_a_file_that_is_not_there(root, place, monkeypatch):
    (place / "a").write_text("a")
    monkeypatch.setattr(paramiko.SFTPClient, "stat", _raising(EOFError("gone")))
    with pytest.raises(TransferError, match="cannot look for"):
        SftpTransfer().exists(f"{root}/a")


def test_a_listing_that_breaks_off_is_not_taken_for_the_whole(root, place, tmp_path, monkeypatch):
    monkeypatch.setattr(remote, "PAUSES", ())
    (place / "folder" / "deep").mkdir(parents=True)
    (place / "folder" / "deep" / "a").write_text("a")
    (place / "folder" / "b").write_text("b")
    list_folder = paramiko.SFTPClient.listdir_iter

    def break_off(self, path, *args, **kwargs):
        if path.endswith("deep"):
            raise OSError("Socket is closed")
        return list_folder(self, path, *args, **kwargs)

    monkeypatch.setattr(paramiko.SFTPClient, "listdir_iter", break_off)
    with pytest.raises(TransferError, match="Socket is closed"):
        SftpTransfer().get(f"{root}/folder", tmp_path / "here")
    assert contents(tmp_path / "here") == {}


def test_a_deletion_whose_answer_was_lost_is_done(root, place, monkeypatch):
    (place / "a").write_text("a")
    remove = paramiko.SFTPClient.remove

    def answer_lost(self, path):
        remove(self, path)
        raise EOFError("gone")

    monkeypatch.setattr(paramiko.SFTPClient, "remove", answer_lost)
    SftpTransfer().delete(f"{root}/a")
    assert contents(place) == {}
    with pytest.raises(MissingFileError):
        SftpTransfer().delete(f"{root}/a")


def _raising(error):
    def fail(*args, **kwargs):
        raise error

    return fail


def test_a_put_that_fails_leaves_the_former_file(root, place, tmp_path, monkeypatch):
    (place / "a").write_text("former")
    (tmp_path / "a").write_text("new")

    def break_off(*args, **kwargs):
        raise ConnectionResetError("gone")

    monkeypatch.setattr(paramiko.SFTPClient, "posix_rename", break_off)
    with pytest.raises(TransferError, match="gone"):
        SftpTransfer().put(tmp_path / "a", f"{root}/a")
    assert {name: (place / name).read_text() for name in contents(place)} == {"a": "former"}


def test_threads_do_not_share_a_connection(root, place):
    (place / "a").write_bytes(bytes(200_000))
    sizes = []
    threads = [
        threading.Thread(
            target=lambda n=n: sizes.append(SftpTransfer().get(f"{root}/a", place.parent / str(n)).stat())
        )
        for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert [status.st_size for status in sizes] == [200_000] * 4


def test_the_cache_notices_a_changed_file(root, place, monkeypatch):
    from rompy.fetch import fetch

    (place / "a.nc").write_text("a")
    assert fetch(f"{root}/a.nc").read_text() == "a"
    (place / "a.nc").write_text("b")  # within the same second, to which the protocol tells times
    assert fetch(f"{root}/a.nc").read_text() == "b"
    os.utime(place / "a.nc", (0, 0))
    fetch(f"{root}/a.nc")
    monkeypatch.setattr(SftpTransfer, "get", lambda *args, **kwargs: pytest.fail("it has not changed"))
    assert fetch(f"{root}/a.nc").read_text() == "b"


def test_a_missing_package_is_named_with_its_extra(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "paramiko", None)
    monkeypatch.delitem(sys.modules, "rompy.transfer.ssh", raising=False)
    with pytest.raises(PluginError, match=r'pip install "rompy\[sftp\]"'):
        SftpTransfer().get("sftp://host/x", tmp_path)
