"""How far a model has come, read from the lines it appends to its progress file."""

from __future__ import annotations

import json
import math
import os
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rompy.jobs.duration import duration
from rompy.regular_file import opener

TAIL = 65536
"""Bytes at the end of the file that are looked at; a line of progress is far shorter."""
WINDOW = 30.0
"""Seconds of wall time over which the rate is taken: long enough to be steady, short enough to follow the model."""


@dataclass(frozen=True)
class Progress:
    """A point in model time, and what it lets one expect."""

    model_time_s: float
    """Simulated so far, seconds."""
    duration_s: float | None = None
    """To be simulated in all, seconds."""
    wall_s: float | None = None
    """Wall time since the model started, by its own account, seconds."""
    rate: float | None = None
    """Seconds of model time per second of wall time, lately."""
    eta_s: float | None = None
    """Seconds of wall time until the end."""
    extras: Mapping[str, Any] = field(default_factory=dict)
    """Whatever else the model tells."""

    @property
    def fraction(self) -> float | None:
        """0 to 1; None when the duration is not known."""
        if not self.duration_s:
            return None
        return min(1.0, max(0.0, self.model_time_s / self.duration_s))

    def __str__(self) -> str:
        text = duration(self.model_time_s)
        if self.fraction is not None and self.duration_s:
            text += f" of {duration(self.duration_s)} ({100 * self.fraction:.0f} %)"
        if self.rate is not None:
            text += f", {self.rate:,.{_decimals(self.rate)}f} x real time"
        return text if self.eta_s is None else f"{text}, {duration(self.eta_s)} left"


def read_progress(path: str | Path) -> Progress | None:
    """The last complete line of a progress file that makes sense; None when there is none yet."""
    try:
        with open(path, "rb", opener=opener) as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(0, file.tell() - TAIL))
            lines = file.read().split(b"\n")[:-1]  # what follows the last line end is not complete
    except OSError:
        return None
    for line in reversed(lines):
        progress = parse_progress(line)
        if progress is not None:
            return progress
    return None


def parse_progress(line: bytes | str) -> Progress | None:
    """One line; None when it is not a line of progress."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):
        return None
    extras = dict(values) if isinstance(values, dict) else {}
    model_time = _number(extras.pop("model_time_s", None))
    if model_time is None:
        return None
    length, wall = _number(extras.pop("duration_s", None)), _number(extras.pop("wall_s", None))
    return Progress(model_time, length, wall, extras=extras)


class ProgressMeter:
    """Reads a progress file again and again, and adds rate and time left."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._seen: deque[tuple[float, float]] = deque()
        self._size: tuple[int, int] | None = None

    def read(self) -> Progress | None:
        """The present progress; None when nothing has been added since the last look."""
        try:
            status = self.path.stat()
        except OSError:
            return None
        if (status.st_size, status.st_mtime_ns) == self._size:
            return None
        self._size = (status.st_size, status.st_mtime_ns)
        progress = read_progress(self.path)
        return None if progress is None else self._rated(progress)

    def _rated(self, progress: Progress) -> Progress:
        # The model's own clock where it gives one: ours sees its lines late and in batches.
        now = time.monotonic() if progress.wall_s is None else progress.wall_s
        if self._seen and (progress.model_time_s, now) < self._seen[-1]:
            self._seen.clear()  # it started over
        self._seen.append((progress.model_time_s, now))
        while len(self._seen) > 2 and now - self._seen[1][1] >= WINDOW:
            self._seen.popleft()
        first_time, first_now = self._seen[0] if len(self._seen) > 1 else (0.0, 0.0)
        if len(self._seen) == 1 and progress.wall_s is None:
            return progress
        spent, gained = now - first_now, progress.model_time_s - first_time
        if spent <= 0 or gained <= 0:
            return progress
        rate = gained / spent
        left = None if progress.duration_s is None else max(0.0, progress.duration_s - progress.model_time_s)
        return Progress(
            progress.model_time_s,
            progress.duration_s,
            progress.wall_s,
            rate,
            None if left is None else left / rate,
            progress.extras,
        )


def _number(value: Any) -> float | None:
    try:
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:  # a whole number that is too large for any other
        return None
    return float(value) if good else None


def _decimals(rate: float) -> int:
    return 0 if rate >= 9.95 else 1 if rate >= 0.995 else 3
