"""Values that come and go at a place are found while they are written, whatever the size and the order."""

import numpy as np
import pytest
import xarray as xr

from rompy.core import netcdf
from rompy.core.holes import Holes
from rompy.core.netcdf import write_netcdf
from rompy.errors import CoverageError, DataError


def field(order=("time", "y", "x")):
    values = np.ones((6, 4, 5), "f4")
    values[:, 0, 0] = np.nan  # land
    ds = xr.Dataset({"h": (("time", "y", "x"), values)}, {"y": [10.0, 20, 30, 40], "time": np.arange(6)})
    return ds.transpose(*order)


@pytest.fixture(params=["at once", "in pieces"])
def size(request, monkeypatch):
    if request.param == "in pieces":
        monkeypatch.setattr(netcdf, "_PIECE", 64)


@pytest.mark.parametrize("order", [("time", "y", "x"), ("y", "x", "time"), ("y", "time", "x")])
def test_holes_are_found_and_land_is_none(order, size, tmp_path):
    good = field(order)
    assert write_netcdf(good, tmp_path / "h.nc", Holes("raise", "time")).exists()
    before = (tmp_path / "h.nc").read_bytes()
    bad = good.copy(deep=True)
    bad.h.loc[{"time": [2, 3], "y": 20}] = np.nan
    with pytest.raises(
        DataError, match=r"'h' has no value at 10 times of places .* 5 of 20 places, first .*y 20"
    ):
        write_netcdf(bad, tmp_path / "h.nc", Holes("raise", "time"))
    assert (tmp_path / "h.nc").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["h.nc"]


def test_policies(tmp_path, caplog):
    bad = field()
    bad.h[2, 1, 1] = np.nan
    write_netcdf(bad, tmp_path / "h.nc", Holes("warn", "time"))
    assert "1 of 20 places, first y 20, x 1" in caplog.text
    caplog.clear()
    write_netcdf(bad, tmp_path / "h.nc", Holes("ignore", "time"))
    assert not caplog.text


def test_a_variable_without_any_value_is_refused_and_still_ones_may_have_land(tmp_path):
    ds = field()
    write_netcdf(ds.isel(time=0), tmp_path / "h.nc", Holes("raise", "time"))
    with pytest.raises(CoverageError, match="'h' has no value anywhere"):
        write_netcdf(ds * np.nan, tmp_path / "h.nc", Holes("raise", "time"))
