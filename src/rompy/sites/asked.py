"""What a job asks for, in terms that every scheduler shares."""

from __future__ import annotations

import re
from dataclasses import dataclass

_UNITS_MB = {"b": 1 / 1024**2, "k": 1 / 1024, "m": 1.0, "g": 1024.0, "t": 1024.0**2}


@dataclass(frozen=True)
class Asked:
    """None stands for what is not known, and is not checked."""

    queues: tuple[str, ...] = ()
    """Queues that it may go to; the scheduler's default one when empty."""
    walltime_s: float | None = None
    """Wall time, seconds."""
    nodes: int | None = None
    """Number of nodes."""
    cores: int | None = None
    """Processors on all nodes together."""
    cores_per_node: int | None = None
    """Processors on each node."""
    cores_setting: str | None = None
    """Setting that asks for the processors."""
    memory_per_node_mb: float | None = None
    """Memory on each node."""


def megabytes(size: str | None, unit: str = "m") -> float | None:
    """MB of a size such as ``4G`` or ``4gb``; None when it is not understood. ``unit`` is that of a bare number."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)([kmgt]?)(?:i?b)?", (size or "").strip().lower())
    return float(match[1]) * _UNITS_MB[match[2] or unit] if match else None
