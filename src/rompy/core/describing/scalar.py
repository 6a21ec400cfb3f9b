"""What an unquoted word in a YAML file means.

YAML 1.2, with three deviations for the sake of existing files and of people:

* ``yes``, ``no``, ``on`` and ``off`` are booleans as values, as YAML 1.1 had it, because templates would otherwise
  take the text ``no`` for true. A field that wants such a text says so and asks for quotes.
* Dates and times (``2023-02-01``, ``2023-02-01T06:00:00Z``) become ``date`` and ``datetime``; a zone is
  turned into UTC.
* Numbers with leading zeros (``0001``) stay text, for they are identifiers: a number field reads them all the same.

Keys are text, except whole numbers: ``on:`` and ``2023-02-01:`` are no surprise.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

_TRUE = frozenset(("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"))
_FALSE = frozenset(("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"))
_NULL = frozenset(("", "~", "null", "Null", "NULL"))
_INFINITY = re.compile(r"[-+]?\.(?:inf|Inf|INF)")
_NAN = frozenset((".nan", ".NaN", ".NAN"))
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9_]*)")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(?:(?:0|[1-9][0-9_]*)(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?")
_TIME = re.compile(
    r"(\d{4})-(\d\d?)-(\d\d?)"
    r"(?:(?:[Tt]|[ \t]+)(\d\d?):(\d\d):(\d\d)(?:\.(\d*))?[ \t]*(Z|([-+])(\d\d?)(?::?(\d\d))?)?)?",
    re.ASCII,
)


def value_of(text: str) -> Any:
    """The value of an unquoted scalar.

    >>> [value_of(text) for text in ("1", "0001", "1e-3", "no", "0o17", "1:30:00", "~")]
    [1, '0001', 0.001, False, 15, '1:30:00', None]
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    number = number_of(text)
    if number is not None:
        return number
    time = time_of(text)
    return text if time is None else time


def key_of(text: str) -> str | int:
    """The value of an unquoted mapping key."""
    return int(text) if _INTEGER.fullmatch(text) and "_" not in text else text


def number_of(text: str) -> int | float | None:
    """A number, or None when the text is none."""
    if _INTEGER.fullmatch(text):
        return int(text.replace("_", ""))
    if _OCTAL.fullmatch(text):
        return int(text, 8)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    if _DECIMAL.fullmatch(text):
        return float(text.replace("_", ""))
    if _INFINITY.fullmatch(text):
        return float(text.replace(".", ""))
    return float("nan") if text in _NAN else None


def time_of(text: str) -> date | datetime | None:
    """A date or time, or None when the text is none or not in the calendar."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction, zone, sign, east, east_minutes = match.groups()
    try:
        if hour is None:
            return date(int(year), int(month), int(day)) if len(text) == len("2023-02-01") else None
        microsecond = int((fraction or "0")[:6].ljust(6, "0"))
        time = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), microsecond)
        if zone is None:
            return time
        offset = timedelta(hours=int(east or 0), minutes=int(east_minutes or 0))
        return (time + offset if sign == "-" else time - offset).replace(tzinfo=timezone.utc)
    except (ValueError, OverflowError):
        return None
