"""Grids of equally spaced points."""

import math
from typing import Literal

import numpy as np
from pydantic import model_validator
from typing_extensions import Self

from rompy.core.grids.base_grid import BaseGrid
from rompy.errors import ConfigError


class RegularGrid(BaseGrid):
    """Equally spaced points in ``ny`` rows of ``nx``, turned as a whole about the first one.

    >>> grid = RegularGrid(x0=110, y0=-30, dx=0.1, dy=0.2, nx=3, ny=2)
    >>> grid.x.shape, float(grid.maxx), float(grid.maxy)
    ((2, 3), 110.2, -29.8)
    """

    grid_type: Literal["regular"] = "regular"  # type: ignore[assignment]
    x0: float | None = None
    """x of the first point."""
    y0: float | None = None
    """y of the first point."""
    rot: float | None = 0.0
    """Rotation, degrees counter-clockwise from the x axis."""
    dx: float | None = None
    """Spacing along the rows."""
    dy: float | None = None
    """Spacing between the rows."""
    nx: int | None = None
    """Points in a row."""
    ny: int | None = None
    """Rows."""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if str(self.grid_type).upper() == "CURV":  # subclasses take these grids from a file
            return self
        needed = ("x0", "y0", "dx", "dy", "nx", "ny")
        missing = [name for name in needed if getattr(self, name) is None]
        if missing:
            raise ConfigError(
                f"{','.join(needed)} must be provided for REG grid; missing: {', '.join(missing)}"
            )
        for name in ("dx", "dy", "nx", "ny"):
            if not getattr(self, name) > 0:
                raise ConfigError(f"{name} of a REG grid must be positive, not {getattr(self, name)}")
        return self

    @property
    def x(self) -> np.ndarray:
        """Of each node, shape (ny, nx), in the units of the coordinates."""
        return self._points()[0]

    @property
    def y(self) -> np.ndarray:
        """Of each node, shape (ny, nx), in the units of the coordinates."""
        return self._points()[1]

    @property
    def xlen(self) -> float:
        """Length of a row."""
        return self._given("dx") * (self._given("nx") - 1)

    @property
    def ylen(self) -> float:
        """Distance from the first row to the last."""
        return self._given("dy") * (self._given("ny") - 1)

    def _points(self) -> tuple[np.ndarray, np.ndarray]:
        # Index times spacing: steps that are added up end in a point too many or too few.
        along = np.arange(int(self._given("nx"))) * self._given("dx")
        across = np.arange(int(self._given("ny"))) * self._given("dy")
        i, j = np.meshgrid(along, across)
        angle = math.radians(self.rot or 0.0)
        x = self._given("x0") + i * math.cos(angle) - j * math.sin(angle)
        y = self._given("y0") + i * math.sin(angle) + j * math.cos(angle)
        return x, y

    def _given(self, name: str) -> float:
        value = getattr(self, name)
        if value is None:
            raise ConfigError(f"{type(self).__name__} has no {name}")
        return float(value)

    def __eq__(self, other: object) -> bool:
        names = ("nx", "ny", "rot", "x0", "y0", "dx", "dy")
        return isinstance(other, RegularGrid) and all(
            getattr(self, name) == getattr(other, name) for name in names
        )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.nx}, {self.ny})"

    def __str__(self) -> str:
        return repr(self)
