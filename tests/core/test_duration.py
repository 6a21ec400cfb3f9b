"""Durations are read from what people write, exactly, and never become nothing."""

from contextlib import suppress
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, TypeAdapter

from rompy.core.duration import Duration, parse_duration
from rompy.errors import ConfigError

TIDAL_CYCLE = timedelta(hours=12, minutes=24)
SPANS = st.timedeltas(min_value=timedelta(days=-36_500), max_value=timedelta(days=36_500))


@pytest.mark.parametrize(
    "written",
    [
        "12.4h",
        "PT12H24M",
        "pt12,4h",
        "744m",
        "744M",
        "12h 24m",
        "12 hours, 24 minutes",
        "12:24:00",
        "12:24",
        "44640",
        44640,
        44640.0,
        np.int64(44640),
        np.float32(44640),
        np.timedelta64(744, "m"),
        pd.Timedelta("12h24min"),
        TIDAL_CYCLE,
    ],
)
def test_one_duration_in_many_spellings(written):
    assert parse_duration(written) == TIDAL_CYCLE
    assert type(parse_duration(written)) is timedelta


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("1H", 3600),
        ("15M", 900),
        ("15m", 900),
        ("30s", 30),
        ("2d", 172800),
        ("1W", 604800),
        ("1y", 365 * 86400),
        ("P1D", 86400),
        ("P1W", 604800),
        ("P1Y35DT3H", 400 * 86400 + 3 * 3600),
        ("-90m", -5400),
        ("-1 day, 23:00:00", -3600),
        ("400 days, 3:00:00", 400 * 86400 + 3 * 3600),
        (0, 0),
        ("0.1s", 0.1),
    ],
)
def test_units(written, seconds):
    assert parse_duration(written).total_seconds() == seconds


@pytest.mark.parametrize(
    "written", ["", "P", "PT", "h", "1 fortnight", "1h nonsense", "1h2", "P1DT", "1:2:3:4", "12x"]
)
def test_garbage_is_refused_with_examples(written):
    with pytest.raises(ConfigError, match=r"(?s)cannot read a duration from .*12\.4h"):
        parse_duration(written)


@pytest.mark.parametrize("value", [None, True, float("nan"), float("inf"), [], {}, np.timedelta64("NaT"), 1j])
def test_other_things_are_refused(value):
    with pytest.raises(ConfigError):
        parse_duration(value)


def test_months_are_refused_because_they_have_no_length():
    with pytest.raises(ConfigError, match="a month has no fixed length"):
        parse_duration("P1M")


def test_a_duration_too_long_for_python_is_refused():
    with pytest.raises(ConfigError, match="too long"):
        parse_duration(1e20)


@given(SPANS)
def test_what_python_and_pydantic_write_is_read_back(span):
    assert parse_duration(str(span)) == span
    assert parse_duration(TypeAdapter(timedelta).dump_python(span, mode="json")) == span


@given(st.integers(-(10**6), 10**6))
def test_numbers_are_seconds(seconds):
    assert parse_duration(seconds) == parse_duration(str(seconds)) == timedelta(seconds=seconds)


@given(st.text(max_size=20))
def test_any_text_is_either_read_or_refused(text):
    with suppress(ConfigError):
        assert isinstance(parse_duration(text), timedelta)


def test_a_field_of_this_type_takes_all_of_it_and_has_a_schema():
    class Step(BaseModel):
        step: Duration

    assert Step(step="90m").step == timedelta(minutes=90)
    assert Step.model_validate_json(Step(step=90).model_dump_json()) == Step(step=90)
    assert Step.model_json_schema()["properties"]["step"]["anyOf"] == [{"type": "string"}, {"type": "number"}]
    with pytest.raises(ValueError, match="cannot read a duration"):
        Step(step="soon")
