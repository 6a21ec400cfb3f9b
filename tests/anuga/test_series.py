"""Series of water level, and the part of a time axis that a run needs."""

from datetime import datetime, timedelta, timezone
from typing import Any, Literal

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ConfigDict, TypeAdapter

from rompy.core.source.base import SourceBase
from rompy.errors import CoverageError, DataError
from rompy_anuga.boundaries import Boundary, Transmissive, Wall, WaterLevel, file_name
from rompy_anuga.period import Period
from rompy_anuga.series import Levels, read_levels

DAY = Period(np.datetime64("2023-02-01"), np.datetime64("2023-02-02"))


class Memory(SourceBase):
    """A dataset at hand."""

    model_config = ConfigDict(arbitrary_types_allowed=True)
    model_type: Literal["memory"] = "memory"
    data: Any

    def _open(self):
        return self.data


def series(hours, name="time", **attrs):
    times = np.datetime64("2023-02-01", "ns") + np.asarray(hours) * np.timedelta64(1, "h")
    return xr.Dataset({"level": (name, np.asarray(hours, dtype=float), attrs)}, {name: times})


def read(data, **settings):
    return read_levels(WaterLevel(source=Memory(data=data), **settings), DAY, "config.boundaries.sea")


class TestPeriod:
    def test_takes_times_with_and_without_zone(self):
        start = datetime(2023, 2, 1, 12)
        zoned = start.replace(tzinfo=timezone(timedelta(hours=11)))
        assert Period.between(start, start).start == np.datetime64("2023-02-01T12:00")
        assert Period.between(zoned, start).start == np.datetime64("2023-02-01T01:00")

    @given(st.lists(st.integers(-50, 80), unique=True, min_size=2).map(sorted))
    def test_steps_bracket_the_period_as_closely_as_they_can(self, hours):
        times = np.datetime64("2023-02-01", "ns") + np.array(hours) * np.timedelta64(1, "h")
        if hours[0] > 0 or hours[-1] < 24:
            with pytest.raises(
                CoverageError, match="the run needs 2023-02-01T00:00:00Z to 2023-02-02T00:00:00Z"
            ):
                DAY.steps_of(times, "it", "here")
        else:
            kept = np.array(hours)[DAY.steps_of(times, "it", "here")]
            assert kept[0] == max(hour for hour in hours if hour <= 0)
            assert kept[-1] == min(hour for hour in hours if hour >= 24)

    @pytest.mark.parametrize(
        "times",
        [
            np.array(["2023-02-02", "2023-02-01"], "datetime64[ns]"),
            np.array(["2023-01-01", "2023-01-01", "2023-03-01"], "datetime64[ns]"),
            np.array(["2023-01-01", "NaT", "2023-03-01"], "datetime64[ns]"),
            np.array([], "datetime64[ns]"),
            np.arange(3.0),
        ],
        ids=["descending", "double", "missing", "none", "numbers"],
    )
    def test_times_that_are_no_axis_are_refused(self, times):
        with pytest.raises(DataError, match="ascending|not dates"):
            DAY.steps_of(times, "it", "here")


class TestLevels:
    def test_are_cut_to_what_brackets_the_period(self):
        levels = read(series(range(-10, 50, 3)))
        assert levels.values.tolist() == [-1, 2, 5, 8, 11, 14, 17, 20, 23, 26]

    def test_are_metres_above_the_datum_of_the_run(self):
        levels = read(series([0, 12, 24], units="cm"), offset=0.5)
        np.testing.assert_allclose(levels.values, [0.5, 0.62, 0.74])
        assert read(series([0, 12, 24], units="cm"), units="m").values.tolist() == [0, 12, 24]

    def test_are_linear_between_their_times(self):
        levels = Levels(series([0, 24]).time.values, np.array([1.0, 3.0]))
        assert levels.at(np.datetime64("2023-02-01T06:00")) == 1.5

    def test_are_written_so_that_they_read_back(self, tmp_path):
        levels = read(series([0, 12, 24]))
        levels.write(tmp_path / "level.nc")
        with xr.open_dataset(tmp_path / "level.nc") as ds:
            assert ds["water_level"].values.tolist() == levels.values.tolist()
            assert (ds["time"].values == levels.times).all()
            assert ds["water_level"].attrs["units"] == "m"

    def test_may_have_their_time_under_another_name(self):
        assert len(read(series([0, 12, 24], name="valid_time"), coords={"t": "valid_time"}).values) == 3
        with pytest.raises(DataError, match="no time coordinate 'time'"):
            read(series([0, 12, 24], name="valid_time"))
        renamed = read(series([0, 12, 24], name="valid_time"), filter={"rename": {"valid_time": "time"}})
        assert len(renamed.values) == 3

    def test_of_one_station_among_others_are_picked_by_the_filter(self):
        stations = xr.concat([series([0, 24]), series([0, 24]) + 5], xr.Variable("site", [1, 2]))
        with pytest.raises(DataError, match="not a series in time alone; it runs along site, time"):
            read(stations)
        assert read(stations, filter={"crop": {"site": {"start": 2, "stop": 2}}}).values.tolist() == [5, 29]

    def test_that_do_not_cover_the_period_are_refused_with_both(self):
        for hours in ([1, 12, 24], [0, 12, 23]):
            with pytest.raises(CoverageError, match=r"covers .* the run needs") as caught:
                read(series(hours))
            assert caught.value.field == "config.boundaries.sea"

    def test_with_gaps_are_refused_with_the_first(self):
        data = series(range(0, 30))
        data["level"][5:8] = np.nan
        with pytest.raises(DataError, match="no value at 3 of 25 times, the first at 2023-02-01T05:00:00Z"):
            read(data)

    def test_name_the_variable_when_there_are_several(self):
        data = series([0, 24]).assign(surge=lambda ds: ds.level * 0)
        with pytest.raises(DataError, match="no variable is named") as caught:
            read(data)
        assert "level, surge" in caught.value.hint
        with pytest.raises(DataError, match="no variable 'tide'"):
            read(data, variable="tide")
        assert read(data, variable="surge").values.tolist() == [0, 0]

    def test_of_a_tide_cover_any_period(self):
        source = {"model_type": "tide", "constituents": "eden_nsw", "drop": ["SA", "SSA"]}
        levels = read_levels(WaterLevel(source=source), DAY, "here")
        assert len(levels.values) == 145
        assert np.ptp(levels.values) == pytest.approx(1.09, abs=0.01)


class TestBoundary:
    def test_name_alone_stands_for_a_condition_without_settings(self):
        adapter = TypeAdapter(dict[str, Boundary])
        found = adapter.validate_python({"a": "wall", "b": "transmissive", "c": {"model_type": "wall"}})
        assert found == {"a": Wall(), "b": Transmissive(), "c": Wall()}

    @pytest.mark.parametrize(
        ("tag", "name"), [("open", "open"), ("../x", "x"), ("Nord see", "Nord_see"), ("ä", "unnamed")]
    )
    def test_tags_become_harmless_file_names(self, tag, name):
        assert file_name(tag) == name
