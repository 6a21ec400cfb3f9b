"""One variable of two netCDF files: statistics of the difference, read in blocks of bounded size.

Missing values (NaN, fill values) in both are the same; in one of them they are a difference.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from rompy.provenance.diff.tolerance import Tolerance

BLOCK = 16 * 2**20
"""Bytes of one block of one variable, as 64-bit floats."""


@dataclass
class FieldDifference:
    """Statistics of second minus first, over all values that both have."""

    count: int = 0
    """Values that both have."""
    missing: int = 0
    """Values that only one of the two has."""
    unequal: int = 0
    """Values that are not the same."""
    beyond: int = 0
    """Values that differ by more than the tolerance; those that only one has among them."""
    total: float = 0.0
    squares: float = 0.0
    largest: float = 0.0
    """Greatest absolute difference."""
    where: tuple[int, ...] | None = None
    """Index of the greatest difference in the first file."""
    first_range: tuple[float, float] | None = None
    """Least and greatest value of the first."""

    @property
    def mean(self) -> float | None:
        """Mean of the difference."""
        return self.total / self.count if self.count else None

    @property
    def rms(self) -> float | None:
        """Root of the mean square of the difference."""
        return math.sqrt(self.squares / self.count) if self.count else None

    @property
    def relative(self) -> float:
        """The root mean square as a part of the range of the first's values; 1 where that has none."""
        low, high = self.first_range or (0.0, 0.0)
        return (self.rms or 0.0) / (high - low) if high > low else float(self.largest > 0)

    def add(self, a: np.ndarray, b: np.ndarray, origin: int, tolerance: Tolerance) -> None:
        """Count in a block; ``origin`` is its first index in the first file."""
        here, there = np.isfinite(a), np.isfinite(b)
        both = here & there
        # Infinities of one sign are the same; everything else that is not finite in one only is a difference.
        alike = both | (np.isnan(a) & np.isnan(b)) | (a == b)
        with np.errstate(invalid="ignore", over="ignore"):
            difference = np.where(both, b - a, 0.0)
        self.count += int(both.sum())
        self.missing += int((~alike).sum())
        self.unequal += int((difference != 0).sum() + (~alike).sum())
        self.beyond += int(tolerance.exceeded(np.where(both, a, 0.0), difference).sum() + (~alike).sum())
        self.total += float(difference.sum())
        self.squares += float(np.square(difference).sum())
        self._note_largest(np.abs(difference), origin)
        self._note_range(a[here])

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "count": self.count,
            "only_in_one": self.missing,
            "unequal": self.unequal,
            "beyond_tolerance": self.beyond,
            "mean": self.mean,
            "rms": self.rms,
            "relative": self.relative,
            "largest": self.largest,
            "largest_at": None if self.where is None else list(self.where),
        }

    def _note_largest(self, size: np.ndarray, origin: int) -> None:
        if not size.size:
            return
        flat = int(size.argmax())
        if size.flat[flat] > self.largest:
            self.largest = float(size.flat[flat])
            index = np.unravel_index(flat, size.shape)
            self.where = (int(index[0]) + origin, *map(int, index[1:])) if index else ()

    def _note_range(self, values: np.ndarray) -> None:
        if values.size:
            low, high = float(values.min()), float(values.max())
            former = self.first_range or (low, high)
            self.first_range = (min(low, former[0]), max(high, former[1]))


def numbers(variable: Any, rows: Any = ...) -> np.ndarray:
    """Values of a netCDF variable as 64-bit floats, unpacked, NaN where missing."""
    values = variable[rows]
    if np.ma.isMaskedArray(values):
        return np.asarray(np.ma.filled(values.astype(np.float64), np.nan))
    return np.asarray(values, dtype=np.float64)


def is_numeric(variable: Any) -> bool:
    """Whether a netCDF variable holds numbers."""
    return getattr(variable.dtype, "kind", "O") in "iufb"


def blocks(
    shape: tuple[int, ...], pairs: tuple[np.ndarray, np.ndarray] | None
) -> Iterator[tuple[Any, Any, int]]:
    """Parts along the first dimension: index in the first file, in the second, and the first row in the first.

    Args:
        shape: of the first variable.
        pairs: rows of the first and of the second that belong together; None when all do, in order.
    """
    if not shape:
        yield (..., ..., 0)
        return
    rows = max(1, BLOCK // (8 * max(1, math.prod(shape[1:]))))
    count = shape[0] if pairs is None else len(pairs[0])
    for start in range(0, count, rows):
        stop = min(start + rows, count)
        if pairs is None:
            yield slice(start, stop), slice(start, stop), start
        else:
            for one, other in _runs(pairs[0][start:stop], pairs[1][start:stop]):
                yield one, other, one.start


def _runs(one: np.ndarray, other: np.ndarray) -> Iterator[tuple[slice, slice]]:
    """Slices of rows that follow each other in both; reading them is far faster than picking rows."""
    if not len(one):
        return
    breaks = np.flatnonzero((np.diff(one) != 1) | (np.diff(other) != 1)) + 1
    for part in np.split(np.arange(len(one)), breaks):
        first, last = part[0], part[-1]
        yield slice(int(one[first]), int(one[last]) + 1), slice(int(other[first]), int(other[last]) + 1)
