"""Times are read from what people write and always come out as UTC without a zone."""

from contextlib import suppress
from datetime import date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rompy.core.instant import instants_named, parse_instant
from rompy.errors import ConfigError

SIX = datetime(2023, 1, 31, 6)


@pytest.mark.parametrize(
    "written",
    [
        "20230131T06",
        "20230131T0600",
        "20230131T060000",
        "20230131.06",
        "20230131.0600",
        "20230131.060000",
        "2023-01-31T06",
        "2023-01-31T0600",
        "2023-01-31T06:00",
        "2023-01-31 06:00",
        "2023-01-31T06:00:00Z",
        "20230131T06Z",
        "2023-01-31T17:00:00+11:00",
        " 2023-01-31T06:00 ",
        SIX,
        SIX.replace(tzinfo=timezone.utc),
        datetime(2023, 1, 31, 17, tzinfo=timezone(timedelta(hours=11))),
        pd.Timestamp(SIX),
        pd.Timestamp("2023-01-31T17:00", tz="Australia/Sydney"),
        np.datetime64("2023-01-31T06"),
    ],
)
def test_one_time_in_many_spellings(written):
    assert parse_instant(written) == SIX
    assert type(parse_instant(written)) is datetime


@pytest.mark.parametrize("written", ["20230131", "2023-01-31", 20230131, date(2023, 1, 31)])
def test_a_date_is_its_midnight(written):
    assert parse_instant(written) == datetime(2023, 1, 31)


@pytest.mark.parametrize(
    "written",
    [
        "",
        "soon",
        "2023010106",
        "1672531200",
        "2023",
        "2023-01",
        1672531200,
        20230131.06,
        True,
        None,
        [],
        pd.NaT,
    ],
)
def test_what_is_no_time_or_could_be_two_is_refused(written):
    with pytest.raises(ConfigError, match="time"):
        parse_instant(written)


@pytest.mark.parametrize("written", ["20230231", "2023-02-30", "20230131T25", 20231301, "2023-02-30T00:00"])
def test_days_that_do_not_exist_are_refused(written):
    with pytest.raises(ConfigError, match="cannot read a time"):
        parse_instant(written)


def test_a_zone_that_leads_out_of_the_calendar_is_refused():
    with pytest.raises(ConfigError, match="out of range"):
        parse_instant(datetime.min.replace(tzinfo=timezone(timedelta(hours=5))))


@given(
    st.datetimes(timezones=st.sampled_from([None, timezone.utc, timezone(timedelta(hours=-9.5))])).filter(
        lambda t: 1 < t.year < 9999
    )
)
def test_iso_text_is_read_back_in_utc(moment):
    utc = moment if moment.tzinfo is None else moment.astimezone(timezone.utc).replace(tzinfo=None)
    assert parse_instant(moment.isoformat()) == parse_instant(moment) == utc


@given(st.text(max_size=20))
def test_any_text_is_either_read_or_refused(text):
    with suppress(ConfigError):
        assert parse_instant(text).tzinfo is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("2023", "2023-01-01", "2023-12-31T23:59:59.999999"),
        ("2024-02", "2024-02-01", "2024-02-29T23:59:59.999999"),
        ("2023-01-31", "2023-01-31", "2023-01-31T23:59:59.999999"),
        ("20230131", "2023-01-31", "2023-01-31T23:59:59.999999"),
        ("20230131T06", "2023-01-31T06:00", "2023-01-31T06:59:59.999999"),
        ("2023-01-31 06:30", "2023-01-31T06:30", "2023-01-31T06:30:59.999999"),
        ("2023-01-31T06:30:00", "2023-01-31T06:30", "2023-01-31T06:30"),
        ("20230131T063000", "2023-01-31T06:30", "2023-01-31T06:30"),
    ],
)
def test_a_text_names_all_of_its_time(text, first, last):
    assert instants_named(text) == (datetime.fromisoformat(first), datetime.fromisoformat(last))


@pytest.mark.parametrize("text", ["2023-13", "", "later"])
def test_a_text_that_names_no_time_is_refused(text):
    with pytest.raises(ValueError, match="month|time"):
        instants_named(text)
