"""Two open netCDF files: which rows and which places of them belong together, and what differs there."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from rompy.long_work import advanced
from rompy.provenance.diff.difference import Difference, Verdict
from rompy.provenance.diff.matching import points_of
from rompy.provenance.diff.overlay import Overlay, Overlays, Rows
from rompy.provenance.diff.place import units_of
from rompy.provenance.diff.spot import Spot, index_words
from rompy.provenance.diff.times import common_rows, time_axis
from rompy.provenance.diff.tolerance import Tolerance
from rompy.provenance.diff.variable import FieldDifference, blocks, is_numeric, numbers

FRAME = "frame"
"""Among the details of a difference: that it is one of the times or places themselves."""


class FilePair:
    """Two open netCDF files beside each other."""

    def __init__(self, one: Any, other: Any) -> None:
        self.one, self.other = one, other
        self.times = time_axis(one), time_axis(other)
        self.overlays = Overlays(one, other)

    @cached_property
    def rows(self) -> Rows:
        """Rows of the same time."""
        first, second = self.times
        return None if first is None or second is None else common_rows(first, second)

    @property
    def names(self) -> list[str]:
        """Of all variables but the times, which are compared as moments, whatever their units are."""
        times = {axis.name for axis in self.times if axis is not None}
        moments = times if len(times) == 1 and None not in self.times else set()
        return sorted({*self.one.variables, *self.other.variables} - moments)

    def runs_along_time(self, name: str) -> bool:
        """Whether the first dimension of a variable is that of the times, in both."""
        return all(
            axis is not None and bool(dimensions := file[name].dimensions) and dimensions[0] == axis.dimension
            for axis, file in zip(self.times, (self.one, self.other), strict=True)
        )

    def rows_of(self, name: str) -> Rows:
        """Rows of a variable to compare."""
        return self.rows if self.runs_along_time(name) else None

    def overlay_of(self, name: str) -> Overlay | None:
        """Where a variable lies, if values of both can be compared there."""
        overlay = self.overlays.of(name)
        along_time = self.runs_along_time(name)
        is_there = overlay is not None and overlay.can_pair(
            self.one[name], self.other[name], along_time=along_time
        )
        return overlay if is_there else None

    def frames(self) -> list[Difference]:
        """What differs in times and meshes themselves."""
        found = []
        first, second = self.times
        if self.rows is not None and first is not None and second is not None:
            words = (
                f"{len(first.seconds)} times to {first.moment(-1)}, {len(second.seconds)} to {second.moment(-1)}; "
                f"{len(self.rows[0])} in common"
            )
            found.append(
                Difference(
                    "time", len(first.seconds), len(second.seconds), words=words, details={FRAME: "time"}
                )
            )
        return [*found, *(_of_places(overlay) for overlay in self._others)]

    @cached_property
    def _others(self) -> list[Overlay]:
        """Meshes and grids that are others in the second; those of faces and nodes of one mesh count once."""
        common = sorted(set(self.one.variables) & set(self.other.variables))
        found = [overlay for name in common if (overlay := self.overlays.of(name)) and not overlay.is_same]
        return list({overlay.first.made_of: overlay for overlay in found}.values())

    def compare(self, name: str, tolerance: Tolerance) -> Difference | None:
        """What differs in one variable; None when nothing does, or when it is told otherwise."""
        if name not in self.one.variables or name not in self.other.variables:
            where = "the first" if name in self.one.variables else "the second"
            return Difference(name, words=f"only in {where}")
        if any(name in (*overlay.first.made_of, *overlay.second.made_of) for overlay in self._others):
            return None
        a, b, overlay = self.one[name], self.other[name], self.overlay_of(name)
        rows = self.rows_of(name)
        shapes = (a.shape[1:], b.shape[1:]) if rows is not None else (a.shape, b.shape)
        if shapes[0] != shapes[1] and overlay is None:
            words = f"shape {_sizes(a)} -> {_sizes(b)}, so the values cannot be compared"
            return Difference(name, list(a.shape), list(b.shape), words=words)
        if not (is_numeric(a) and is_numeric(b)):
            return None if _same_texts(a, b) else Difference(name, words="other texts")
        if overlay is not None:
            found = FieldDifference()
            for left, right, origin in overlay.pairs(a, b, rows):
                found.add(left, right, origin, tolerance)
        else:
            found = difference_of(a, b, rows, tolerance)
        return self._told(name, found, overlay, tolerance) if found.unequal else None

    def _told(
        self, name: str, found: FieldDifference, overlay: Overlay | None, tolerance: Tolerance
    ) -> Difference:
        a, times = self.one[name], self.times[0]
        axis = self._axis_of_times(a, overlay)
        moment = None if axis is None or times is None or not found.where else times.moment(found.where[axis])
        point = overlay.points[found.where[-1]] if overlay is not None and found.where else None
        at = Spot(moment, index_words(a, found.where, overlay, axis if moment else None), point)
        units = units_of(self.one, a)
        details = {"units": units or None, "largest_time": moment, **at.details}
        is_good = not found.beyond and (overlay is None or overlay.is_same)
        return Difference(
            name,
            verdict=Verdict.close if is_good else Verdict.different,
            words=_words(found, units, at, tolerance),
            details={**found.to_dict(), **details},
        )

    def _axis_of_times(self, variable: Any, overlay: Overlay | None) -> int | None:
        """Which dimension of a variable is that of the times; None where it has been mixed with those of the place."""
        times = self.times[0]
        if times is None or times.dimension not in variable.dimensions:
            return None
        axis: int = variable.dimensions.index(times.dimension)
        return axis if axis == 0 or overlay is None else None


def _of_places(overlay: Overlay) -> Difference:
    counts = len(overlay.points), len(points_of(overlay.second))
    what = "grid" if overlay.first.faces is None else "mesh"
    matched = overlay.matching
    if matched is None or not matched.count:
        words = f"another one, {counts[0]:,} -> {counts[1]:,} places, which do not lie over each other"
    else:
        words = f"another one, {counts[0]:,} -> {counts[1]:,} places; the second is interpolated to those of the first"
        words += f", of which it covers {matched.count:,}" if matched.count < counts[0] else ""
    return Difference(what, *counts, words=words, details={FRAME: what})


def difference_of(a: Any, b: Any, pairs: Rows, tolerance: Tolerance) -> FieldDifference:
    """Statistics of two variables of one shape, or of the rows that belong together."""
    found = FieldDifference()
    for part, other_part, origin in blocks(a.shape, pairs):
        left, right = numbers(a, part), numbers(b, other_part)
        advanced(left.size * a.dtype.itemsize)
        if not left.shape:
            left, right = left.reshape(1), right.reshape(1)
        found.add(left, right, origin, tolerance)
    return found


def _words(found: FieldDifference, units: str, at: Spot, tolerance: Tolerance) -> str:
    unit = "" if units == "1" else units.partition(" since ")[0].replace("seconds", "s")
    unit = f" {unit}" if unit else ""
    parts = []
    if found.count and found.largest:
        parts.append(
            f"rms {found.rms:.3g}{unit}, mean {found.mean:+.3g}{unit}, largest {found.largest:.3g}{unit}{at}"
        )
    if found.missing:
        parts.append(f"{found.missing:,} values only in one of the two")
    what = "beyond the tolerance" if tolerance else "differ"
    parts.append(f"{found.beyond:,} of {found.count + found.missing:,} values {what}")
    return "; ".join(parts)


def _sizes(variable: Any) -> str:
    return (
        " x ".join(f"{size} {name}" for name, size in zip(variable.dimensions, variable.shape, strict=True))
        or "one"
    )


def _same_texts(a: Any, b: Any) -> bool:
    return bool(np.array_equal(np.ma.getdata(a[...]), np.ma.getdata(b[...])))
