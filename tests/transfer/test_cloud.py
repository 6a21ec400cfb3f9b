"""Object stores are reached through the environment, and what goes wrong is explained."""

import sys
from importlib import import_module

import pytest

from rompy.errors import MissingFileError, PluginError, TransferError
from rompy.testing import contents
from rompy.transfer import CloudTransfer

transfer = CloudTransfer()


@pytest.mark.parametrize(
    ("uri", "parts"),
    [
        ("s3://bucket/a/b c.nc", ("s3", "bucket", "a/b c.nc")),
        ("S3://bucket/a/", ("s3", "bucket", "a")),
        ("gs://bucket", ("gs", "bucket", "")),
        ("az://container/blob", ("az", "container", "blob")),
    ],
)
def test_parts_of_an_address(uri, parts):
    assert transfer._parse_cloud_uri(uri) == parts


@pytest.mark.parametrize("uri", ["s3://", "s3:///key", "http://host/x", "bucket/key"])
def test_what_is_no_address_of_a_store_is_refused(uri):
    with pytest.raises(TransferError, match="not an address of an object store"):
        transfer._parse_cloud_uri(uri)


@pytest.mark.parametrize(("scheme", "library"), [("s3", "s3fs"), ("gs", "gcsfs"), ("az", "adlfs")])
def test_a_missing_library_is_named_with_the_extra_that_brings_it(scheme, library, monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, library, None)
    monkeypatch.delitem(import_module("fsspec.registry")._registry, scheme, raising=False)
    with pytest.raises(PluginError, match=rf"{library}(.|\n)*pip install \"rompy\[{scheme}\]\""):
        transfer.get(f"{scheme}://bucket/x", tmp_path)


def test_a_bucket_is_listed_but_never_deleted(s3):
    s3.pipe_file("bucket/a.nc", b"a")
    assert transfer.list("s3://bucket") == ["s3://bucket/a.nc"]
    with pytest.raises(TransferError, match="whole store"):
        transfer.delete("s3://bucket", recursive=True)
    assert s3.exists("bucket/a.nc")


def test_a_bucket_that_does_not_exist_is_missing(s3, tmp_path):
    with pytest.raises(MissingFileError):
        transfer.get("s3://no-such-bucket/x", tmp_path)
    (tmp_path / "a").write_text("a")
    with pytest.raises((MissingFileError, TransferError), match="no-such-bucket"):
        transfer.put(tmp_path / "a", "s3://no-such-bucket/x")


def test_a_key_cannot_lead_out_of_the_folder(s3, tmp_path):
    s3.pipe_file("bucket/folder/../../../escaped", b"x")
    with pytest.raises(TransferError, match="not a name"):
        transfer.get("s3://bucket/folder", tmp_path / "deep" / "in")
    assert contents(tmp_path) == {"deep/in": "empty folder"}
