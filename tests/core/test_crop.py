"""Cropping keeps exactly what lies in a range, in any order of labels, and never hands back nothing."""

import logging
import re
from datetime import datetime, timedelta, timezone

import cftime
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rompy.core.crop import crop
from rompy.core.data import DataGrid
from rompy.core.filters import Filter
from rompy.core.grid import RegularGrid
from rompy.core.source import SourceFile
from rompy.core.source.base import opened_once
from rompy.core.types import Slice
from rompy.errors import ConfigError, CoverageError


def line(values, name="x", **attrs):
    return xr.Dataset({"v": (name, np.arange(len(values)))}, coords={name: (name, values, attrs)})


@pytest.fixture
def field():
    """A field on a grid as most weather files have it: latitudes from north to south, longitudes 0 to 360."""
    lat = np.arange(90, -90.5, -10.0)
    lon = np.arange(0, 360, 20.0)
    time = pd.date_range("2023-01-01", periods=5, freq="6h")
    return xr.Dataset(
        {"u": (("time", "latitude", "longitude"), np.random.default_rng(1).random((5, lat.size, lon.size)))},
        coords={"time": time, "latitude": lat, "longitude": ("longitude", lon, {"units": "degrees_east"})},
    )


LABELS = st.lists(st.integers(-50, 50), min_size=1, max_size=30)
ENDS = st.tuples(st.integers(-60, 60), st.integers(-60, 60)).map(sorted)


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """The same field on disk, compressed in chunks."""
    path = tmp_path_factory.mktemp("crop") / "field.nc"
    lat, lon = np.arange(20.0, -20.5, -2.5), np.arange(100.0, 140.0, 1.25)
    time = pd.date_range("2023-01-01", periods=12, freq="6h")
    values = np.random.default_rng(2).random((time.size, lat.size, lon.size), dtype="f4")
    ds = xr.Dataset(
        {"u": (("time", "latitude", "longitude"), values), "depth": (("latitude", "longitude"), values[0])},
        coords={"time": time, "latitude": lat, "longitude": lon},
    )
    ds.to_netcdf(path, encoding={"u": {"zlib": True, "chunksizes": (5, 4, 7)}})
    return path


RANGES = st.fixed_dictionaries(
    {},
    optional={
        "longitude": st.tuples(st.floats(99, 141), st.floats(99, 141)).map(sorted),
        "latitude": st.tuples(st.floats(-21, 21), st.floats(-21, 21)).map(sorted),
        "time": st.tuples(st.integers(-5, 80), st.integers(-5, 80)).map(
            lambda hours: [datetime(2023, 1, 1) + timedelta(hours=hour) for hour in sorted(hours)]
        ),
    },
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(RANGES, st.booleans())
def test_crop_then_open_equals_open_then_crop(stored, ranges, chunked):
    """Whether values are read before or after the cut, and in chunks or not, they are the same, and so are errors."""
    slices = {name: Slice(start=low, stop=high) for name, (low, high) in ranges.items()}
    source = SourceFile(uri=stored, kwargs={"chunks": {}} if chunked else {})
    with xr.open_dataset(stored) as ds:
        whole = ds.load()
    try:
        expected = crop(whole, slices)
    except CoverageError as error:
        with pytest.raises(CoverageError, match=re.escape(str(error).splitlines()[0])):
            source.open(filters=Filter(crop=slices))
        return
    with opened_once():
        ours = source.open(filters=Filter(crop=slices))
        assert not ours.u.variable._in_memory
        xr.testing.assert_identical(ours.load(), expected)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.floats(100, 137), st.floats(-19, 18), st.floats(0, 3), st.floats(0, 2), st.floats(0, 2))
def test_the_area_of_a_grid_is_never_left_without_spacing(stored, x, y, width, height, buffer):
    """Also where the data are coarse, the grid small and the buffer nothing: two rows and columns, or an error."""
    grid = RegularGrid(x0=x, y0=y, dx=width / 2 + 1e-3, dy=height / 2 + 1e-3, nx=3, ny=3)
    data = DataGrid(source=SourceFile(uri=stored), buffer=buffer)
    with opened_once():
        data._filter_grid(grid)
        cut = data.ds
        assert min(cut.sizes["longitude"], cut.sizes["latitude"]) >= 2
        x0, y0, x1, y1 = grid.bbox(buffer=buffer)
        with xr.open_dataset(stored) as ds:
            for name, low, high in (("longitude", x0, x1), ("latitude", y0, y1)):
                inside = ds[name].values[(ds[name] >= low) & (ds[name] <= high)]
                assert set(inside) <= set(cut[name].values)


@given(
    LABELS,
    ENDS,
    st.sampled_from(["as given", "ascending", "descending"]),
    st.sampled_from(["i8", "f4", "f8"]),
)
def test_exactly_what_lies_in_the_range_is_kept_in_its_order(labels, ends, order, dtype):
    labels = {"as given": labels, "ascending": sorted(labels), "descending": sorted(labels)[::-1]}[order]
    ds = line(np.array(labels, dtype=dtype))
    low, high = ends
    expected = [x for x in labels if low <= x <= high]
    if expected:
        assert crop(ds, {"x": Slice(start=low, stop=high)}).x.values.tolist() == expected
    else:
        with pytest.raises(CoverageError, match="no 'x' of the data lies in"):
            crop(ds, {"x": Slice(start=low, stop=high)})


def test_a_descending_latitude_is_cropped_right(field):
    cut = crop(field, {"latitude": slice(-40, -10), "longitude": slice(100, 160)})
    assert cut.latitude.values.tolist() == [-10, -20, -30, -40]
    assert cut.longitude.values.tolist() == [100, 120, 140, 160]
    xr.testing.assert_identical(cut, field.sel(latitude=slice(-10, -40), longitude=slice(100, 160)))


def test_a_range_may_be_written_in_the_direction_of_a_descending_coordinate(field):
    cut = crop(field, {"latitude": slice(-10, -40)})
    assert cut.latitude.values.tolist() == [-10, -20, -30, -40]


def test_a_range_that_ends_before_it_starts_is_refused(field):
    with pytest.raises(ConfigError, match="range of 'longitude' ends at 10, before it starts at 350"):
        crop(field, {"longitude": slice(350, 10)})


def test_open_ends(field):
    assert crop(field, {"longitude": {"start": 300}}).longitude.min() == 300
    assert crop(field, {"longitude": {"stop": 40}}).longitude.max() == 40
    xr.testing.assert_identical(crop(field, {"longitude": slice(None)}), field)


def test_labels_of_single_precision_are_found_at_the_very_end_of_a_range():
    ds = line(np.array([150.1, 150.2, 150.3], dtype="float32"))
    assert crop(ds, {"x": slice(150.1, 150.3)}).sizes["x"] == 3


@pytest.mark.parametrize(
    ("start", "stop", "hours"),
    [
        (datetime(2023, 1, 1, 6), datetime(2023, 1, 1, 12), [6, 12]),
        ("2023-01-01T06:00", "2023-01-01T12:00", [6, 12]),
        ("20230101T06", "20230101T12", [6, 12]),
        ("2023-01-01", "2023-01-01", [0, 6, 12, 18]),
        (datetime(2023, 1, 1, 6, tzinfo=timezone.utc), None, [6, 12, 18, 0]),
        (np.datetime64("2023-01-01T18"), pd.Timestamp("2024-01-01"), [18, 0]),
        (datetime(1500, 1, 1), datetime(3000, 1, 1), [0, 6, 12, 18, 0]),
    ],
)
def test_times(field, start, stop, hours):
    assert crop(field, {"time": slice(start, stop)}).time.dt.hour.values.tolist() == hours


def test_text_means_the_same_as_in_label_based_selection(field):
    xr.testing.assert_identical(
        crop(field, {"time": slice("2023-01-01", "2023-01-01")}),
        field.sel(time=slice("2023-01-01", "2023-01-01")),
    )


def test_times_of_other_calendars():
    ds = line(xr.date_range("2000-02-28", periods=4, freq="D", calendar="noleap", use_cftime=True), "time")
    cut = crop(ds, {"time": slice("2000-03-01", datetime(2000, 3, 2))})
    assert [t.day for t in cut.time.values] == [1, 2]
    assert isinstance(cut.time.values[0], cftime.DatetimeNoLeap)


def test_lead_times_and_texts():
    leads = line(pd.to_timedelta([0, 6, 12, 18], unit="h"), "lead")
    assert crop(leads, {"lead": slice("6h", 43200)}).v.values.tolist() == [1, 2]
    names = line(["a", "b", "c"], "station")
    assert crop(names, {"station": slice("b", None)}).v.values.tolist() == [1, 2]


def test_a_dimension_without_labels_counts_from_zero():
    ds = xr.Dataset({"v": ("x", np.arange(5))})
    assert crop(ds, {"x": slice(1, 3)}).v.values.tolist() == [1, 2, 3]


def stations(**kwargs):
    lon, lat = np.array([358.0, 2.0, 5.0, 40.0]), np.array([50.0, 51.0, 70.0, 51.0])
    ds = xr.Dataset(
        {
            "lon": ("site", lon),
            "lat": ("site", lat),
            "hs": (("time", "site"), np.arange(8.0).reshape(2, 4)),
            "level": ("time", [0.0, 1.0]),
        }
    )
    return ds.set_coords(["lon", "lat"]) if kwargs.get("coords") else ds


@pytest.mark.parametrize("coords", [True, False])
def test_stations_are_cropped_by_their_positions(coords):
    cut = crop(stations(coords=coords), {"lon": slice(0, 10), "lat": slice(49, 60)})
    assert cut.hs.values.tolist() == [[1.0], [5.0]]
    assert cut.level.values.tolist() == [0.0, 1.0]
    assert cut.hs.dtype == "f8"


def test_stations_are_found_from_wherever_their_longitudes_count():
    cut = crop(stations(), {"lon": slice(-5, 10), "lat": slice(49, 60)})
    assert cut.lon.values.tolist() == [358, 2]
    assert crop(stations(), {"lon": slice(-180, 180)}).sizes["site"] == 4


def test_stations_that_no_range_selects_together_are_an_error():
    with pytest.raises(
        CoverageError, match=r"nothing along site lies in all of these ranges together: lon .*lat"
    ):
        crop(stations(), {"lon": slice(0, 3), "lat": slice(60, 80)})


def test_curved_grids_keep_their_shape_and_lose_what_lies_outside():
    x, y = np.meshgrid(np.arange(4.0), np.arange(3.0))
    ds = xr.Dataset(
        {"z": (("t", "j", "i"), np.ones((2, 3, 4))), "level": ("t", [1, 2])},
        coords={"lon": (("j", "i"), x + y), "lat": (("j", "i"), y)},
    )
    cut = crop(ds, {"lon": slice(2, 3), "lat": slice(1, 2)})
    assert cut.z.dims == ("t", "j", "i")
    assert cut.z.shape == (2, 2, 3)
    np.testing.assert_array_equal(cut.z[0], [[np.nan, 1, 1], [1, 1, np.nan]])
    assert cut.level.dtype == ds.level.dtype
    with pytest.raises(CoverageError, match="together"):
        crop(ds, {"lon": slice(5, 5), "lat": slice(0, 0)})


@pytest.mark.parametrize(
    ("range_", "message"),
    [
        (
            slice(400, 500),
            r"no 'x' of the data lies in 400 to 500 m: they cover 10 to 30 m, which ends 370 m earlier",
        ),
        (
            slice(1, 2.5),
            r"no 'x' of the data lies in 1 to 2.5 m: they cover 10 to 30 m, which begins 7.5 m later",
        ),
        (slice(11, 12), r"lies in 11 to 12 m: they cover 10 to 30 m, but nothing between 10 and 20 m"),
    ],
)
def test_selecting_nothing_says_what_there_is_and_how_far_off_it_lies(range_, message):
    with pytest.raises(CoverageError, match=message):
        crop(line([10, 20, 30], units="m"), {"x": range_})


def test_selecting_no_time_says_so_in_times(field):
    with pytest.raises(
        CoverageError,
        match=r"2023-03-01T00:00:00 to 2023-03-02T00:00:00: they cover 2023-01-01T00:00:00 to 2023-01-02T00:00:00, "
        r"which ends 58 days, 0:00:00 earlier",
    ):
        crop(field, {"time": slice(datetime(2023, 3, 1), datetime(2023, 3, 2))})


def test_longitudes_counted_the_other_way_are_told_apart_from_missing_data(field):
    with pytest.raises(CoverageError, match=r"(?s)-70 to -50 degrees_east.*290 to 310 is the same stretch"):
        crop(field, {"longitude": slice(-70, -50)})
    west = field.assign_coords(longitude=field.longitude - 180)
    with pytest.raises(CoverageError, match=r"(?s)-160 to -140 is the same stretch"):
        crop(west, {"longitude": slice(200, 220)})


def test_coordinates_without_any_value_are_an_error():
    with pytest.raises(CoverageError, match="no 'x' at all"):
        crop(line(np.array([], dtype=float)), {"x": slice(0, 1)})
    with pytest.raises(CoverageError, match="no 'lon' at all"):
        crop(xr.Dataset({"lon": ("site", [np.nan, np.nan])}), {"lon": slice(0, 1)})


@pytest.mark.parametrize(
    ("name", "limit", "kind"),
    [("time", 5.0, "times"), ("x", "2023-01-01", "numbers"), ("x", datetime(2023, 1, 1), "numbers")],
)
def test_ranges_of_the_wrong_kind_are_refused(name, limit, kind):
    ds = line(pd.date_range("2023-01-01", periods=2), "time").assign_coords(x=("x", [1.0, 2.0]))
    with pytest.raises(ConfigError, match=f"range of '{name}' holds .*, but its labels are {kind}"):
        crop(ds, {name: slice(limit, None)})


def test_unknown_names_are_logged_with_the_known_ones(field, caplog):
    with caplog.at_level(logging.WARNING):
        xr.testing.assert_identical(crop(field, {"lon": slice(0, 1)}), field)
    assert "'lon' is ignored" in caplog.text
    assert "latitude, longitude, time" in caplog.text


def test_data_without_times_need_no_period_but_a_misnamed_time_is_told(field, caplog):
    period = slice(datetime(2023, 1, 1), datetime(2023, 1, 2))
    with caplog.at_level(logging.WARNING):
        crop(field.isel(time=0, drop=True), {"time": period})
        assert not caplog.text
        crop(field.rename(time="t"), {"time": period})
    assert "'time' is ignored: the data have no such coordinate, only latitude, longitude, t" in caplog.text


def test_data_at_one_place_are_left_alone(field, caplog):
    point = field.isel(longitude=0)
    with caplog.at_level(logging.WARNING):
        xr.testing.assert_identical(crop(point, {"longitude": slice(100, 110)}), point)
    assert not caplog.text


def test_variables_along_several_dimensions_are_not_coordinates(caplog):
    ds = stations()
    with caplog.at_level(logging.WARNING):
        xr.testing.assert_identical(crop(ds, {"hs": slice(0, 1)}), ds)
    assert "variable along ('time', 'site')" in caplog.text


def test_lazy_data_stay_lazy(field, tmp_path):
    field.to_netcdf(tmp_path / "f.nc")
    with xr.open_dataset(tmp_path / "f.nc") as lazy:
        cut = crop(lazy, {"latitude": slice(-40, -10), "time": slice("2023-01-01T06:00", None)})
        assert not cut.u.variable._in_memory
