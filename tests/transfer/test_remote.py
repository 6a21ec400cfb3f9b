"""What is common to all remote stores: sizes are compared, and a library's errors are explained."""

from pathlib import Path

import pytest
from fsspec.implementations.memory import MemoryFileSystem

from rompy.errors import PluginError, TransferError
from rompy.testing import contents
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
