"""Series in time."""

from __future__ import annotations

import bisect
from datetime import datetime

import numpy as np

from .case import Variable
from .netcdf import check_dimensions, check_units, floats, opened, refusal
from .timeline import Timeline


class Series:
    """One number that changes in time, linear between the records.

    Args:
        variable: a netCDF variable over ``time``.
        kind: which units it must have (a key of ``netcdf.UNITS``).
        start, duration_s: the run, which it must cover without a missing value.

    Raises:
        InputError: it cannot be read or does not cover the run.
    """

    def __init__(self, variable: Variable, kind: str, start: datetime, duration_s: float) -> None:
        with opened(variable) as source:
            check_dimensions(variable, source, ("time",))
            check_units(variable, source, kind)
            timeline = Timeline(variable, source, start)
            needed = timeline.records(duration_s)
            part = slice(needed.start, needed.stop)
            values = floats(source[part])
        times = timeline.seconds[part]
        absent = np.flatnonzero(~np.isfinite(values))
        if absent.size:
            raise refusal(
                variable,
                f"{variable.name} has no value at {absent.size} of {values.size} times, the first "
                f"{timeline.date(times[absent[0]])}",
            )
        # Plain lists: this is asked for at every step, and numpy is slow for single numbers.
        self._times: list[float] = times.tolist()
        self._values: list[float] = values.tolist()

    def __call__(self, seconds: float) -> float:
        """The value at a time of the run (s); the first or last one beyond the records."""
        after = bisect.bisect_right(self._times, seconds)
        if after == 0:
            return self._values[0]
        if after == len(self._times):
            return self._values[-1]
        before, t0, t1 = self._values[after - 1], self._times[after - 1], self._times[after]
        return before + (self._values[after] - before) * (seconds - t0) / (t1 - t0)
