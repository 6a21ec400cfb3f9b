"""Google's and Azure's stores are reached as Amazon's is: through the environment, against servers on this machine."""

import os
import shutil
import sys
from importlib.util import find_spec

import numpy as np
import pytest
import xarray as xr

from rompy.core.source import SourceFile, opened_once
from rompy.errors import MissingFileError
from rompy.fetch import fetch
from rompy.testing import contents, faked_plugins
from rompy.transfer import CloudTransfer

# The account that Azurite has, published with it: https://learn.microsoft.com/azure/storage/common/storage-use-azurite
_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


_GOOGLE = """
from gcp_storage_emulator.server import create_server
server = create_server("127.0.0.1", 0, in_memory=True, default_bucket="bucket")
server.start()
print(f"Running on http://127.0.0.1:{server._api._httpd.server_port}", flush=True)
"""
"""Its own command must be told which port to take."""


@pytest.fixture(scope="module")
def google(start_server):
    """An emulator of Google Cloud Storage with the bucket ``bucket``; gives the environment that leads there."""
    missing = [name for name in ("gcsfs", "gcp_storage_emulator") if find_spec(name) is None]
    if missing:
        reason = (
            f"GOOGLE CLOUD STORAGE IS NOT TESTED: install {', '.join(missing)} (the extra `test` has them)"
        )
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    return {"STORAGE_EMULATOR_HOST": start_server(sys.executable, "-c", _GOOGLE)}


@pytest.fixture(scope="module")
def azure(start_server):
    """Azurite with the container ``bucket``, where it is installed; gives the environment that leads there."""
    program = shutil.which("azurite-blob")
    if program is None or find_spec("adlfs") is None:
        reason = "AZURE BLOB STORAGE IS NOT TESTED: npm install -g azurite; pip install adlfs"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    options = ["--inMemoryPersistence", "--disableTelemetry", "--skipApiVersionCheck", "--silent"]
    address = start_server(program, "--blobPort", "0", *options)
    account = f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={_KEY};"
    return {"AZURE_STORAGE_CONNECTION_STRING": f"{account}BlobEndpoint={address}/devstoreaccount1;"}


@pytest.fixture(params=["gs", "az"])
def root(request, monkeypatch):
    """An address in an empty bucket."""
    import fsspec

    for name, value in request.getfixturevalue({"gs": "google", "az": "azure"}[request.param]).items():
        monkeypatch.setenv(name, value)
    if request.param == "az":
        fsspec.filesystem("az", use_listings_cache=False).mkdir("bucket", exist_ok=True)
    with faked_plugins({"rompy.transfer": {request.param: CloudTransfer}}):
        yield f"{request.param}://bucket"
        for address in CloudTransfer().list(f"{request.param}://bucket"):
            CloudTransfer().delete(address, recursive=True)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))


def test_files_and_folders_come_and_go(root, tmp_path):
    transfer, (here, there) = CloudTransfer(), (tmp_path / "here", tmp_path / "there")
    (here / "deep").mkdir(parents=True)
    (here / "a").write_bytes(b"a")
    (here / "deep" / "b").write_bytes(b"bb")
    assert transfer.put(here, f"{root}/x") == f"{root}/x"
    assert transfer.list(f"{root}/x") == [f"{root}/x/a", f"{root}/x/deep"]
    assert transfer.exists(f"{root}/x/deep/b")
    assert not transfer.exists(f"{root}/x/c")
    status = transfer.stat(f"{root}/x/deep/b")
    assert (status["type"], status["size"], status["modified"].year >= 2024) == ("file", 2, True)
    assert contents(transfer.get(f"{root}/x", there)) == contents(here)
    transfer.delete(f"{root}/x/a")
    transfer.delete(f"{root}/x", recursive=True)
    assert not transfer.exists(f"{root}/x")
    with pytest.raises(MissingFileError):
        transfer.get(f"{root}/x/a", there)


def test_the_cache_is_asked_about_once_and_notices_a_change(root, tmp_path, monkeypatch):
    (tmp_path / "a").write_text("a")
    CloudTransfer().put(tmp_path / "a", f"{root}/a.nc")
    assert fetch(f"{root}/a.nc").read_text() == "a"
    with monkeypatch.context() as patch:
        patch.setattr(CloudTransfer, "get", lambda *args, **kwargs: pytest.fail("it has not changed"))
        assert fetch(f"{root}/a.nc").read_text() == "a"
    (tmp_path / "a").write_text("b")
    CloudTransfer().put(tmp_path / "a", f"{root}/a.nc")
    assert fetch(f"{root}/a.nc").read_text() == "b"


def test_a_dataset_is_opened_where_it_is(root, tmp_path):
    ds = xr.Dataset({"u": ("x", np.arange(5.0))})
    ds.to_netcdf(tmp_path / "a.nc")
    CloudTransfer().put(tmp_path / "a.nc", f"{root}/a.nc")
    with opened_once():
        np.testing.assert_array_equal(SourceFile(uri=f"{root}/a.nc").open().u, ds.u)
