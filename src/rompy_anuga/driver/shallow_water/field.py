"""Gridded fields at the mesh: still ones, and ones that change in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .case import Variable
from .grid import Bilinear, shortfall
from .netcdf import axis, check_dimensions, check_units, floats, opened, refusal
from .timeline import Timeline

Floats = NDArray[np.float64]

ROUNDING = 1e-6
"""What packed numbers may be off by without meaning it."""


def sample(variable: Variable, points: Floats, kind: str | None = None) -> Floats:
    """A still field at points, bilinear in its grid.

    Args:
        variable: a netCDF variable over ``y`` and ``x``.
        points: x and y of each (m), shape (points, 2).
        kind: which units it must have (a key of ``netcdf.UNITS``); None for no check.

    Raises:
        InputError: it cannot be read, does not cover the points, or has no value at some of them.
    """
    with _grid_of(variable, points, kind, ("y", "x")) as (source, at_points):
        values = at_points(_part(source, at_points))
    check_values(variable, values, points)
    return values


def check_values(variable: Variable, values: Floats, points: Floats, when: str = "") -> None:
    """Refuse a field that has no (finite) value at some points.

    Raises:
        InputError: it says how many, and where the first is.
    """
    absent = np.flatnonzero(~np.isfinite(values))
    if absent.size:
        x, y = points[absent[0]]
        raise refusal(
            variable,
            f"{variable.name} has no value at {absent.size} of {values.size} points of the mesh{when}, "
            f"the first at x {x:.1f} y {y:.1f}",
        )


class ChangingField:
    """A field over time, at points that do not move; bilinear in its grid and linear between its records.

    Two records are held at a time, and of each only what the points need.

    Args:
        variable: a netCDF variable over ``time``, ``y`` and ``x``.
        kind: which units it must have (a key of ``netcdf.UNITS``).
        points: x and y of each (m), shape (points, 2).
        start, duration_s: the run, which it must cover.

    Raises:
        InputError: it cannot be read, or does not cover the points or the run.
    """

    def __init__(
        self, variable: Variable, kind: str, points: Floats, start: datetime, duration_s: float
    ) -> None:
        self._variable = variable
        self._points = points
        with _grid_of(variable, points, kind, ("time", "y", "x")) as (source, at_points):
            self._at_points = at_points
            self._timeline = Timeline(variable, source, start)
            self._records = self._timeline.records(duration_s)
        self._times = self._timeline.seconds
        self._held: int | None = None
        self._before = self._change = np.zeros(0)

    def __call__(self, seconds: float) -> Floats:
        """Values at the points at a time of the run (s); those of the first or last record beyond the records."""
        # A run that is covered needs two records at least.
        position = int(np.searchsorted(self._times, seconds, side="right")) - 1
        record = min(max(position, self._records[0]), self._records[-2])
        if record != self._held:
            self._hold(record)
        since, span = seconds - self._times[record], self._times[record + 1] - self._times[record]
        return self._before + min(max(since / span, 0.0), 1.0) * self._change

    def check_all(self, lowest: float | None = None) -> None:
        """Look at every record that the run needs, and at no more of a long file.

        Args:
            lowest: no value may be less than this, rounding of packed numbers aside.

        Raises:
            InputError: a value is missing at a point of the mesh, or too low.
        """
        with opened(self._variable) as source:
            for record in self._records:
                when = f" at {self._timeline.date(self._times[record])}"
                values = self._read(source, record)
                check_values(self._variable, values, self._points, when)
                if lowest is not None and values.min() < lowest - ROUNDING:
                    name = self._variable.name
                    raise refusal(self._variable, f"{name} is {values.min():g}{when}, less than {lowest:g}")

    def _hold(self, record: int) -> None:
        with opened(self._variable) as source:
            self._before = self._read(source, record)
            self._change = self._read(source, record + 1) - self._before
        self._held = record

    def _read(self, source: Any, record: int) -> Floats:
        return self._at_points(_part(source, self._at_points, record))


@contextmanager
def _grid_of(
    variable: Variable, points: Floats, kind: str | None, dimensions: tuple[str, ...]
) -> Iterator[tuple[Any, Bilinear]]:
    """The open variable and the interpolation from its grid to the points, once it is known to reach them."""
    with opened(variable) as source:
        check_dimensions(variable, source, dimensions)
        check_units(variable, source, kind)
        x, y = axis(variable, source, "x"), axis(variable, source, "y")
        beyond = shortfall(x, y, points)
        if beyond:
            (west, south), (east, north) = points.min(axis=0), points.max(axis=0)
            raise refusal(
                variable,
                f"does not cover the mesh: it has x {x.min():.1f} to {x.max():.1f}, y {y.min():.1f} to {y.max():.1f}; "
                f"needed are x {west:.1f} to {east:.1f}, y {south:.1f} to {north:.1f}, which is "
                + " and ".join(f"{distance:.1f} m too far {side}" for side, distance in beyond.items()),
            )
        yield source, Bilinear(x, y, points)


def _part(source: Any, at_points: Bilinear, record: int | None = None) -> Floats:
    """What the points need of the field, indexed [y, x]."""
    wanted = {"time": record, "y": at_points.rows, "x": at_points.columns}
    part = floats(source[tuple(wanted[name] for name in source.dimensions)])
    order = [name for name in source.dimensions if name != "time"]
    return part if order == ["y", "x"] else part.T
