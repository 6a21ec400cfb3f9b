"""Spans of time, written for people."""

from __future__ import annotations

import math


def duration(seconds: float) -> str:
    """A span of time for people: ``0.52 s``, ``3 min 20 s``, ``12 h 24 min``."""
    if not math.isfinite(seconds):
        return "an unknown time"
    if seconds < 9.95:
        return f"{seconds:.2g} s"
    whole = round(seconds)
    for unit, size, finer, step in (("d", 86400, "h", 3600), ("h", 3600, "min", 60), ("min", 60, "s", 1)):
        if whole >= size:
            rest = whole % size // step
            return f"{whole // size} {unit}" + (f" {rest} {finer}" if rest else "")
    return f"{whole} s"
