"""A filter applies its steps in order, says what is wrong with them, and can be dumped."""

import logging

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pydantic import ValidationError

from rompy.core.filters import Filter
from rompy.core.types import Slice
from rompy.errors import ConfigError, CoverageError, DataError


@pytest.fixture
def ds():
    return xr.Dataset(
        {
            "u10": (("lat", "lon"), [[1.0, 2.0], [3.0, 4.0]]),
            "v10": (("lat", "lon"), [[0.0, 0.0], [4.0, 3.0]]),
        },
        coords={"lat": [20, 10], "lon": [2, 1]},
    )


def test_an_empty_filter_changes_nothing(ds):
    for empty in (
        Filter(),
        Filter(sort=None, subset=None, crop=None, timenorm=None, rename=None, derived=None),
    ):
        xr.testing.assert_identical(empty(ds), ds)


@pytest.mark.parametrize("coords", ["lat", ["lat"], ["lat", "lon"]])
def test_sort(ds, coords):
    assert Filter(sort={"coords": coords})(ds).lat.values.tolist() == [10, 20]


def test_sort_by_an_unknown_coordinate_is_logged(ds, caplog):
    with caplog.at_level(logging.WARNING):
        xr.testing.assert_identical(Filter(sort={"coords": ["latitude"]})(ds), ds)
    assert "cannot sort by 'latitude': the data have only lat, lon" in caplog.text


@pytest.mark.parametrize("names", ["u10", ["u10"]])
def test_subset(ds, names):
    assert list(Filter(subset={"data_vars": names})(ds).data_vars) == ["u10"]


def test_subset_of_what_is_not_there_lists_what_is(ds):
    with pytest.raises(DataError, match=r"(?s)no 'u11'.*Available: lat, lon, u10, v10.*Did you mean 'u10'"):
        Filter(subset={"data_vars": ["v10", "u11"]})(ds)


@pytest.mark.parametrize("range_", [slice(5, 15), {"start": 5, "stop": 15}, Slice(start=5, stop=15)])
def test_crop_takes_any_kind_of_range(ds, range_):
    made = Filter(crop={"lat": range_})
    assert made.crop == {"lat": Slice(start=5, stop=15)}
    assert made(ds).lat.values.tolist() == [10]


def test_crop_takes_what_is_put_in_later(ds):
    made = Filter()
    made.crop.update({"lat": slice(5, 15)})
    assert made(ds).lat.values.tolist() == [10]
    assert Filter().crop == {}


def test_crop_that_selects_nothing_is_an_error(ds):
    with pytest.raises(CoverageError):
        Filter(crop={"lat": slice(50, 60)})(ds)


def test_rename(ds):
    assert set(Filter(rename={"u10": "u", "lon": "longitude"})(ds).variables) == {
        "u",
        "v10",
        "lat",
        "longitude",
    }
    with pytest.raises(DataError, match="no 'nothing'"):
        Filter(rename={"nothing": "something"})(ds)
    with pytest.raises(DataError, match="cannot rename"):
        Filter(rename={"u10": "v10"})(ds)


def test_derived_variables_may_build_on_each_other(ds):
    made = Filter(derived={"derived_variables": {"speed": "hypot(u10, v10)", "double": "2 * ds.speed"}})
    assert made(ds).double.values.tolist() == [[2, 4], [10, 10]]


def test_derived_variables_that_are_no_formulas_are_refused_before_any_data_are_read():
    with pytest.raises(ValidationError, match="no such function"):
        Filter(derived={"derived_variables": {"x": "eval('1')"}})


def test_steps_run_in_the_documented_order(ds):
    made = Filter(
        derived={"derived_variables": {"twice": "2 * u"}},
        rename={"u10": "u"},
        crop={"lat": slice(10, 10)},
        subset={"data_vars": ["u10"]},
    )
    assert made(ds).twice.values.tolist() == [[6, 8]]


@pytest.mark.parametrize(
    ("step", "known"),
    [
        ({"sort": {"coord": "lat"}}, "coords"),
        ({"subset": {"variables": "u10"}}, "data_vars"),
        ({"timenorm": {"reference": "init"}}, "interval, reftime"),
        ({"derived": {"speed": "u10"}}, "derived_variables"),
    ],
)
def test_unknown_keys_of_a_step_name_the_known_ones(step, known):
    with pytest.raises(ValidationError, match=f"It takes: {known}"):
        Filter(**step)


def test_an_unknown_step_is_explained():
    with pytest.raises(ValidationError, match="Did you mean 'crop'"):
        Filter(crops={})


@pytest.fixture
def forecast():
    return xr.Dataset(
        {"t2m": ("time", [1.0, 2.0, 3.0])},
        coords={
            "time": pd.date_range("2023-01-01T06", periods=3, freq="3h"),
            "begun": pd.Timestamp("2023-01-01"),
        },
    )


@pytest.mark.parametrize(
    ("interval", "leads"), [("hour", [6, 9, 12]), ("3h", [2, 3, 4]), ("day", [0.25, 0.375, 0.5])]
)
def test_timenorm_counts_from_the_start_of_the_forecast(forecast, interval, leads):
    normed = Filter(timenorm={"interval": interval, "reftime": "begun"})(forecast)
    assert normed.t2m.dims == ("lead",)
    assert normed.lead.values.tolist() == leads
    assert normed.init.values == np.datetime64("2023-01-01")


def test_timenorm_needs_a_reference(forecast):
    with pytest.raises(ValidationError, match="timenorm needs reftime"):
        Filter(timenorm={"interval": "hour"})
    later = Filter()
    later.timenorm["interval"] = "hour"
    with pytest.raises(ConfigError, match="timenorm needs reftime"):
        later(forecast)
    with pytest.raises(DataError, match="no 'init_time'"):
        Filter(timenorm={"reftime": "init_time"})(forecast)


def test_one_variable_alone_is_filtered_too(ds):
    made = Filter(crop={"lat": slice(5, 15)}, rename={"u10": "u"})
    cut = made(ds.u10)
    assert (cut.name, cut.shape) == ("u", (1, 2))
    assert made(ds.v10.rename("u10").rename("u10")).name == "u"
    assert Filter(crop={"lat": slice(5, 15)})(ds.u10.rename(None)).name is None


def test_a_dump_makes_the_same_filter_again():
    made = Filter(
        crop={"lat": slice(1, 2), "time": slice("2023", "2024")}, derived={"derived_variables": {"a": "b"}}
    )
    assert Filter(**made.model_dump()) == made
    assert Filter.model_validate_json(made.model_dump_json()) == made


def test_functions_are_listed_in_order():
    assert list(Filter().get_filter_fns()) == ["sort", "subset", "crop", "timenorm", "rename", "derived"]


def test_ranges_of_a_run_work_but_are_no_part_of_the_description(ds):
    made = Filter(crop={"lat": slice(5, 25)})
    narrowed = made.within({"lat": Slice(start=15, stop=30), "lon": Slice(start=1, stop=1)})
    assert narrowed(ds).u10.values.tolist() == [[2]]
    assert (narrowed, narrowed.model_dump()) == (made, made.model_dump())
    assert made(ds).sizes == ds.sizes
    assert narrowed.ranges["lat"] == [Slice(start=5, stop=25), Slice(start=15, stop=30)]


def test_ranges_of_a_run_replace_each_other_and_can_be_taken_back(ds):
    first = Filter().within({"lat": Slice(start=0, stop=0), "lon": Slice(start=1, stop=1)})
    second = first.within({"lat": Slice(start=20, stop=20)})
    assert second(ds).u10.values.tolist() == [[2]]
    assert second.without_ranges("lon")(ds).u10.values.tolist() == [[1, 2]]
    xr.testing.assert_identical(second.without_ranges()(ds), ds)


def test_ranges_that_do_not_meet_name_both(ds):
    made = Filter(crop={"lat": slice(5, 15)}).within({"lat": Slice(start=18, stop=30)})
    with pytest.raises(CoverageError, match=r"nothing along lat .*lat 5\.0 to 15\.0, lat 18\.0 to 30\.0"):
        made(ds)


def test_constant_fields_are_passed_by_by_a_period_without_a_word(ds, caplog):
    period = Filter().within({"time": Slice(start="2023-01-01", stop="2023-01-02")})
    xr.testing.assert_identical(period(ds), ds)
    assert not caplog.text


def test_data_without_the_coordinates_of_the_area_are_refused(ds):
    area = Filter().within({"longitude": Slice(start=0, stop=1)}, area=True)
    with pytest.raises(DataError, match=r"(?s)no coordinate 'longitude'.*They have: lat, lon"):
        area(ds)


def test_what_is_cut_to_an_area_ascends_whatever_its_order_in_the_file(ds):
    turned = ds.sortby("lat", ascending=False)
    assert turned.lat.values[0] > turned.lat.values[-1]
    area = {"lat": Slice(start=0, stop=100), "lon": Slice(start=0, stop=100)}
    xr.testing.assert_identical(Filter().within(area, area=True)(turned), ds.sortby(["lat", "lon"]))
    assert Filter().within(area)(turned).lat.values[0] == turned.lat.values[0]


def test_the_area_is_told_by_the_names_that_the_filter_gives(ds):
    area = {"latitude": Slice(start=0, stop=100)}
    cut = Filter(rename={"lat": "latitude"}).within(area, area=True)(ds)
    assert cut.latitude.size == ds.lat.size
