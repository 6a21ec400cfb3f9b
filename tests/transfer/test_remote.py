"""What is common to all remote stores: sizes are compared, and a library's errors are explained."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from rompy.errors import PluginError, RompyError, TransferError
from rompy.testing import contents
from rompy.transfer import remote
from rompy.transfer.remote import RemoteTransfer


class Flaky(MemoryFileSystem):
    """A store that loses the end of every file, or its temper."""

    cachable = False
    store = {}
    pseudo_dirs = [""]
    error = None

    def get_file(self, rpath, lpath, **kwargs):
        if self.error is not None:
            raise self.error
        Path(lpath).write_bytes(self.cat_file(rpath)[:-1])


class FlakyTransfer(RemoteTransfer):
    def __init__(self, error=None):
        self.store = Flaky()
        self.store.error = error
        self.store.pipe_file("/place/x.nc", b"0123456789")

    def _filesystem(self, scheme):
        return self.store


@pytest.fixture(autouse=True)
def pauses(monkeypatch):
    """Pauses between attempts, recorded instead of waited for."""
    waited = []
    monkeypatch.setattr(remote, "time", SimpleNamespace(sleep=waited.append))
    return waited


def test_what_breaks_off_is_tried_again(tmp_path, pauses):
    transfer = FlakyTransfer()

    def get_file(rpath, lpath):
        if len(pauses) < 2:
            raise ConnectionResetError("gone")
        Path(lpath).write_bytes(b"0123456789")

    transfer.store.get_file = get_file
    assert transfer.get("flaky://place/x.nc", tmp_path).read_bytes() == b"0123456789"
    assert pauses == [1, 2]


@pytest.mark.parametrize("error", [PermissionError("no"), RuntimeError("boom"), FileNotFoundError("x")])
def test_what_is_refused_is_not_tried_again(error, tmp_path, pauses):
    with pytest.raises(RompyError):
        FlakyTransfer(error).get("flaky://place/x.nc", tmp_path)
    assert pauses == []


def test_a_file_that_was_cut_short_is_not_kept(tmp_path):
    with pytest.raises(TransferError, match="9 of 10 bytes"):
        FlakyTransfer().get("flaky://place/x.nc", tmp_path)
    assert contents(tmp_path) == {}


def test_an_error_of_the_library_is_named_in_one_line(tmp_path):
    with pytest.raises(
        TransferError, match=r"cannot fetch flaky://place/x.nc: RuntimeError: boom\n"
    ) as caught:
        FlakyTransfer(RuntimeError("boom\nand a long tail")).get("flaky://place/x.nc", tmp_path)
    assert "tail" not in str(caught.value)
    assert contents(tmp_path) == {}


def test_an_error_of_our_own_passes_unchanged(tmp_path):
    with pytest.raises(PluginError, match="^mine$"):
        FlakyTransfer(PluginError("mine")).get("flaky://place/x.nc", tmp_path)


@pytest.mark.parametrize("address", ["flaky://", "flaky:///"])
def test_an_address_without_a_place_is_refused(address, tmp_path):
    with pytest.raises(TransferError, match="names nothing"):
        FlakyTransfer().exists(address)
