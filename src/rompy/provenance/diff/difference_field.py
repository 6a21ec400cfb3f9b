"""The difference between two runs at each place: its mean over the times, and its greatest size."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rompy.errors import DataError
from rompy.provenance.diff.difference import Comparison, Difference
from rompy.provenance.diff.file_pair import FilePair
from rompy.provenance.diff.netcdf import is_netcdf, opened
from rompy.provenance.diff.overlay import Overlay
from rompy.provenance.diff.place import Place, units_of


@dataclass(frozen=True)
class DifferenceField:
    """Difference of one variable at each place, second minus first."""

    file: str
    variable: str
    label: str
    """What it is, for people."""
    units: str
    place: Place
    mean: np.ndarray
    """Mean over all times (and levels); NaN where nothing could be compared."""
    largest: np.ndarray
    """Greatest absolute difference at any time."""
    times: int
    is_interpolated: bool = False
    """Whether the second lies on another mesh or grid, and its values were interpolated to the places of the first."""


def difference_field(comparison: Comparison, variable: str | None = None) -> DifferenceField:
    """The difference of one variable at each place. Memory grows with the number of places, not of times.

    Args:
        comparison: of two workspaces.
        variable: which one; by default what differs most, compared with the range of its values.

    Raises:
        DataError: nothing that differs lies on a map.
    """
    first, second = Path(comparison.first), Path(comparison.second)
    for file, part in _candidates(comparison, variable):
        names = file.details.get("files") or (file.what, file.what)
        paths = first / names[0], second / names[1]
        if not all(path.is_file() and is_netcdf(path) for path in paths):
            continue
        with opened(paths[0]) as one, opened(paths[1]) as other:
            pair = FilePair(one, other)
            overlay = pair.overlay_of(part.what)
            if overlay is not None:
                return _field(file.what, part.what, pair, overlay)
    raise DataError(
        "no variable that differs lies on a mesh or grid, so there is no map"
        if variable is None
        else f"no variable {variable!r} that differs lies on a mesh or grid",
        hint="rompy diff without --map shows what differs.",
    )


def _candidates(comparison: Comparison, variable: str | None) -> Iterable[tuple[Difference, Difference]]:
    """Variables that differ, the most telling one first.

    What changes in time is computed, the rest is mostly given; what has units comes from whoever knows what it is; of
    these the one whose difference is the largest part of its own range.
    """
    pairs = [
        (file, part)
        for file in comparison.levels["results"].differences
        for part in file.parts
        if part.details.get("rms") and variable in (None, part.what)
    ]
    return sorted(pairs, key=_rank)


def _rank(pair: tuple[Difference, Difference]) -> tuple[bool, bool, float, str]:
    file, part = pair
    details = part.details
    is_given = details.get("largest_time") is None
    return is_given, not details.get("units"), -float(details.get("relative", 0.0)), file.what


def _field(name: str, variable: str, pair: FilePair, overlay: Overlay) -> DifferenceField:
    a, b, place = pair.one[variable], pair.other[variable], overlay.first
    rows, along_time = pair.rows_of(variable), pair.runs_along_time(variable)
    size = len(overlay.points)
    total, count, largest = np.zeros(size), np.zeros(size, dtype=np.int64), np.zeros(size)
    for left, right, _ in overlay.pairs(a, b, rows):
        difference = (right - left).reshape(-1, size)
        known = np.isfinite(difference)
        total += np.where(known, difference, 0.0).sum(axis=0)
        count += known.sum(axis=0)
        largest = np.maximum(largest, np.where(known, np.abs(difference), 0.0).max(axis=0, initial=0.0))
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    largest = np.where(count > 0, largest, np.nan)
    shape = tuple(a.shape[a.dimensions.index(d)] for d in place.dimensions)
    label = getattr(a, "long_name", getattr(a, "standard_name", variable.removesuffix("_c")))
    times = 1 if not along_time else int(a.shape[0]) if rows is None else len(rows[0])
    mean, largest = mean.reshape(shape), largest.reshape(shape)
    units, is_interpolated = units_of(pair.one, a), not overlay.is_same
    return DifferenceField(
        name, variable, str(label).replace("_", " "), units, place, mean, largest, times, is_interpolated
    )
