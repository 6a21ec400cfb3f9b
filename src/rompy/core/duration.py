"""Lengths of time: what may be written for one, and how it is read."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from math import isfinite
from numbers import Real
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from rompy.errors import ConfigError

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "y": 365 * 86400}
_WORDS = {
    word: _SECONDS[words[0]]
    for words in (
        ("s", "sec", "secs", "second", "seconds"),
        ("m", "min", "mins", "minute", "minutes"),
        ("h", "hr", "hrs", "hour", "hours"),
        ("d", "day", "days"),
        ("w", "week", "weeks"),
        ("y", "year", "years"),
    )
    for word in words
}
"""Seconds of each unit, by every way to write it in lower case. A year is 365 days."""

_NUMBER = r"\d+(?:[.,]\d*)?|[.,]\d+"
_PLAIN_NUMBER = re.compile(r"\d+(?:\.\d*)?|\.\d+")
_TERM = re.compile(rf"\s*({_NUMBER})\s*([a-z]+)[\s,]*")
_CLOCK = re.compile(r"(?:(-?\d+) days?,? )?(\d+):([0-5]\d)(?::([0-5]\d(?:\.\d+)?))?")
_ISO = re.compile(
    r"p(?!$)"
    + "".join(rf"(?:({_NUMBER}){unit})?" for unit in "ymwd")
    + r"(?:t(?!$)"
    + "".join(rf"(?:({_NUMBER}){unit})?" for unit in "hms")
    + ")?"
)
_HELP = 'Write for example 3600 (seconds), "90m", "12.4h", "1d 6h", "01:30:00" or ISO 8601 "PT12H24M".'


def parse_duration(value: Any) -> timedelta:
    """A duration from whatever a user or program may write for one.

    Numbers are seconds. Texts are ISO 8601 durations (``PT12H24M``), numbers with units (``12.4h``, ``1d 6h``,
    ``15 minutes``; ``m`` and ``M`` both mean minutes, a year is 365 days), clock times (``01:30:00``) or seconds.
    timedelta, pandas and numpy durations pass; fractions of a microsecond are rounded away.

    Raises:
        ConfigError: the value is none of these.
    """
    try:
        return _read(value)
    except OverflowError:
        raise ConfigError(f"duration {value!r} is too long") from None


def _read(value: Any) -> timedelta:
    if isinstance(value, timedelta):  # also a pandas Timedelta, which becomes an ordinary one
        return timedelta(value.days, value.seconds, value.microseconds)
    if isinstance(value, str):
        return _from_text(value)
    if getattr(getattr(value, "dtype", None), "kind", None) == "m":  # a numpy duration
        if value == value:  # NaT differs from itself
            return timedelta(microseconds=int(value.astype("timedelta64[us]").astype("int64")))
    elif isinstance(value, Real) and not isinstance(value, bool) and isfinite(value):
        return _of_seconds(Fraction(float(value)).limit_denominator(10**9))
    raise ConfigError(f"cannot read a duration from {value!r}", hint=_HELP)


def _from_text(text: str) -> timedelta:
    bare = text.strip().lower()
    sign = -1 if bare.startswith("-") and " day" not in bare else 1
    bare = bare.lstrip("+-").strip() if " day" not in bare else bare
    if _PLAIN_NUMBER.fullmatch(bare):
        return sign * _of_seconds(Fraction(bare))
    if match := _CLOCK.fullmatch(bare):
        days, hours, minutes, seconds = (Fraction(part or 0) for part in match.groups())
        return sign * _of_seconds(days * 86400 + hours * 3600 + minutes * 60 + seconds)
    if match := _ISO.fullmatch(bare):
        return sign * _from_iso(text, match.groups())
    return sign * _from_terms(text, bare)


def _from_iso(text: str, groups: tuple[str | None, ...]) -> timedelta:
    years, months, *rest = (_number(part) for part in groups)
    if months:
        raise ConfigError(f"cannot read a duration from {text!r}: a month has no fixed length", hint=_HELP)
    return _of_seconds(sum(n * _SECONDS[unit] for n, unit in zip([years, *rest], "ywdhms", strict=True)))


def _from_terms(text: str, bare: str) -> timedelta:
    total, place = Fraction(0), 0
    while place < len(bare) and (match := _TERM.match(bare, place)):
        if match[2] not in _WORDS:
            raise ConfigError(f"cannot read a duration from {text!r}: {match[2]!r} is no unit", hint=_HELP)
        total += _number(match[1]) * _WORDS[match[2]]
        place = match.end()
    if not bare or place < len(bare):
        raise ConfigError(f"cannot read a duration from {text!r}", hint=_HELP)
    return _of_seconds(total)


def _number(text: str | None) -> Fraction:
    return Fraction((text or "0").replace(",", "."))


def _of_seconds(seconds: Fraction | int) -> timedelta:
    return timedelta(microseconds=round(seconds * 1_000_000))


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number"}]}, mode="validation"),
]
"""Type of model fields that hold a duration and accept everything that ``parse_duration`` reads."""
