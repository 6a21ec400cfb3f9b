"""The transfer for an address is found by its scheme, whatever else is installed."""

import subprocess
import sys
from pathlib import Path

import pytest

from rompy.errors import PluginError, TransferError
from rompy.testing import faked_plugins
from rompy.transfer import FileTransfer, available_schemes, get_transfer


class OtherTransfer(FileTransfer):
    pass


@pytest.mark.parametrize("address", ["/data/x.nc", "x.nc", Path("x.nc"), "file:///x.nc", "FILE:///x.nc"])
def test_local_addresses_get_the_file_transfer(address):
    assert type(get_transfer(address)) is FileTransfer


def test_an_unknown_scheme_is_a_key_error_that_lists_the_known_ones():
    with pytest.raises(KeyError) as caught:
        get_transfer("gopher://host/x")
    assert isinstance(caught.value, TransferError)
    assert str(caught.value).startswith("No transfer registered for scheme 'gopher'. Available schemes: ")
    assert "file" in str(caught.value)


def test_schemes_do_not_depend_on_case():
    with faked_plugins({"rompy.transfer": {"Gopher": OtherTransfer}}):
        assert type(get_transfer("gopher://host/x")) is OtherTransfer
        assert "gopher" in available_schemes()


def test_a_broken_transfer_breaks_only_its_own_scheme():
    with faked_plugins({"rompy.transfer": {"gopher": ImportError("no tunnel")}}):
        assert type(get_transfer("x.nc")) is FileTransfer
        with pytest.raises(PluginError, match="no tunnel"):
            get_transfer("gopher://host/x")


def test_an_installed_package_wins_over_the_built_in_one():
    with faked_plugins({"rompy.transfer": {"file": OtherTransfer}}):
        assert type(get_transfer("x.nc")) is OtherTransfer


def test_two_packages_for_one_scheme_are_named():
    with (
        faked_plugins({"rompy.transfer": {"gopher": OtherTransfer}}, distribution="one"),
        faked_plugins({"rompy.transfer": {"gopher": OtherTransfer}}, distribution="two"),
        pytest.raises(PluginError, match="one 0, two 0"),
    ):
        get_transfer("gopher://host/x")


def test_a_local_copy_loads_no_network_library():
    code = (
        "import sys; from rompy.transfer import get_transfer, TransferManager; get_transfer('x');"
        "sys.exit(' '.join({'httpx', 'fsspec', 's3fs', 'xarray', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
