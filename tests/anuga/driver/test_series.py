from __future__ import annotations

from datetime import datetime, timezone

import netCDF4
import numpy as np
import pytest

from rompy_anuga.driver.shallow_water.case import Variable
from rompy_anuga.driver.shallow_water.problems import InputError
from rompy_anuga.driver.shallow_water.series import Series

START = datetime(2023, 2, 1, tzinfo=timezone.utc)


@pytest.fixture
def series(case):
    def make(seconds, values, duration=100.0, **options):
        case.series("s.nc", seconds, values, **options)
        return Series(
            Variable("boundaries.open", case.path / "s.nc", "water_level"), "level", START, duration
        )

    return make


def with_time(case, units, values=(0, 1), calendar="standard"):
    case.series("s.nc", values, [1.0, 2.0])
    with netCDF4.Dataset(case.path / "s.nc", "a") as file:
        file["time"].units, file["time"].calendar = units, calendar
    return Series(Variable("boundaries.open", case.path / "s.nc", "water_level"), "level", START, 3600.0)


def test_it_is_linear_between_records_and_held_beyond(series):
    level = series([-50, 50, 150], [0.0, 1.0, 5.0])
    assert [level(t) for t in (-60, -50, 0, 50, 100, 150, 151)] == [0, 0, 0.5, 1, 3, 5, 5]


@pytest.mark.parametrize(
    ("units", "values"),
    [
        ("hours since 2023-02-01", (0, 1)),
        ("hours since 2023-02-01T10:00:00+10:00", (0, 1)),
        ("days since 2023-01-31 00:00:00 UTC", (1, 1 + 1 / 24)),
        ("minutes since 2023-02-01 00:30", (-30, 30)),
        ("milliseconds since 2023-02-01", (0, 3.6e6)),
    ],
)
def test_time_is_read_in_any_unit(case, units, values):
    assert with_time(case, units, values)(1800.0) == pytest.approx(1.5, abs=1e-9)


@pytest.mark.parametrize(
    ("units", "calendar", "message"),
    [
        ("months since 2023-02-01", "standard", "units of time are 'months since"),
        ("hours", "standard", "units of time are 'hours'"),
        ("hours since yesterday", "standard", "'yesterday', which is not a date"),
        ("hours since 2023-02-01", "noleap", "calendar of time is 'noleap'"),
    ],
)
def test_time_that_means_nothing_is_refused(case, units, calendar, message):
    with pytest.raises(InputError, match=message):
        with_time(case, units, calendar=calendar)


@pytest.mark.parametrize(
    ("seconds", "values", "message"),
    [
        ([10, 200], [0, 1], "covers 2023-02-01T00:00:10Z .* 10 s are missing at the beginning"),
        ([0, 40], [0, 1], "2023-02-01T00:01:40Z; 60 s are missing at the end"),
        ([5, 40], [0, 1], "5 s are missing at the beginning and 60 s are missing at the end"),
        ([0, 60, 60, 100], [0, 1, 2, 3], "does not rise throughout: 2023-02-01T00:01:00Z is followed by"),
        ([0, 50, 100], [0, np.nan, 2], "no value at 1 of 3 times, the first 2023-02-01T00:00:50Z"),
        (
            [0, 10, 20, 30, 70, 80, 90, 100],
            range(8),
            "10 s apart, but none lie between .*00:00:30Z and .*00:01:10Z",
        ),
    ],
)
def test_a_series_that_does_not_cover_the_run_is_refused(series, seconds, values, message):
    with pytest.raises(InputError, match=message):
        series(seconds, values)


def test_holes_outside_the_run_and_an_irregular_series_do_not_matter(series):
    series([-200, -100, 0, 50, 100, 150, 300], [np.nan, 0, 0, 1, 1, 1, np.nan])
    series([0, 1, 2, 5, 50, 100], range(6))


def test_the_wrong_unit_or_shape_is_refused(series, case):
    with pytest.raises(InputError, match="units of 'water_level' are 'cm', not 'm'"):
        series([0, 100], [0, 1], units="cm")
    case.changing("f.nc", [0, 1], [0, 1], [0, 100], "m", water_level=lambda t, x, y: t)
    with pytest.raises(InputError, match=r"water_level\(time, y, x\) is to be over \(time\)"):
        Series(Variable("boundaries.open", case.path / "f.nc", "water_level"), "level", START, 100.0)
