"""Wall times of queues: ``hours:minutes:seconds``, or ``infinite``."""

from __future__ import annotations

import math
import re
from typing import Annotated, Any

from pydantic import BeforeValidator

INFINITE = "infinite"
"""The limit of a queue that has none."""
_CLOCK = re.compile(r"(?:(\d+)-)?(\d+):([0-5]?\d):([0-5]?\d)")


def seconds_of(limit: str | None) -> float:
    """Seconds of a limit; not finite where there is no limit, or none is known.

    Raises:
        ValueError: it is not written as ``[days-]hours:minutes:seconds``.
    """
    if limit is None or limit == INFINITE:
        return math.inf
    match = _CLOCK.fullmatch(limit)
    if match is None:
        raise ValueError(f"{limit!r} is not hours:minutes:seconds")
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    return ((24 * days + hours) * 60 + minutes) * 60 + seconds


def written(seconds: float) -> str:
    """``hours:minutes:seconds`` of a number of seconds."""
    if not math.isfinite(seconds):
        return INFINITE
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def _read(value: Any) -> Any:
    if value is None or (isinstance(value, str) and value.lower() in (INFINITE, "unlimited")):
        return value if value is None else INFINITE
    if isinstance(value, str) and _CLOCK.fullmatch(value):
        return written(seconds_of(value))
    from rompy.core.duration import parse_duration

    return written(parse_duration(value).total_seconds())


WallTime = Annotated[str, BeforeValidator(_read)]
"""Type of fields that hold a limit: ``48:00:00``, ``2-00:00:00``, ``2d`` or ``infinite``."""
