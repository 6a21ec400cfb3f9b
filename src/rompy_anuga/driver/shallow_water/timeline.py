"""Times of records: from a file's CF time to seconds of the run, and whether they last for the whole of it."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import netCDF4
import numpy as np
from numpy.typing import NDArray

from .case import Variable
from .netcdf import floats, refusal

Floats = NDArray[np.float64]

SLACK_S = 1e-3
"""Times this close count as equal: files may hold them as days in floating point."""

_SECONDS = {
    "nanosecond": 1e-9,
    "microsecond": 1e-6,
    "millisecond": 1e-3,
    "second": 1.0,
    "sec": 1.0,
    "s": 1.0,
    "minute": 60.0,
    "min": 60.0,
    "hour": 3600.0,
    "hr": 3600.0,
    "h": 3600.0,
    "day": 86400.0,
    "d": 86400.0,
}
_UNITS = re.compile(r"\s*(\w+?)s?\s+since\s+(.+?)\s*", re.IGNORECASE)
_CALENDARS = ("standard", "gregorian", "proleptic_gregorian")


class Timeline:
    """The record times of a variable.

    Args:
        variable: the variable, for refusals.
        source: the same, open.
        start: the beginning of the run.

    Raises:
        InputError: there is no CF time in a calendar of this world, or it does not rise throughout.
    """

    def __init__(self, variable: Variable, source: Any, start: datetime) -> None:
        self._variable = variable
        self._start = start
        self.seconds = _seconds(variable, source, start)
        """Seconds of the run at each record, rising."""
        steps = np.diff(self.seconds)
        if (steps <= 0).any():
            at = int(np.argmax(steps <= 0))
            raise refusal(
                variable,
                f"time does not rise throughout: {self.date(self.seconds[at])} is followed by "
                f"{self.date(self.seconds[at + 1])}",
            )

    def date(self, seconds: float) -> str:
        """A time of the run as a date (UTC)."""
        return date_at(self._start, seconds)

    def records(self, duration_s: float) -> range:
        """The records that a run of this length needs, the ones before its start and after its end included.

        Raises:
            InputError: the records begin too late or end too early, or some are missing on the way.
        """
        times = self.seconds
        if times[0] > SLACK_S or times[-1] < duration_s - SLACK_S:
            raise refusal(
                self._variable,
                f"covers {self.date(times[0])} to {self.date(times[-1])}, but the run lasts from {self.date(0.0)} "
                f"to {self.date(duration_s)}{_missing(times, duration_s)}",
            )
        first = max(int(np.searchsorted(times, SLACK_S, side="right")) - 1, 0)
        last = min(int(np.searchsorted(times, duration_s - SLACK_S)), times.size - 1)
        self._check_gaps(first, last)
        return range(first, last + 1)

    def _check_gaps(self, first: int, last: int) -> None:
        """A series that is regular but for a hole or two has lost records; one that is irregular is meant so."""
        steps = np.diff(self.seconds[first : last + 1])
        if steps.size < 5:
            return
        usual = float(np.median(steps))
        regular = np.abs(steps - usual) <= 0.01 * usual
        if regular.mean() >= 0.8 and steps.max() > 1.5 * usual:
            at = first + int(np.argmax(steps > 1.5 * usual))
            raise refusal(
                self._variable,
                f"records are missing: they are {usual:g} s apart, but none lie between "
                f"{self.date(self.seconds[at])} and {self.date(self.seconds[at + 1])}",
            )


def date_at(start: datetime, seconds: float) -> str:
    """A time of the run as a date (UTC), to the second."""
    return (start + timedelta(seconds=round(float(seconds)))).strftime("%Y-%m-%dT%H:%M:%SZ")


def _missing(times: NDArray[np.float64], duration_s: float) -> str:
    gaps = []
    if times[0] > SLACK_S:
        gaps.append(f"{times[0]:g} s are missing at the beginning")
    if times[-1] < duration_s - SLACK_S:
        gaps.append(f"{duration_s - times[-1]:g} s are missing at the end")
    return "; " + " and ".join(gaps)


def _seconds(variable: Variable, source: Any, start: datetime) -> Floats:
    dataset = source.group()
    if "time" not in dataset.variables or dataset.variables["time"].dimensions != ("time",):
        raise refusal(variable, "there is no coordinate variable time(time)")
    time = dataset.variables["time"]
    units, calendar = str(getattr(time, "units", "")), str(getattr(time, "calendar", "standard"))
    stated = _UNITS.fullmatch(units)
    if stated is None or stated.group(1).lower() not in _SECONDS:
        raise refusal(
            variable, f"the units of time are {units!r}, not seconds (or hours, days ...) since a date"
        )
    if calendar.lower() not in _CALENDARS:
        raise refusal(variable, f"the calendar of time is {calendar!r}; a run is in {_CALENDARS[0]!r} time")
    values = floats(time[:])
    if values.size == 0 or not np.isfinite(values).all():
        raise refusal(variable, "time has missing values" if values.size else "there is no record in it")
    since = _origin(variable, stated.group(2), calendar)
    return (since - start.replace(tzinfo=None)).total_seconds() + values * _SECONDS[stated.group(1).lower()]


def _origin(variable: Variable, text: str, calendar: str) -> datetime:
    try:
        dates = netCDF4.num2date(
            np.zeros(1),
            f"seconds since {text}",
            calendar,
            only_use_cftime_datetimes=False,
            only_use_python_datetimes=True,
        )
    except ValueError as error:
        raise refusal(
            variable, f"the units of time refer to {text!r}, which is not a date ({error})"
        ) from error
    return datetime.fromisoformat(np.asarray(dates).item().isoformat())
