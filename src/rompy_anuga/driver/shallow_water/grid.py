"""Values of a gridded field at points that do not move."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]

TOLERANCE_M = 1e-3
"""A point this little outside the grid counts as on its edge: coordinates are written with millimetres."""


class Bilinear:
    """Bilinear interpolation from a rectangular grid, its weights computed once.

    In each grid cell the value is linear in x and in y; a plane is met exactly, a curved field to second order of the
    grid's spacing. A grid point with weight nought is not looked at, so that a missing value beside a point that lies
    on a grid line does no harm.

    Args:
        x, y: coordinates of the grid (m), at least two each, strictly rising or falling.
        points: x and y of each point (m), shape (points, 2). Points outside get the value at the edge; ask
            ``shortfall`` first.
    """

    def __init__(self, x: Floats, y: Floats, points: Floats) -> None:
        left, right, self._toward_right = _neighbours(x, points[:, 0])
        below, above, self._toward_above = _neighbours(y, points[:, 1])
        self.columns = slice(int(min(left.min(), right.min())), int(max(left.max(), right.max())) + 1)
        """The part of x that the points need."""
        self.rows = slice(int(min(below.min(), above.min())), int(max(below.max(), above.max())) + 1)
        """The part of y that the points need."""
        self._left, self._right = left - self.columns.start, right - self.columns.start
        self._below, self._above = below - self.rows.start, above - self.rows.start

    def __call__(self, part: Floats) -> Floats:
        """Values at the points.

        Args:
            part: the field on ``rows`` and ``columns`` of the grid, indexed [y, x].
        """
        below = _between(part[self._below, self._left], part[self._below, self._right], self._toward_right)
        above = _between(part[self._above, self._left], part[self._above, self._right], self._toward_right)
        return _between(below, above, self._toward_above)


def shortfall(x: Floats, y: Floats, points: Floats) -> dict[str, float]:
    """How far (m) the points reach beyond the grid, on the sides where they do: west, east, south, north."""
    low, high = points.min(axis=0), points.max(axis=0)
    beyond = {
        "west": x.min() - low[0],
        "east": high[0] - x.max(),
        "south": y.min() - low[1],
        "north": high[1] - y.max(),
    }
    return {side: float(distance) for side, distance in beyond.items() if distance > TOLERANCE_M}


def _neighbours(axis: Floats, positions: Floats) -> tuple[Indices, Indices, Floats]:
    """The grid lines on both sides of each position, and the weight of the second."""
    rising = bool(axis[0] < axis[-1])
    lines = axis if rising else axis[::-1]
    first = np.clip(np.searchsorted(lines, positions, side="right") - 1, 0, lines.size - 2)
    weight = np.clip((positions - lines[first]) / (lines[first + 1] - lines[first]), 0.0, 1.0)
    second = np.where(weight > 0.0, first + 1, first)
    first = np.where(weight < 1.0, first, second)
    return (first, second, weight) if rising else (lines.size - 1 - first, lines.size - 1 - second, weight)


def _between(first: Floats, second: Floats, weight: Floats) -> Floats:
    return first + weight * (second - first)
