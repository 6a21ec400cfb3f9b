"""Statistics of netCDF variables are those of all their values, however they are read."""

import netCDF4
import numpy as np
import pytest

from rompy.manifest import statistics
from rompy.manifest.statistics import is_netcdf, statistics_of


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
    monkeypatch.setattr(statistics, "_PIECE", piece)
    parts = statistics_of(path)
    for name, told in whole.items():
        for key, value in told.items():
            assert parts[name][key] == (value if value is None else pytest.approx(value, rel=1e-12))


def test_files_are_told_by_how_they_begin(file, tmp_path):
    (tmp_path / "x.txt").write_text("CDF?")
    assert is_netcdf(file[0])
    assert not is_netcdf(tmp_path / "x.txt")
    assert not is_netcdf(tmp_path / "none")
