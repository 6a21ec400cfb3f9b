"""A period is made from two of its three parts, checks itself, and survives being dumped."""

import subprocess
import sys
from datetime import datetime, timedelta, timezone

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from rompy.core.time import TimeRange
from rompy.errors import ConfigError

START, END = datetime(2023, 1, 1), datetime(2023, 1, 2)
MOMENTS = st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2100, 1, 1))
SPANS = st.timedeltas(min_value=timedelta(0), max_value=timedelta(days=3000))
STEPS = st.timedeltas(min_value=timedelta(microseconds=1), max_value=timedelta(days=100))


@pytest.mark.parametrize(
    "given_two",
    [
        {"start": START, "end": END},
        {"start": START, "duration": "1d"},
        {"end": END, "duration": timedelta(days=1)},
    ],
)
def test_the_third_part_follows_from_two(given_two):
    period = TimeRange(**given_two)
    assert (period.start, period.end, period.stop, period.duration) == (START, END, END, timedelta(days=1))


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({}, "Must provide two of start, end, duration"),
        ({"start": START}, "start provided, must provide either end or duration"),
        ({"end": END}, "end provided, must provide either start or duration"),
        ({"duration": "1d"}, "duration provided, must provide either start or end"),
        ({"start": START, "end": END, "duration": "1d"}, "Must provide only two of start, end, duration"),
        ({"start": END, "end": START}, "starts at 2023-01-02 00:00:00 but ends before that"),
        ({"start": START, "duration": -1}, "ends before that"),
        ({"start": START, "duration": "9000y"}, "beyond the years"),
        ({"start": START, "end": END, "interval": 0}, "interval must be longer than zero"),
        ({"start": START, "end": END, "interval": "-1h"}, "interval must be longer than zero"),
        ({"start": START, "end": END, "interval": "1 blink"}, "cannot read a duration"),
        ({"start": "not a time", "end": END}, "cannot read a time"),
        ({"start": START, "end": END, "intervall": "1h"}, "Did you mean 'interval'"),
        ({"start": START, "end": END, "frequency": "1h"}, "not permitted"),
    ],
)
def test_wrong_periods_are_refused(parts, message):
    with pytest.raises(ValidationError, match=message):
        TimeRange(**parts)


@pytest.mark.parametrize("hour", [3600, 3600.0, "1h", "1H", "60M", "PT1H", timedelta(hours=1)])
def test_interval_and_duration_are_timedeltas(hour):
    period = TimeRange(start=START, duration=hour, interval=hour)
    assert period.interval == period.duration == timedelta(hours=1)
    assert type(period.interval) is type(period.duration) is timedelta


def test_interval_is_an_hour_unless_given_and_may_be_none():
    assert TimeRange(start=START, end=END).interval == timedelta(hours=1)
    without = TimeRange(start=START, end=END, interval=None)
    assert without.interval is None
    assert without.date_range == []


def test_zones_become_utc():
    east = timezone(timedelta(hours=11))
    period = TimeRange(start=datetime(2023, 1, 1, 11, tzinfo=east), end="2023-01-02T00:00:00Z")
    assert (period.start, period.end) == (START, END)
    assert period.contains(datetime(2023, 1, 1, 12, tzinfo=east))


def test_a_period_is_made_from_pandas_arithmetic():
    period = TimeRange(start=pd.Timestamp(START) - pd.Timedelta("1h"), end=pd.Timestamp(END))
    assert period.start == datetime(2022, 12, 31, 23)
    assert type(period.start) is datetime


def test_the_last_time_is_listed_or_not():
    steps = {"start": START, "duration": "3h", "interval": "2h"}
    assert [t.hour for t in TimeRange(**steps).date_range] == [0, 2, 3]
    assert [t.hour for t in TimeRange(**steps, include_end=False).date_range] == [0, 2]
    assert [t.hour for t in TimeRange(start=START, duration="4h", interval="2h").date_range] == [0, 2, 4]
    assert TimeRange(start=START, end=START).date_range == [START]


@given(MOMENTS, SPANS, STEPS, st.booleans())
def test_date_range_steps_evenly_from_start_and_never_passes_end(start, span, step, include_end):
    period = TimeRange(start=start, duration=span, interval=step, include_end=include_end)
    if span / step > 1000:
        return
    times = period.date_range
    inner = times[:-1] if include_end else times
    assert inner == [start + i * step for i in range(len(inner))]
    assert all(start <= time < period.end for time in inner)
    assert start + len(inner) * step >= period.end
    assert not include_end or times[-1] == period.end


def test_a_step_too_short_to_list_is_refused_instead_of_filling_the_memory():
    with pytest.raises(ConfigError, match="86,400,000,000 times"):
        _ = TimeRange(start=START, end=END, interval=timedelta(microseconds=1)).date_range


def test_an_interval_assigned_later_cannot_loop_for_ever():
    period = TimeRange(start=START, end=END)
    period.interval = timedelta(hours=-1)
    with pytest.raises(ConfigError, match="longer than zero"):
        _ = period.date_range


def test_containment_includes_both_ends():
    period, inner = TimeRange(start=START, end=END), TimeRange(start=START, duration="3h")
    assert period.contains(START)
    assert period.contains(END)
    assert not period.contains(END + timedelta(microseconds=1))
    assert period.contains_range(inner)
    assert not inner.contains_range(period)
    assert period.common_times(inner) == inner.date_range


@given(MOMENTS, SPANS, STEPS, st.booleans())
def test_a_dump_makes_the_same_period_again(start, span, step, include_end):
    period = TimeRange(start=start, duration=span, interval=step, include_end=include_end)
    assert TimeRange(**period.model_dump()) == period
    assert TimeRange.model_validate_json(period.model_dump_json()) == period
    assert TimeRange(**period.model_dump(exclude_unset=True)) == period
    assert TimeRange(**period.dump_inputs_dict()) == period


def test_the_python_dump_keeps_objects_and_the_json_dump_is_iso():
    period = TimeRange(start=START, duration="1d")
    assert period.model_dump() == {
        "start": START,
        "end": END,
        "interval": timedelta(hours=1),
        "include_end": True,
    }
    assert '"interval":"PT1H"' in period.model_dump_json()
    assert "duration" not in period.model_dump_json()


def test_a_period_stays_itself_inside_another_model():
    class Run(BaseModel):
        period: TimeRange

    period = TimeRange(start=START, duration="1d")
    assert Run(period=period).period is period
    assert Run.model_validate(Run(period=period).model_dump()).period == period


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "None"),
        (3600, "1 hour"),
        (86400 * 3 + 7200, "3 days, 2 hours"),
        (61, "1 minute, 1 second"),
        (0.5, "500000 microseconds"),
    ],
)
def test_durations_for_people(seconds, text):
    assert TimeRange(start=START, end=END).format_duration(timedelta(seconds=seconds)) == text


def test_text_shows_all_five_parts():
    lines = str(TimeRange(start=START, end=END)).splitlines()
    assert len(lines) == 5
    assert [line.strip().partition(":")[0] for line in lines] == [
        "Start",
        "End",
        "Duration",
        "Interval",
        "Include end",
    ]


def test_importing_it_is_cheap():
    code = (
        "import sys, rompy.core.time; print([m for m in ('numpy', 'pandas', 'xarray') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
