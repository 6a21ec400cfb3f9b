"""The times of a netCDF file, to find the rows of two files that are of the same moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_EPOCH = "seconds since 1970-01-01"
TICK = 1e-3
"""Seconds within which two times are one; model times are sums of time steps."""


@dataclass(frozen=True)
class TimeAxis:
    """Times along the dimension of that name."""

    name: str
    """Of the variable."""
    dimension: str
    seconds: np.ndarray
    """Since 1970 (UTC) when ``is_absolute``, else since some start."""
    is_absolute: bool

    def moment(self, row: int) -> str:
        """One of them for people."""
        if not self.is_absolute:
            return f"{self.seconds[row]:g} s"
        moment = np.datetime64(round(float(self.seconds[row])), "s")
        return f"{str(moment).replace('T', ' ')} UTC"


def time_axis(file: Any) -> TimeAxis | None:
    """The times of an open netCDF file; None when it has none that can be read.

    Output of ANUGA counts seconds from the attribute ``starttime``; everything else says so in ``units``.
    """
    import cftime

    for name, variable in file.variables.items():
        if variable.ndim != 1 or not (name.lower() == "time" or _says_time(variable)):
            continue
        values = np.ma.filled(np.ma.asarray(variable[:], dtype=np.float64), np.nan)
        if not len(values) or not np.isfinite(values).all():
            return None
        units = str(getattr(variable, "units", ""))
        if " since " in units:
            try:
                calendar = str(getattr(variable, "calendar", "standard"))
                start = cftime.num2date(0, units, calendar)
                origin = float(cftime.date2num(start, _EPOCH, calendar))
                step = float(cftime.date2num(cftime.num2date(1, units, calendar), _EPOCH, calendar)) - origin
            except (ValueError, OverflowError):
                return None
            return TimeAxis(name, variable.dimensions[0], origin + step * values, True)
        start = float(getattr(file, "starttime", 0.0) or 0.0)
        return TimeAxis(name, variable.dimensions[0], start + values, start > 1e8)
    return None


def common_rows(one: TimeAxis, other: TimeAxis) -> tuple[np.ndarray, np.ndarray] | None:
    """Rows of both that are of the same moment, in order; None when all are, row by row."""
    if len(one.seconds) == len(other.seconds) and (np.abs(one.seconds - other.seconds) <= TICK).all():
        return None
    left, right = (np.round(axis.seconds / TICK).astype(np.int64) for axis in (one, other))
    _, rows, others = np.intersect1d(left, right, return_indices=True)
    return rows, others


def _says_time(variable: Any) -> bool:
    return getattr(variable, "standard_name", "") == "time" or getattr(variable, "axis", "") == "T"
