"""Statistics of netCDF variables are those of all their values, however they are read."""

import netCDF4
import numpy as np
import pytest
import xarray as xr

from rompy.manifest import statistics
from rompy.manifest.blocks import blocks
from rompy.manifest.statistics import has_statistics, is_netcdf, statistics_of


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "x.nc"
    values = np.random.default_rng(1).normal(5, 2, (7, 5, 11))
    values[2] = np.nan
    with netCDF4.Dataset(path, "w") as ds:
        for name, size in (("t", 7), ("y", 5), ("x", 11), ("none", 0), ("one", 1)):
            ds.createDimension(name, size or None)
        ds.createVariable("u", "f8", ("t", "y", "x"))[:] = values
        packed = ds.createVariable("p", "i2", ("x",), fill_value=-1)
        packed.scale_factor, packed.add_offset = 0.5, 10.0
        packed[:] = np.ma.masked_equal(np.arange(11) * 0.5 + 10, 12.0)
        ds.createVariable("scalar", "i4", ())[...] = 3
        ds.createVariable("empty", "f4", ("none",))
        ds.createVariable("nan", "f4", ("one",))[:] = np.nan
        ds.createVariable("text", str, ("one",))[0] = "a"
        ds.createGroup("g").createVariable("v", "u1", ("one",))[:] = 7
    return path, values


def test_numbers_are_those_of_numpy(file):
    path, values = file
    found = statistics_of(path)
    assert list(found) == ["empty", "g/v", "nan", "p", "scalar", "u"]
    u = found["u"]
    assert (u["count"], u["missing"]) == (330, 55)
    assert (u["min"], u["max"]) == (np.nanmin(values), np.nanmax(values))
    np.testing.assert_allclose([u["mean"], u["std"]], [np.nanmean(values), np.nanstd(values)], rtol=1e-13)
    assert (found["p"]["count"], found["p"]["missing"]) == (10, 1)
    assert (found["p"]["min"], found["p"]["max"]) == (10.0, 15.0)
    assert found["scalar"] == {"count": 1, "missing": 0, "min": 3.0, "max": 3.0, "mean": 3.0, "std": 0.0}
    assert found["nan"] == {"count": 0, "missing": 1, "min": None, "max": None, "mean": None, "std": None}
    assert found["empty"]["count"] == found["empty"]["missing"] == 0


@pytest.mark.parametrize("piece", [8, 100, 500, 10**9])
def test_the_size_of_the_pieces_changes_nothing_but_rounding(file, monkeypatch, piece):
    path, _ = file
    whole = statistics_of(path)
    monkeypatch.setattr(statistics, "BLOCK", piece)
    parts = statistics_of(path)
    for name, told in whole.items():
        for key, value in told.items():
            assert parts[name][key] == (value if value is None else pytest.approx(value, rel=1e-12))


def test_files_are_told_by_how_they_begin(file, tmp_path):
    (tmp_path / "x.txt").write_text("CDF?")
    assert is_netcdf(file[0])
    assert not is_netcdf(tmp_path / "x.txt")
    assert not is_netcdf(tmp_path / "none")


def test_types_of_users_own_and_texts_are_passed_over(tmp_path):
    path = tmp_path / "x.nc"
    with netCDF4.Dataset(path, "w") as ds:
        ds.createDimension("x", 2)
        several = ds.createVLType(np.int32, "several")
        ds.createVariable("lists", several, ("x",))[0] = np.array([1, 2], "i4")
        kind = ds.createEnumType(np.uint8, "kind", {"dry": 0, "wet": 1})
        ds.createVariable("state", kind, ("x",), fill_value=0)[:] = [0, 1]
        ds.createVariable("letters", "S1", ("x",))[:] = [b"a", b"b"]
        ds.createVariable("h", "i2", ("x",), zlib=True, chunksizes=(1,))[:] = [3, 5]
    assert {name: one["mean"] for name, one in statistics_of(path).items()} == {"h": 4.0}


def test_classic_files_with_records_are_read(tmp_path):
    path = tmp_path / "x.sww"
    with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET") as ds:
        ds.createDimension("t", None)
        ds.createDimension("x", 4)
        ds.createVariable("stage", "f4", ("t", "x"))[:3] = np.arange(12).reshape(3, 4)
        ds.createVariable("time", "f8", ("t",))[:3] = [0, 1, 2]
    found = statistics_of(path)
    assert (found["stage"]["count"], found["stage"]["mean"], found["time"]["max"]) == (12, 5.5, 2.0)


def test_numbers_that_no_mean_can_be_told_of_do_not_spoil_the_record(tmp_path):
    path = tmp_path / "x.nc"
    with netCDF4.Dataset(path, "w") as ds:
        ds.createDimension("x", 3)
        ds.createVariable("h", "f8", ("x",))[:] = [1e308, -1e308, np.inf]
    found = statistics_of(path)["h"]
    assert (found["count"], found["missing"], found["max"], found["std"]) == (2, 1, 1e308, None)


def test_each_chunk_is_read_once_however_large(tmp_path, monkeypatch):
    path = tmp_path / "x.nc"
    with netCDF4.Dataset(path, "w") as ds:
        for name in "tyx":
            ds.createDimension(name, 10)
        variable = ds.createVariable("h", "f4", ("t", "y", "x"), zlib=True, chunksizes=(10, 5, 5))
        variable[:] = np.arange(1000).reshape(10, 10, 10)
    monkeypatch.setattr(statistics, "BLOCK", 20)
    read = []
    monkeypatch.setattr(
        statistics,
        "blocks",
        lambda *args: [read.append(one) or one for one in blocks(*args)],
    )
    assert statistics_of(path)["h"]["mean"] == 499.5
    assert len(read) == 4


@pytest.mark.parametrize("layout", [2, 3])
def test_groups_of_zarr_are_told_where_their_heads_are(tmp_path, layout):
    pytest.importorskip("zarr")
    values = np.arange(12.0).reshape(3, 4)
    values[0, 0] = np.nan
    ds = xr.Dataset({"h": (("t", "x"), values), "name": ("t", ["a", "b", "c"])}, {"t": [0, 1, 2]})
    encoding = {"h": {"dtype": "i2", "scale_factor": 0.5, "_FillValue": -1, "chunks": (1, 4)}}
    ds.drop_vars("name").to_zarr(tmp_path / "z", encoding=encoding, zarr_format=layout, consolidated=False)
    head = tmp_path / "z" / {2: ".zgroup", 3: "zarr.json"}[layout]
    assert has_statistics(head)
    found = statistics_of(head)
    assert list(found) == ["h", "t"]
    assert (found["h"]["count"], found["h"]["missing"], found["h"]["mean"]) == (11, 1, 6.0)
    if layout == 3:
        assert statistics_of(tmp_path / "z" / "h" / "zarr.json") == {}
