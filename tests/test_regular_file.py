import os
import socket

import pytest

from rompy.digest import digest_of, digests_of
from rompy.regular_file import opener


def _read(path):
    with open(path, "rb", opener=opener) as file:
        return file.read()


def test_files_and_links_to_files_are_opened(tmp_path):
    (tmp_path / "file").write_bytes(b"x")
    (tmp_path / "link").symlink_to("file")
    assert _read(tmp_path / "file") == _read(tmp_path / "link") == b"x"


def test_pipes_devices_sockets_and_folders_are_refused_at_once(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "endless").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        for name in ("pipe", "endless", "socket"):
            with pytest.raises(OSError, match=r"no regular file|No such device"):
                _read(tmp_path / name)
    with pytest.raises(IsADirectoryError):
        _read(tmp_path)


def test_no_digest_waits_for_a_pipe(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"x")
    pipe, file = digests_of([tmp_path / "pipe", tmp_path / "file"])
    assert isinstance(pipe, OSError)
    assert file.sha256 == digest_of(tmp_path / "file")
