"""What of a source is wanted, told to it before it is opened, so that no more than that needs to be fetched."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rompy.core.filters import names_of
from rompy.core.types import DatasetCoords, Slice

Limits = tuple[Any, Any]
"""Both ends of a range; None where it is open."""


@dataclass(frozen=True)
class Wanted:
    """Variables and ranges in the source's own names and units.

    Sources may hand out more than that, never less: the exact cut is made afterwards.
    """

    variables: tuple[str, ...] = ()
    """All when empty."""
    ranges: Mapping[str, Limits] = field(default_factory=dict)
    """Limits by name of coordinate."""
    coords: DatasetCoords = field(default_factory=DatasetCoords)
    """Names of the coordinates."""

    @classmethod
    def of(cls, variables: Any, filters: Any, coords: Any) -> Wanted:
        """From what ``SourceBase.open`` is given. Of several ranges for a name the last one is taken."""
        slices = getattr(filters, "ranges", None) or {}
        limits = {name: (given[-1].start, given[-1].stop) for name, given in slices.items() if given}
        return cls(tuple(names_of(variables)), limits, coords or DatasetCoords())

    def limits(self, name: str | None) -> Limits:
        """The range of a coordinate."""
        return self.ranges.get(name or "", (None, None))

    @property
    def loose(self) -> dict[str, Slice]:
        """The ranges, with the neighbours of those of numbers: what is cut away before the end may not be missed."""
        from rompy.core.ranges import GridRange

        return {
            name: GridRange(start=low, stop=high, neighbours=True)
            if isinstance(low, (int, float)) and isinstance(high, (int, float))
            else Slice(start=low, stop=high)
            for name, (low, high) in self.ranges.items()
        }

    @property
    def period(self) -> tuple[datetime | None, datetime | None]:
        """First and last moment (UTC, without zone); None where it is open or the range is not one of times."""
        start, stop = self.limits(self.coords.t)
        return _moment(start, last=False), _moment(stop, last=True)

    @property
    def box(self) -> tuple[Limits, Limits]:
        """Ranges of x and of y."""
        return self.limits(self.coords.x), self.limits(self.coords.y)


def _moment(limit: Any, *, last: bool) -> datetime | None:
    from rompy.core.instant import instants_named, parse_instant

    if limit is None or isinstance(limit, (int, float)):
        return None
    # A day or a month names all of its moments, as it does when the data are cut.
    return instants_named(limit)[last] if isinstance(limit, str) else parse_instant(limit)
