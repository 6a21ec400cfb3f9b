"""TimeRange: the period of a run, with the step at which things happen in it."""

from datetime import datetime, timedelta
from typing import Any

from pydantic import ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer, model_validator
from typing_extensions import Self

from rompy.core.duration import Duration
from rompy.core.instant import Instant, parse_instant
from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError

__all__ = ["Duration", "Instant", "TimeRange"]

_ENDS = ("start", "end", "duration")
_MOST_DATES = 10_000_000
"""More steps than any run has; a list of them would fill the memory."""


class TimeRange(RompyBaseModel):
    """A period given by two of ``start``, ``end`` and ``duration``; the third follows. Times are UTC without zone.

    >>> period = TimeRange(start="2023-02-01", duration="12.4h", interval="6h")
    >>> period.end
    datetime.datetime(2023, 2, 1, 12, 24)
    >>> [f"{time:%H:%M}" for time in period.date_range]
    ['00:00', '06:00', '12:00', '12:24']
    """

    model_config = ConfigDict(validate_default=True)

    start: Instant | None = None
    """First time of the period."""
    end: Instant | None = None
    """Last time of the period."""
    duration: Duration | None = None
    """Length of the period; numbers are seconds."""
    interval: Duration | None = Field(default=timedelta(hours=1))
    """Step within the period, longer than zero; numbers are seconds."""
    include_end: bool = True
    """Whether ``date_range`` ends with ``end`` also when that is not a whole number of steps after ``start``."""

    @model_validator(mode="before")
    @classmethod
    def _two_of_three(cls, data: Any) -> Any:
        if isinstance(data, dict):
            given = [name for name in _ENDS if data.get(name) is not None]
            if not given:
                raise ValueError("Must provide two of start, end, duration")
            if len(given) == 1:
                others = " or ".join(name for name in _ENDS if name not in given)
                raise ValueError(f"{given[0]} provided, must provide either {others}")
            if len(given) == 3:
                raise ValueError("Must provide only two of start, end, duration")
        return data

    @model_validator(mode="after")
    def _complete(self) -> Self:
        # Written past pydantic, so that the fields that were set stay the two that the user gave.
        try:
            if self.start is None and self.end is not None and self.duration is not None:
                self.__dict__["start"] = self.end - self.duration
            elif self.end is None and self.start is not None and self.duration is not None:
                self.__dict__["end"] = self.start + self.duration
            elif self.duration is None and self.start is not None and self.end is not None:
                self.__dict__["duration"] = self.end - self.start
        except OverflowError:
            raise ValueError("the period reaches beyond the years 1 to 9999") from None
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError(f"the period starts at {self.start} but ends before that, at {self.end}")
        if self.interval is not None and self.interval <= timedelta(0):
            raise ValueError(f"interval must be longer than zero, not {self.interval}")
        return self

    @model_serializer(mode="wrap")
    def _without_duration(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        dump = handler(self)
        if dump.get("start") is not None and dump.get("end") is not None:
            dump.pop("duration", None)  # it would be one too many to make the same range again
        return dict(dump)

    @property
    def stop(self) -> datetime | None:
        """The same as ``end``."""
        return self.end

    @property
    def date_range(self) -> list[datetime]:
        """Times from start in steps of interval, before end; then end itself if it is to be included.

        Empty without an interval.

        Raises:
            ConfigError: the steps are too short to be listed.
        """
        if self.start is None or self.end is None or self.interval is None:
            return []
        if self.interval <= timedelta(0):  # assignment is not validated
            raise ConfigError(f"interval must be longer than zero, not {self.interval}")
        steps = -((self.start - self.end) // self.interval)
        if steps > _MOST_DATES:
            raise ConfigError(
                f"an interval of {self.interval} gives {steps:,} times from {self.start} to {self.end}"
            )
        times = [self.start + i * self.interval for i in range(steps)]
        return [*times, self.end] if self.include_end else times

    def contains(self, date: datetime) -> bool:
        """Whether a time lies in the period, both ends included."""
        if self.start is None or self.end is None:
            return False
        return self.start <= parse_instant(date) <= self.end

    def contains_range(self, date_range: "TimeRange") -> bool:
        """Whether another period lies wholly in this one."""
        ends = (date_range.start, date_range.end)
        return all(end is not None and self.contains(end) for end in ends)

    def common_times(self, date_range: "TimeRange") -> list[datetime]:
        """The times of this range that lie in another period."""
        return [time for time in self.date_range if date_range.contains(time)]

    def format_duration(self, duration: timedelta | None) -> str:
        """A duration for people, as in ``3 days, 2 hours``; ``None`` for none."""
        if not duration:
            return "None"
        minutes, seconds = divmod(duration.seconds, 60)
        hours, minutes = divmod(minutes, 60)
        amounts = {"day": duration.days, "hour": hours, "minute": minutes, "second": seconds}
        if duration.microseconds:
            amounts["microsecond"] = duration.microseconds
        return ", ".join(f"{n} {unit}{'s' if n != 1 else ''}" for unit, n in amounts.items() if n)

    def __str__(self) -> str:
        return (
            f"  Start: {self.start}\n"
            f"  End: {self.end}\n"
            f"  Duration: {self.format_duration(self.duration)}\n"
            f"  Interval: {self.format_duration(self.interval)}\n"
            f"  Include end: {self.include_end}"
        )
