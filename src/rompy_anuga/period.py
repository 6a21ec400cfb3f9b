"""The part of a time axis that a run needs, and a clear word when it is not all there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

import numpy as np

from rompy.core.reach import gap_in
from rompy.errors import CoverageError, DataError


@dataclass(frozen=True)
class Period:
    """Start and end of a run, UTC, without time zone as numpy wants it."""

    start: np.datetime64
    end: np.datetime64

    @classmethod
    def between(cls, start: datetime, end: datetime) -> Period:
        """From datetimes; those without a time zone are UTC."""
        return cls(_moment(start), _moment(end))

    @property
    def seconds(self) -> float:
        """Length (s)."""
        return float((self.end - self.start) / np.timedelta64(1, "s"))

    def is_within(self, times: Any) -> bool:
        """Whether ascending times begin before it and end after it."""
        return bool(times[0] <= self.start and times[-1] >= self.end)

    def check_gaps(self, times: Any, max_gap: timedelta | None, what: str, field: str) -> None:
        """Check that ascending times have no gap within it: a step above ``max_gap``, or else one that stands out.

        Raises:
            DataError: there is one; says where.
        """
        gap = gap_in(times, self.start, self.end, max_gap)
        if gap is not None:
            raise DataError(
                f"the times of {what} have {gap}",
                field=field,
                hint="Give data without gaps, or accept this one with max_gap; values are linear in between.",
            )

    def steps_of(self, times: Any, what: str, field: str) -> slice:
        """Numbers of the times from the last one not after the start to the first one not before the end.

        Raises:
            DataError: they are not dates of the standard calendar in ascending order.
            CoverageError: they begin too late or end too early; tells both periods.
        """
        times = np.asarray(times)
        if not np.issubdtype(times.dtype, np.datetime64):
            raise DataError(f"the times of {what} are not dates of the standard calendar", field=field)
        if not len(times) or np.isnat(times).any() or (np.diff(times) <= np.timedelta64(0)).any():
            raise DataError(f"the times of {what} are not in ascending order, each once", field=field)
        if not self.is_within(times):
            raise CoverageError(
                f"{what} covers {text_of(times[0])} to {text_of(times[-1])}, "
                f"the run needs {text_of(self.start)} to {text_of(self.end)}",
                field=field,
                hint="Shorten the period or give data that cover it.",
            )
        first = int(np.searchsorted(times, self.start, side="right")) - 1
        last = int(np.searchsorted(times, self.end, side="left"))
        return slice(first, last + 1)


def text_of(moment: np.datetime64) -> str:
    """A moment as ISO 8601 in UTC, to the second."""
    return f"{np.datetime_as_string(moment, unit='s')}Z"


def _moment(value: datetime) -> np.datetime64:
    if value.tzinfo is not None:
        value = value.astimezone(timezone.utc).replace(tzinfo=None)
    return np.datetime64(value, "ns")
