"""Where the variables of two netCDF files lie, and how the places of one lie over those of the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rompy.provenance.diff.matching import Matching, are_same, matching, points_of
from rompy.provenance.diff.place import Place, place_of
from rompy.provenance.diff.variable import blocks, numbers

Rows = tuple[np.ndarray, np.ndarray] | None
"""Rows of the first and of the second that are of the same time; None when all are, in order."""
_ROUNDING = 1e-12
"""Part of a value by which one that is interpolated may differ and be the same."""


@dataclass(frozen=True)
class Overlay:
    """A place of the first file, and what lies there in the second."""

    first: Place
    second: Place

    @cached_property
    def is_same(self) -> bool:
        """Whether both have the same places."""
        return are_same(self.first, self.second)

    @cached_property
    def matching(self) -> Matching | None:
        """How to interpolate; None when it cannot be done, as between metres and degrees."""
        return matching(self.first, self.second)

    @cached_property
    def points(self) -> np.ndarray:
        """Coordinates of the places of the first, shape (n, 2)."""
        return points_of(self.first)

    def pairs(self, a: Any, b: Any, rows: Rows) -> Iterator[tuple[np.ndarray, np.ndarray, int]]:
        """Values of two variables at the places of the first, along the last dimension, and the first row of each part.

        What the second has nothing for is a gap in both.
        """
        whole = a.dimensions[0] in self.first.dimensions
        for part, other_part, origin in [(..., ..., 0)] if whole else blocks(a.shape, rows):
            left = _flat(numbers(a, part), a, self.first)
            right = _flat(numbers(b, other_part), b, self.second)
            if not self.is_same:
                assert self.matching is not None
                right = self.matching.interpolated(right)
                left = np.where(np.isfinite(self.matching.weights[:, 0]), left, np.nan)
                # Weights are rounded, so that even a constant does not come out as itself.
                right = np.where(np.isclose(left, right, rtol=_ROUNDING, atol=0.0), left, right)
            yield left, right, origin

    def can_pair(self, a: Any, b: Any, *, along_time: bool) -> bool:
        """Whether two variables have, but for time and places, the same dimensions, and values at these to compare."""
        left, right = (_others(v, p)[along_time:] for v, p in ((a, self.first), (b, self.second)))
        return left == right and (self.is_same or (self.matching is not None and self.matching.count > 0))


class Overlays:
    """Of two open files. Variables that lie on the same mesh or grid share one, which is worked out once."""

    def __init__(self, one: Any, other: Any) -> None:
        self._files = one, other
        self._known: dict[tuple[Any, ...], Overlay | None] = {}

    def of(self, name: str) -> Overlay | None:
        """That of a variable that both have; None when it has no place in one of them."""
        key = tuple(_layout(file[name]) for file in self._files)
        if key not in self._known:
            first, second = (place_of(file, name) for file in self._files)
            self._known[key] = None if first is None or second is None else Overlay(first, second)
        return self._known[key]


def _layout(variable: Any) -> tuple[Any, ...]:
    return variable.dimensions, *(getattr(variable, key, "") for key in ("mesh", "location", "coordinates"))


def _others(variable: Any, place: Place) -> list[int]:
    return [
        size
        for name, size in zip(variable.dimensions, variable.shape, strict=True)
        if name not in place.dimensions
    ]


def _flat(values: np.ndarray, variable: Any, place: Place) -> np.ndarray:
    """With the dimensions of the place made one, the last."""
    axes = tuple(variable.dimensions.index(name) for name in place.dimensions)
    moved = np.moveaxis(values, axes, range(values.ndim - len(axes), values.ndim))
    return moved.reshape(*moved.shape[: moved.ndim - len(axes)], -1)
