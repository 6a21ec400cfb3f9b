"""Stretches of longitude across the seam of data are whole."""

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from rompy.core.filters import Filter
from rompy.core.ranges import GridRange
from rompy.core.seam import across_seam
from rompy.core.types import Slice

STEP = 2.5


def globe(first, descending=False):
    lon = np.arange(first, first + 360, STEP)
    lon = lon[::-1] if descending else lon
    return xr.Dataset({"h": (("y", "lon"), np.stack([lon % 360, lon % 360]))}, {"lon": lon, "y": [0, 1]})


@settings(max_examples=40)
@given(
    first=st.sampled_from([-180.0, 0.0, -178.75, 30.0]),
    low=st.floats(-540, 540),
    width=st.floats(STEP, 340),
    descending=st.booleans(),
)
def test_every_label_in_the_range_is_there_once_and_counted_as_the_range_counts(
    first, low, width, descending
):
    ds = globe(first, descending)
    cut = Filter(crop={"lon": slice(low, low + width)})(ds)
    all_ = np.arange(first - 1080, first + 1080, STEP)
    expected = all_[(all_ >= low) & (all_ <= low + width)]
    np.testing.assert_allclose(np.sort(cut.lon), expected, atol=1e-6)
    assert cut.indexes["lon"].is_unique
    assert cut.indexes["lon"].is_monotonic_increasing or cut.indexes["lon"].is_monotonic_decreasing
    np.testing.assert_allclose((cut.h.values[0] - cut.lon.values + 180) % 360, 180, atol=1e-6)


@given(low=st.floats(-200, 200), first=st.sampled_from([-180.0, 0.0]))
def test_a_grid_between_labels_has_neighbours_on_both_sides(low, first):
    range_ = GridRange(start=low, stop=low + 0.1, neighbours=True)
    cut = Filter().within({"lon": range_}, area=True)(globe(first))
    assert cut.lon.min() <= low
    assert cut.lon.max() >= low + 0.1
    np.testing.assert_allclose(np.diff(cut.lon), STEP)


def test_nothing_is_turned_without_need():
    ds = globe(0.0)
    assert across_seam(ds, "lon", [Slice(start=10, stop=20)])[0] is ds
    assert across_seam(ds, "y", [Slice(start=-10, stop=20)])[0] is ds
    metres = xr.Dataset({"h": ("x", np.arange(5.0))}, {"x": np.arange(5.0) * 90})
    assert across_seam(metres, "x", [Slice(start=-10, stop=20)])[0] is metres
    region = globe(0.0).sel(lon=slice(100, 150))
    assert across_seam(region, "lon", [Slice(start=-10, stop=120)])[0] is region


def test_ranges_of_other_turns_are_brought_along():
    cut = Filter(crop={"lon": slice(340, 365)}).within({"lon": Slice(start=-10, stop=2.5)})(globe(0.0))
    assert cut.lon.values.tolist() == [-10, -7.5, -5, -2.5, 0, 2.5]


def test_nothing_is_read_and_files_stay_closable(tmp_path):
    globe(0.0).to_netcdf(tmp_path / "globe.nc")
    with xr.open_dataset(tmp_path / "globe.nc") as ds:
        ds.lon.attrs |= {"units": "degrees_east", "valid_min": 0.0}
        cut = Filter(crop={"lon": slice(-10, 10)})(ds)
        assert not cut.h.variable._in_memory
        assert cut.h.load().shape == (2, 9)
        assert cut.lon.attrs == {"units": "degrees_east"}
        assert cut.h.dims == ("y", "lon")


def test_a_region_in_the_other_convention_is_found():
    region = globe(0.0).sel(lon=slice(200, 250))
    cut = Filter().within({"lon": GridRange(start=-150, stop=-140)}, area=True)(region)
    assert cut.lon.values.tolist() == [-150, -147.5, -145, -142.5, -140]


@pytest.mark.parametrize("stop", [None, "b"])
def test_ranges_that_are_open_or_no_numbers_are_left_alone(stop):
    ds = globe(0.0)
    assert across_seam(ds, "lon", [Slice(start=-10, stop=stop)])[0] is ds
