"""Stores, files and references are opened lazily, wherever they are, and what is wrong with them is said."""

import json
import os
import subprocess
import sys
import warnings

import numpy as np
import pytest
import xarray as xr

from rompy import plugins
from rompy.core.filters import Filter
from rompy.core.source import SourceFile, SourceGrib, SourceKerchunk, SourceZarr, opened_once
from rompy.errors import DataError, MissingFileError, PluginError
from rompy.testing import SourceSuite

pytest_plugins = ["rompy.testing.fixtures"]


@pytest.fixture(autouse=True)
def known():
    with (
        plugins.registered("rompy.source", "zarr", SourceZarr),
        plugins.registered("rompy.source", "grib", SourceGrib),
        plugins.registered("rompy.source", "kerchunk", SourceKerchunk),
    ):
        yield


@pytest.fixture
def store(tiny_dataset, tmp_path):
    pytest.importorskip("zarr")
    tiny_dataset.to_zarr(tmp_path / "tiny.zarr", zarr_format=2)
    return tmp_path / "tiny.zarr"


@pytest.fixture
def messages(tiny_dataset, tmp_path):
    eccodes = pytest.importorskip("eccodes")
    path = tmp_path / "tiny.grib"
    with path.open("wb") as file:
        for hour, time in enumerate(tiny_dataset.time):
            for name, key in (("u10", "10u"), ("v10", "10v")):
                field = tiny_dataset[name].sel(time=time)
                message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
                for setting, value in {
                    "Ni": 5, "Nj": 6, "latitudeOfFirstGridPointInDegrees": -30.0,
                    "latitudeOfLastGridPointInDegrees": -40.0, "longitudeOfFirstGridPointInDegrees": 145.0,
                    "longitudeOfLastGridPointInDegrees": 155.0, "iDirectionIncrementInDegrees": 2.5,
                    "jDirectionIncrementInDegrees": 2.0, "dataDate": 20230101, "dataTime": 100 * hour, "shortName": key,
                }.items():  # fmt: skip
                    eccodes.codes_set(message, setting, value)
                eccodes.codes_set_values(message, field.values.ravel().astype(float))
                eccodes.codes_write(message, file)
                eccodes.codes_release(message)
    return path


@pytest.fixture
def references(tiny_netcdf, tmp_path):
    kerchunk = pytest.importorskip("kerchunk.hdf")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # kerchunk's own
        found = kerchunk.SingleHdf5ToZarr(str(tiny_netcdf)).translate()
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(found))
    return path


class TestZarr(SourceSuite):
    @pytest.fixture
    def source_class(self):
        return SourceZarr

    @pytest.fixture
    def description(self, store):
        return {"model_type": "zarr", "uri": str(store)}

    @pytest.fixture
    def missing(self, store):
        return {"model_type": "zarr", "uri": str(store) + ".not"}


class TestGrib(SourceSuite):
    @pytest.fixture
    def source_class(self):
        return SourceGrib

    @pytest.fixture
    def description(self, messages):
        return {"model_type": "grib", "uri": str(messages), "only": {"typeOfLevel": "heightAboveGround"}}


class TestKerchunk(SourceSuite):
    @pytest.fixture
    def source_class(self):
        return SourceKerchunk

    @pytest.fixture
    def description(self, references):
        return {"model_type": "kerchunk", "uri": str(references)}

    @pytest.fixture
    def missing(self, references):
        return {"model_type": "kerchunk", "uri": str(references) + ".not"}


@pytest.fixture
def references_by_hour(tiny_dataset, tmp_path):
    """References to a file for each of six hours."""
    kerchunk = pytest.importorskip("kerchunk.hdf")
    for hour in range(6):
        file = tmp_path / f"{hour}.nc"
        tiny_dataset.isel(time=slice(hour, hour + 1)).to_netcdf(file)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # kerchunk's own
            found = kerchunk.SingleHdf5ToZarr(str(file)).translate()
        (tmp_path / f"refs_2023010{1}{hour:02}.json").write_text(json.dumps(found))
    return tmp_path


def test_references_of_many_files_are_joined_and_only_those_of_the_period_are_read(
    references_by_hour, tiny_dataset
):
    with opened_once():
        ds = SourceKerchunk(uri=references_by_hour / "refs_*.json").open(["u10"]).load()
    np.testing.assert_array_equal(ds.u10, tiny_dataset.u10[:6])
    for hour in (0, 1, 5):
        (references_by_hour / f"{hour}.nc").unlink()
        (references_by_hour / f"refs_2023010{1}{hour:02}.json").write_text("rubbish")
    with opened_once():
        source = SourceKerchunk(uri=references_by_hour / "refs_{time:%Y%m%d%H}.json")
        ds = source.open(["u10"], Filter(crop={"time": slice("2023-01-01T03", "2023-01-01T04")})).load()
    np.testing.assert_array_equal(ds.u10, tiny_dataset.u10[3:5])


def test_references_combined_into_one_lead_to_many_files(references_by_hour, tiny_dataset):
    combine = pytest.importorskip("kerchunk.combine")
    files = sorted(map(str, references_by_hour.glob("refs_*.json")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # kerchunk's own
        times = {"time": "cf:time"}
        found = combine.MultiZarrToZarr(files, concat_dims=["time"], coo_map=times).translate()
    (references_by_hour / "all.json").write_text(json.dumps(found))
    with opened_once():
        ds = SourceKerchunk(uri=references_by_hour / "all.json").open(["u10"]).load()
    np.testing.assert_array_equal(ds.u10, tiny_dataset.u10[:6])


def test_groups_of_a_store(tiny_dataset, tmp_path):
    pytest.importorskip("zarr")
    tiny_dataset.to_zarr(tmp_path / "a.zarr", group="winds", zarr_format=2, consolidated=False)
    with opened_once():
        assert SourceZarr(uri=tmp_path / "a.zarr", group="winds").open().load().equals(tiny_dataset)


def test_grib_leaves_nothing_beside_the_file(messages, tiny_dataset):
    before = {path.name for path in messages.parent.iterdir()}
    for source in (SourceGrib(uri=messages), SourceFile(uri=messages)):
        with opened_once():
            ds = source.open(filters=Filter(crop={"latitude": slice(-34, -32)}))
            np.testing.assert_allclose(ds.u10, tiny_dataset.u10.sel(latitude=slice(-32, -34)), atol=1e-3)
    with pytest.raises(DataError, match="no message .*isobaricInhPa"):
        SourceGrib(uri=messages, only={"typeOfLevel": "isobaricInhPa"}).open()
    assert {path.name for path in messages.parent.iterdir()} == before


@pytest.mark.parametrize("name", ["tiny.nc", "classic.nc", "tiny.zarr"])
def test_objects_of_s3_are_read_where_they_are(s3, store, tiny_netcdf, tiny_dataset, name):
    tiny_dataset.to_netcdf(tiny_netcdf.with_name("classic.nc"), format="NETCDF3_CLASSIC")
    s3.put(str(tiny_netcdf.with_name(name)), f"bucket/{name}", recursive=True)
    source = (SourceZarr if name.endswith("zarr") else SourceFile)(uri=f"s3://bucket/{name}")
    with opened_once():
        ds = source.open(variables=["v10"])
        assert not ds.v10.variable._in_memory
        np.testing.assert_array_equal(ds.v10, tiny_dataset.v10)
    with pytest.raises(MissingFileError, match=f"nothing at s3://bucket/no-{name}"):
        type(source)(uri=f"s3://bucket/no-{name}").open()


def test_without_credentials_it_says_where_they_are_looked_for(s3_endpoint, tmp_path):
    # In a process of its own: file systems that have found credentials keep them.
    code = "from rompy.core.source import SourceFile; SourceFile(uri='s3://locked/a.nc').open()"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_CONFIG_FILE": str(tmp_path / "a"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "a"),
    }
    environment |= {"AWS_EC2_METADATA_DISABLED": "true", "AWS_ENDPOINT_URL": s3_endpoint}
    said = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True
    ).stderr
    assert "DataError: there are no credentials for s3://locked/a.nc" in said
    assert "AWS_ACCESS_KEY_ID" in said


def test_files_of_a_web_server_without_ranges(tiny_netcdf, tiny_dataset, web):
    # This server of the tests answers every request with the whole file, as plain servers do.
    url = web.put("tiny.nc", tiny_netcdf.read_bytes())
    with opened_once():
        np.testing.assert_array_equal(SourceFile(uri=url).open().u10, tiny_dataset.u10)
    with pytest.raises(MissingFileError, match=r"nothing at .*other\.nc"):
        SourceFile(uri=url.replace("tiny", "other")).open()


def whole_again(path, content):
    path.write_bytes(content)
    return path


def test_a_file_that_is_cut_off_is_told_from_one_of_another_kind(tiny_netcdf):
    whole = tiny_netcdf.read_bytes()
    tiny_netcdf.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match=rf"cut off: {len(whole) // 2} bytes of {len(whole)} are there"):
        SourceFile(uri=tiny_netcdf).open()
    for unlimited in ([], ["time"]):
        xr.load_dataset(whole_again(tiny_netcdf, whole)).to_netcdf(
            tiny_netcdf, format="NETCDF3_CLASSIC", unlimited_dims=unlimited
        )
        SourceFile(uri=tiny_netcdf).open().close()
        tiny_netcdf.write_bytes(tiny_netcdf.read_bytes()[:-300])
        with pytest.raises(DataError, match="it is cut off"):
            SourceFile(uri=tiny_netcdf).open()
    tiny_netcdf.write_bytes(b"<html>log in first</html>")
    with pytest.raises(DataError, match="it is a web page"):
        SourceFile(uri=tiny_netcdf).open()
    tiny_netcdf.write_bytes(b"")
    with pytest.raises(DataError, match="it is empty"):
        SourceFile(uri=tiny_netcdf).open()


def test_an_unknown_scheme_and_a_missing_library_say_what_to_do(monkeypatch):
    with pytest.raises(DataError, match="no address that can be opened"):
        SourceFile(uri="gopher://host/a.nc").open()
    monkeypatch.setitem(__import__("sys").modules, "gcsfs", None)
    with pytest.raises(PluginError, match=r"rompy\[gs\]"):
        SourceFile(uri="gs://bucket/a.nc").open()


def test_a_corrupt_chunk_is_an_error_and_no_value(store):
    for chunk in store.joinpath("u10").glob("[0-9]*"):
        chunk.write_bytes(b"rubbish")
    with opened_once(), pytest.raises(Exception, match=r".+"):
        SourceZarr(uri=store).open().u10.load()


def test_an_empty_folder_is_no_store(tmp_path):
    (tmp_path / "a.zarr").mkdir()
    with pytest.raises(DataError, match=r"a\.zarr cannot be opened"):
        SourceZarr(uri=tmp_path / "a.zarr").open()
