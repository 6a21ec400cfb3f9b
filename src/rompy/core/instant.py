"""Points in time: what may be written for one, and how it is read. Always UTC, kept without a time zone."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, datetime, timedelta, timezone
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, TypeAdapter, ValidationError, WithJsonSchema

from rompy.errors import ConfigError

_COMPACT = re.compile(r"(\d{4})(\d\d)(\d\d)(?:[Tt.](\d\d)(?:(\d\d)(\d\d)?)?)?[Zz]?")
_DASHED = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d)(?:(\d\d))?)?[Zz]?")
_ISO_MINUTE = re.compile(r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d)[Zz]?")
_YEAR_MONTH = re.compile(r"(\d{4})(?:-(\d\d))?")
_ONE_MICROSECOND = timedelta(microseconds=1)
_LENGTHS = {3: timedelta(days=1), 4: timedelta(hours=1), 5: timedelta(minutes=1)}
"""How long the time lasts that a text names, by how many of year, month, day, hour, minute it gives."""
_HELP = 'Write for example "2023-01-31T06:00", "2023-01-31" or "20230131T06"; times are UTC.'


def parse_instant(value: Any) -> datetime:
    """A time from whatever a user or program may write for one, as a datetime in UTC without time zone.

    Texts are ISO 8601 or one of ``YYYYMMDD``, ``YYYYMMDDTHH[MM[SS]]``, ``YYYYMMDD.HH[MM[SS]]``, ``YYYY-MM-DDTHH[MM]``.
    A date is its midnight. A whole number is read as ``YYYYMMDD``, which is what YAML makes of it without quotes.
    Times that carry a zone are converted to UTC. pandas and numpy times lose what is finer than a microsecond.

    Raises:
        ConfigError: the value is none of these, or could mean two things, like other numbers.
    """
    try:
        return _utc(_read(value))
    except OverflowError:
        raise ConfigError(f"time {value!r} is out of range") from None


def instants_named(text: str) -> tuple[datetime, datetime]:
    """First and last instant of the time that a text names: ``2023-01-31`` is the whole day, ``2023-01`` the month.

    Full times, with seconds, name one instant. A range of labels in text includes all of its last label, as in pandas.
    """
    text = text.strip()
    if match := _YEAR_MONTH.fullmatch(text):
        year, first_month = int(match[1]), int(match[2] or 1)
        last_month = first_month if match[2] else 12
        first = _datetime(text, year, first_month, 1)
        last_day = _datetime(text, year, last_month, monthrange(year, last_month)[1])
        return first, last_day + timedelta(days=1) - _ONE_MICROSECOND
    first = parse_instant(text)
    for pattern in (_COMPACT, _DASHED, _ISO_MINUTE):
        if match := pattern.fullmatch(text):
            given = sum(part is not None for part in match.groups())
            return first, first + _LENGTHS.get(given, _ONE_MICROSECOND) - _ONE_MICROSECOND
    return first, first


def _read(value: Any) -> datetime:
    if isinstance(value, datetime):
        if value != value:  # pandas' NaT
            raise ConfigError("a missing time (NaT) is given where a time is needed", hint=_HELP)
        parts = (
            value.year,
            value.month,
            value.day,
            value.hour,
            value.minute,
            value.second,
            value.microsecond,
        )
        return datetime(*parts, tzinfo=value.tzinfo, fold=value.fold)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)
    if isinstance(value, str):
        return _from_text(value)
    if getattr(getattr(value, "dtype", None), "kind", None) == "M" and value == value:  # numpy; NaT != NaT
        return datetime(1970, 1, 1) + int(value.astype("datetime64[us]").astype("int64")) * _ONE_MICROSECOND
    if isinstance(value, int) and not isinstance(value, bool) and _COMPACT.fullmatch(str(value)):
        return _from_text(str(value))
    raise ConfigError(f"cannot read a time from {value!r}", hint=_HELP)


def _from_text(text: str) -> datetime:
    bare = text.strip()
    for pattern in (_COMPACT, _DASHED):
        if match := pattern.fullmatch(bare):
            return _datetime(text, *(int(part) for part in match.groups() if part))
    # Digits alone would be taken as seconds since 1970, which is hardly ever what 2023010106 means.
    if re.fullmatch(r"[-+]?[\d.]+", bare):
        raise ConfigError(f"cannot read a time from {text!r}: digits alone are ambiguous", hint=_HELP)
    try:
        return _iso_reader().validate_python(bare)
    except ValidationError as error:
        reason = error.errors()[0]["msg"].partition(", ")[2] or "it is no ISO 8601 time"
        raise ConfigError(f"cannot read a time from {text!r}: {reason}", hint=_HELP) from None


def _datetime(
    text: str, year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0
) -> datetime:
    try:
        return datetime(year, month, day, hour, minute, second)
    except ValueError as error:
        raise ConfigError(f"cannot read a time from {text!r}: {error}", hint=_HELP) from None


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is None else moment.astimezone(timezone.utc).replace(tzinfo=None)


@cache
def _iso_reader() -> TypeAdapter[datetime]:
    return TypeAdapter(datetime)


Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    WithJsonSchema(
        {"anyOf": [{"type": "string"}, {"type": "integer"}], "description": "A time, UTC"}, mode="validation"
    ),
]
"""Type of model fields that hold a time and accept everything that ``parse_instant`` reads."""
