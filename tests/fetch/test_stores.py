"""Folders of a store come whole; what broke off is continued, and nothing stale is put among what is new."""

import pytest

from rompy.errors import TransferError
from rompy.fetch import bring
from rompy.testing import contents
from rompy.transfer import CloudTransfer, remote

NAMES = [f"u10/{n}" for n in range(6)]


@pytest.fixture
def store(s3):
    for name in NAMES:
        s3.pipe_file(f"bucket/a.zarr/{name}", name.encode())
    return s3


@pytest.fixture
def asked(monkeypatch):
    """Objects that were fetched; those in ``broken`` cannot be."""
    names, get = [], CloudTransfer.get

    def noted(self, uri, *args, **kwargs):
        name = uri.partition("a.zarr/")[2]
        if name in noted.broken:
            raise TransferError(f"cannot fetch {uri}")
        names.append(name)
        return get(self, uri, *args, **kwargs)

    noted.broken = set()
    monkeypatch.setattr(CloudTransfer, "get", noted)
    monkeypatch.setattr(remote, "PAUSES", ())
    monkeypatch.setattr("rompy.fetch.stores.WORKERS", 1)
    return names, noted.broken


def _expected(names=NAMES):
    return {name: name.encode() for name in names}


def _files(path):
    return {
        file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()
    }


def test_what_has_come_completely_does_not_come_again(store, asked, tmp_path, cache):
    names, broken = asked
    broken.add("u10/4")
    with pytest.raises(TransferError, match="u10/4"):
        bring("s3://bucket/a.zarr", tmp_path / "run")
    assert not (tmp_path / "run").exists()
    assert names == NAMES[:4]
    names.clear()
    broken.clear()
    path = bring("s3://bucket/a.zarr", tmp_path / "run")
    assert names == NAMES[4:]
    assert _files(path) == _expected()
    assert list((cache.root / "parts").glob("*.store")) == []


def test_what_has_changed_or_gone_meanwhile_is_not_used(store, asked, tmp_path):
    names, broken = asked
    broken.add("u10/4")
    with pytest.raises(TransferError):
        bring("s3://bucket/a.zarr", tmp_path)
    store.pipe_file("bucket/a.zarr/u10/0", b"new")
    store.rm_file("bucket/a.zarr/u10/1")
    names.clear()
    broken.clear()
    files = _files(bring("s3://bucket/a.zarr", tmp_path))
    assert names == ["u10/0", "u10/4", "u10/5"]
    assert files == _expected([n for n in NAMES if n != "u10/1"]) | {"u10/0": b"new"}


def test_a_store_that_changes_while_it_comes_is_not_mixed(store, asked, tmp_path, monkeypatch):
    get = CloudTransfer.get
    changes = [b"later"]

    def change(self, uri, *args, **kwargs):
        path = get(self, uri, *args, **kwargs)
        if uri.endswith("u10/3") and changes:
            store.pipe_file("bucket/a.zarr/u10/0", changes.pop())
        return path

    monkeypatch.setattr(CloudTransfer, "get", change)
    assert _files(bring("s3://bucket/a.zarr", tmp_path)) == _expected() | {"u10/0": b"later"}


def test_what_broke_off_long_ago_is_dropped(store, asked, tmp_path, cache):
    asked[1].add("u10/4")
    with pytest.raises(TransferError):
        bring("s3://bucket/a.zarr", tmp_path)
    cache.prune()
    assert len(list((cache.root / "parts").glob("*.store"))) == 1
    cache.prune(0)
    assert list((cache.root / "parts").glob("*.store")) == []


def test_without_a_cache_a_folder_comes_all_the_same(store, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "file" / "cache"))
    assert _files(bring("s3://bucket/a.zarr", tmp_path / "run")) == _expected()


def test_a_folder_with_other_files_is_not_replaced(store, tmp_path):
    (tmp_path / "a.zarr").mkdir()
    (tmp_path / "a.zarr" / "mine").touch()
    with pytest.raises(TransferError, match="mine"):
        bring("s3://bucket/a.zarr", tmp_path)
    assert contents(tmp_path / "a.zarr").keys() == {"mine"}
