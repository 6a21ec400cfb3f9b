"""Data that do not reach from end to end of a run, or have gaps, are told from those that do."""

from datetime import datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from rompy.core.reach import NeededArea, NeededPeriod, gap_in, needed_period, run_period
from rompy.errors import CoverageError, DataError

START, END = datetime(2023, 1, 1), datetime(2023, 1, 2)


def series(times):
    return xr.Dataset(coords={"time": pd.DatetimeIndex(times)})


def period(**settings):
    return NeededPeriod(start=START, stop=END, needed=(START, END), **settings)


def hours(numbers):
    return pd.Timestamp(START) + pd.to_timedelta(np.asarray(numbers, dtype=float), unit="h")


@pytest.mark.parametrize(
    "times",
    [
        hours(range(25)),
        hours(range(-3, 40)),
        hours(np.arange(0.5, 24)),  # in the middle of each hour
        hours([*range(7), *range(9, 31, 3)]),  # a forecast whose steps grow
        hours([-744, 0, 672]),  # months
        hours([0, 1, 2, 4, *range(5, 25)]),  # one time is missing
    ],
)
def test_what_reaches_is_good(times):
    period().check(series(times), "time")


@pytest.mark.parametrize(
    ("times", "kind", "message"),
    [
        (hours(range(5, 25)), CoverageError, "5h at the start are missing"),
        (hours(range(20)), CoverageError, "5h at the end are missing"),
        (hours(range(5, 15)), CoverageError, "5h at the start and 10h at the end are missing"),
        (hours([12]), CoverageError, "12h at the start and 12h at the end"),
        (
            hours([*range(5), *range(8, 25)]),
            DataError,
            "gap of 4h from 2023-01-01T04:00:00 to 2023-01-01T08:00:00",
        ),
        (hours([*range(5), *range(9, 12), *range(18, 25)]), DataError, "gap of 7h .* and 1 more"),
        (hours([*range(24), 30]), DataError, "gap of 7h"),
    ],
)
def test_what_does_not_is_refused_with_numbers(times, kind, message):
    with pytest.raises(kind, match=message):
        period().check(series(times), "time")


def test_the_longest_gap_can_be_stated():
    times = series(hours([*range(5), *range(8, 25)]))
    period(max_gap=timedelta(hours=4)).check(times, "time")
    with pytest.raises(DataError, match="gap of 1h"):
        period(max_gap=timedelta(minutes=30)).check(series(hours(range(25))), "time")


def test_gaps_outside_the_run_do_not_matter():
    period().check(series(hours([-100, *range(-2, 30), 200])), "time")


def test_policies(caplog):
    bad = series(hours(range(5, 25)))
    period(policy="warn").check(bad, "time")
    assert "5h at the start are missing" in caplog.text
    caplog.clear()
    period(policy="ignore").check(bad, "time")
    assert not caplog.text


def test_within_a_run_no_more_is_needed_than_the_run():
    """Model plugins ask for a day more on either side."""
    day = timedelta(days=1)
    assert needed_period(START - day, END + day) == (START - day, END + day)
    with run_period(SimpleNamespace(start=START, end=END)):
        assert needed_period(START - day, END + day) == (START, END)
        assert needed_period(START + day / 2, END + day) == (START + day / 2, END)
        assert needed_period(END + day, END + 2 * day) == (END + day, END + 2 * day)
    assert needed_period(START - day, END) == (START - day, END)


@given(step=st.integers(1, 3600), count=st.integers(2, 200), first=st.integers(0, 10**6))
def test_regular_times_have_no_gaps(step, count, first):
    times = np.datetime64("2023-01-01", "s") + (first + step * np.arange(count)).astype("timedelta64[s]")
    assert gap_in(times, times[0], times[-1]) is None


@given(lost=st.integers(2, 20), place=st.integers(1, 60), count=st.integers(90, 200))
def test_times_that_are_lost_in_a_row_leave_a_gap(lost, place, count):
    times = np.datetime64("2023-01-01", "h") + np.delete(np.arange(count), slice(place, place + lost)).astype(
        "m8[h]"
    )
    assert f"a gap of {lost + 1}h" in gap_in(times, times[0], times[-1]).replace("1d ", "24h ")


def area(low, high, **settings):
    return NeededArea(start=low - 1, stop=high + 1, needed=(low, high), **settings)


def test_a_grid_needs_data_up_to_a_cell_from_its_ends():
    ds = xr.Dataset(coords={"x": np.arange(0.0, 10.5, 0.5)})
    area(-0.5, 10.5).check(ds, "x")
    for low, high, message in ((-0.6, 5, "0.6 at the lower end"), (5, 11, "1 at the upper end")):
        with pytest.raises(CoverageError, match=message):
            area(low, high).check(ds, "x")
        area(low, high, policy="ignore").check(ds, "x")
    area(20, 30).check(ds, "x")  # nothing at all: cutting says so


def test_curved_grids_are_looked_at_too():
    x, y = np.meshgrid(np.arange(5.0), np.arange(4.0))
    ds = xr.Dataset(coords={"x": (("j", "i"), x + 0.1 * y)})
    area(0, 4).check(ds, "x")
    with pytest.raises(CoverageError, match="at the upper end"):
        area(0, 6).check(ds, "x")
