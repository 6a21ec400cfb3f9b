"""What is read of datasets is noted: whole files, pieces of remote files, objects of stores, values in memory."""

import hashlib

import numpy as np
import pytest
import xarray as xr

from rompy import inputs
from rompy.core.driver import open_dataset
from rompy.core.source.base import SourceBase
from rompy.core.source.file import SourceFile
from rompy.core.source.zarr import SourceZarr


@pytest.fixture
def ds():
    return xr.Dataset(
        {"u": (("time", "x"), np.arange(40.0).reshape(4, 10))}, {"time": np.arange(4), "x": np.arange(10)}
    )


def test_a_file_that_is_opened_is_noted_with_its_field(tmp_path, ds):
    ds.to_netcdf(tmp_path / "wind.nc")
    source = SourceFile(uri=tmp_path / "wind.nc")
    with inputs.noted({id(source): "config.wind.source"}) as notes:
        source.open().close()
        [found] = notes.finished()
    assert found["field"] == "config.wind.source"
    assert found["sha256"] == hashlib.sha256((tmp_path / "wind.nc").read_bytes()).hexdigest()


def test_of_a_store_the_objects_are_noted_that_were_read(tmp_path, ds):
    ds.chunk(time=1).to_zarr(tmp_path / "wind.zarr", zarr_format=2)
    with inputs.noted() as notes:
        with open_dataset(tmp_path / "wind.zarr") as opened:
            opened.u.isel(time=slice(1, 3)).load()
        [found] = notes.finished()
    chunks = sorted(name for name in found["pieces"] if name.startswith(("u/1", "u/2")))
    assert found["kind"] == "store"
    assert [name for name in found["pieces"] if name.startswith(("u/0", "u/3"))] == []
    assert chunks == ["u/1.0", "u/2.0"]
    for name, digest in found["pieces"].items():
        content = (tmp_path / "wind.zarr" / name).read_bytes()
        assert digest == hashlib.sha256(content).hexdigest()


def test_stores_read_the_same_whether_they_are_noted_or_not(tmp_path, ds):
    ds.to_zarr(tmp_path / "wind.zarr", zarr_format=2)
    source = SourceZarr(uri=tmp_path / "wind.zarr")
    plain = source.open().load()
    with inputs.noted():
        xr.testing.assert_identical(source.open().load(), plain)


def test_of_a_remote_file_the_blocks_are_noted_that_were_read(s3, tmp_path, monkeypatch):
    monkeypatch.setattr("rompy.core.driver.SMALL", 0)
    rows = xr.Dataset({"u": (("time", "x"), np.random.default_rng(1).random((64, 2**15)))})
    rows.to_netcdf(tmp_path / "x.nc", encoding={"u": {"chunksizes": (1, 2**15)}})
    s3.put(str(tmp_path / "x.nc"), "bucket/x.nc")
    size = (tmp_path / "x.nc").stat().st_size
    with inputs.noted() as notes:
        with open_dataset("s3://bucket/x.nc") as opened:
            opened.u.isel(time=5).load()
        [found] = notes.finished()
    assert (found["uri"], found["kind"]) == ("s3://bucket/x.nc", "remote")
    assert found["version"]["etag"]
    assert 0 < found["bytes"] < size
    content = (tmp_path / "x.nc").read_bytes()
    for name, digest in found["pieces"].items():
        start, end = map(int, name.split("-"))
        assert digest == hashlib.sha256(content[start:end]).hexdigest()


def test_a_file_from_the_web_is_noted_by_what_came(web, tmp_path, ds):
    ds.to_netcdf(tmp_path / "x.nc")
    content = (tmp_path / "x.nc").read_bytes()
    address = web.put_version("x.nc", content, etag='"7"')
    with inputs.noted() as notes:
        open_dataset(address).close()
        [found] = notes.finished()
    assert found["uri"] == address
    assert found["version"]["etag"] == '"7"'
    assert (found["bytes"], found["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())


def test_values_given_to_a_source_are_noted(ds):
    class Held(SourceBase):
        model_config = {"arbitrary_types_allowed": True}
        model_type: str = "held"
        obj: xr.Dataset

        def _open(self):
            return self.obj

    found = []
    for values in (ds, ds + 1):
        with inputs.noted() as notes:
            Held(obj=values).open()
            found += notes.finished()
    assert [one["kind"] for one in found] == ["memory", "memory"]
    assert found[0]["sha256"] != found[1]["sha256"]


def test_files_that_a_plugin_opens_by_itself_are_noted_all_the_same(tmp_path, ds):
    ds.to_netcdf(tmp_path / "wind.nc")

    class Own(SourceBase):
        model_type: str = "own"
        place: str

        def _open(self):
            return xr.open_dataset(self.place)

    with inputs.noted() as notes:
        Own(place=str(tmp_path / "wind.nc")).open().close()
        [found] = notes.finished()
    assert found["path"] == str(tmp_path / "wind.nc")
