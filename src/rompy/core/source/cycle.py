"""Cycles of a forecast: times at regular intervals, whose data come some hours later under a name of their own."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel

_PLACE = re.compile(r"\{cycle(?::([^{}]*))?\}")
_ORIGIN = datetime(1970, 1, 1)
DEFAULT_FORMAT = "%Y%m%d%H"


def cycles(as_of: datetime, every: timedelta, latency: timedelta, back: int) -> list[datetime]:
    """The last cycle whose data were there at a time, and ``back`` earlier ones, the latest first.

    Args:
        every: time between cycles, counted from midnight UTC.
        latency: time after a cycle until its data are there.
    """
    last = _ORIGIN + (as_of - latency - _ORIGIN) // every * every
    return [last - n * every for n in range(back + 1)]


def has_cycle(value: Any) -> bool:
    """Whether there is a ``{cycle:...}`` anywhere in a value."""
    return bool(filled(value, _ORIGIN) != value)


def filled(value: Any, cycle: datetime) -> Any:
    """A value with the time of a cycle in place of each ``{cycle:FORMAT}`` in its texts."""
    if isinstance(value, str):
        return _PLACE.sub(lambda found: cycle.strftime(found[1] or DEFAULT_FORMAT), value)
    if isinstance(value, PurePath):
        return type(value)(filled(str(value), cycle))
    if isinstance(value, dict):
        return {key: filled(item, cycle) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(filled(item, cycle) for item in value)
    if isinstance(value, BaseModel):
        return value.model_copy(update={name: filled(item, cycle) for name, item in value})
    return value
