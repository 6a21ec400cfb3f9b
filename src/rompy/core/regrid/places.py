"""Places of values: where on a grid they are, what cells they stand for, and in what system."""

from __future__ import annotations

import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from rompy.core.crs import GEOGRAPHIC, is_geographic
from rompy.core.grid import BaseGrid, RegularGrid, UnstructuredGrid
from rompy.errors import ConfigError, DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Places(ABC):
    """Where values are. Values of ``shape`` along ``dims`` are counted in the order of numpy's ``ravel``."""

    x: Floats
    """Longitudes or eastings."""
    y: Floats
    """Latitudes or northings."""
    crs: str = field(default=GEOGRAPHIC, kw_only=True)
    """System of the coordinates."""

    dims: ClassVar[tuple[str, ...]]
    """Usual names of the dimensions."""

    def __post_init__(self) -> None:
        for name in ("x", "y"):
            object.__setattr__(self, name, np.ascontiguousarray(getattr(self, name), dtype="float64"))
        self._check()

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the values."""
        return self.x.shape

    @property
    def size(self) -> int:
        """Number of the values."""
        return int(np.prod(self.shape))

    @property
    def points(self) -> tuple[Floats, Floats]:
        """x and y of each value."""
        return self.x.ravel(), self.y.ravel()

    @property
    def corners(self) -> Floats:
        """Corners of the cell around each value, shape (values, corners, 2); NaN for cells without an area.

        Raises:
            ConfigError: these places have no cells.
        """
        raise ConfigError(
            f"conservative regridding needs cells, and {type(self).__name__.lower()} points have none",
            hint="Use bilinear or nearest.",
        )

    @property
    @abstractmethod
    def spacing(self) -> float:
        """Largest distance between neighbours; infinite where there are none."""

    @property
    def is_geographic(self) -> bool:
        """Whether the coordinates are longitudes and latitudes, so that x comes round again after 360."""
        return is_geographic(self.crs)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """Smallest x, smallest y, largest x, largest y."""
        x, y = self.x, self.y
        return float(np.nanmin(x)), float(np.nanmin(y)), float(np.nanmax(x)), float(np.nanmax(y))

    def coordinates(self, x: str, y: str) -> dict[str, Any]:
        """Coordinates for a dataset under the names given, as xarray takes them."""
        return {x: (self.dims, self.x), y: (self.dims, self.y)}

    def dims_for(self, x: str, y: str) -> tuple[str, ...]:
        """Names of the dimensions when those of the coordinates are given."""
        return self.dims

    def digest(self) -> str:
        """A text that two places share only if they are the same."""
        found = hashlib.sha256(f"{type(self).__name__} {self.crs}".encode())
        for array in self._arrays():
            found.update(f"{array.dtype.str} {array.shape}".encode())
            found.update(np.ascontiguousarray(array).tobytes())
        return found.hexdigest()

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return self.x, self.y

    def _check(self) -> None:
        if self.x.shape != self.y.shape or not self.x.size:
            raise DataError(f"x and y must be of one shape, not {self.x.shape} and {self.y.shape}")


@dataclass(frozen=True, eq=False)
class Rectangular(Places):
    """Rows and columns along two axes, in any direction and evenly spaced or not.

    Longitudes may jump by 360 between neighbours, and may go round the globe.
    """

    dims: ClassVar[tuple[str, ...]] = ("y", "x")

    def _check(self) -> None:
        if self.is_geographic:
            object.__setattr__(self, "x", np.unwrap(self.x, period=360.0))
        for name in ("x", "y"):
            axis = getattr(self, name)
            if axis.ndim != 1 or not axis.size:
                raise DataError(f"the axis {name} of a rectangular grid must be a list of numbers")
            steps = np.diff(axis)
            if not np.isfinite(axis).all() or not ((steps > 0).all() or (steps < 0).all()):
                raise DataError(
                    f"the axis {name} neither ascends nor descends throughout",
                    hint="Sort the data by their coordinates first, and drop those that come twice.",
                )

    @property
    def shape(self) -> tuple[int, ...]:
        return self.y.size, self.x.size

    @property
    def points(self) -> tuple[Floats, Floats]:
        x, y = np.meshgrid(self.x, self.y)
        return x.ravel(), y.ravel()

    @cached_property
    def goes_round(self) -> bool:
        """Whether the last column is next to the first, once around the globe."""
        if not self.is_geographic or self.x.size < 3:
            return False
        step = np.abs(np.diff(self.x)).max()
        return bool(abs(abs(self.x[-1] - self.x[0]) + step - 360.0) < 0.01 * step)

    @property
    def spacing(self) -> float:
        steps = [np.abs(np.diff(axis)).max() for axis in (self.x, self.y) if axis.size > 1]
        return float(np.hypot.reduce(steps)) if steps else np.inf

    @property
    def edges(self) -> tuple[Floats, Floats]:
        """Limits between the columns and between the rows: half way, and as far beyond the outermost ones.

        Raises:
            DataError: there is one row or column only, so that nothing says how wide it is.
        """
        x, y = _edges(self.x, "x"), _edges(self.y, "y")
        return x, (np.clip(y, -90.0, 90.0) if self.is_geographic else y)

    @property
    def corners(self) -> Floats:
        x, y = np.meshgrid(*self.edges)
        return _cells(x, y)

    def coordinates(self, x: str, y: str) -> dict[str, Any]:
        return {x: (x, self.x), y: (y, self.y)}

    def dims_for(self, x: str, y: str) -> tuple[str, ...]:
        return y, x


@dataclass(frozen=True, eq=False)
class Curved(Places):
    """Rows and columns on curved or rotated lines: x and y have two dimensions. Both may be NaN outside the water."""

    dims: ClassVar[tuple[str, ...]] = ("row", "column")

    def _check(self) -> None:
        super()._check()
        if self.x.ndim != 2 or min(self.x.shape) < 2:
            raise DataError(f"a curved grid needs two rows and columns at least, not shape {self.x.shape}")
        if self.is_geographic:
            x = np.unwrap(np.unwrap(self.x, period=360.0, axis=1), period=360.0, axis=0)
            object.__setattr__(self, "x", np.where(np.isfinite(x), x, self.x))

    @property
    def spacing(self) -> float:
        steps = [np.hypot(np.diff(self.x, axis=axis), np.diff(self.y, axis=axis)) for axis in (0, 1)]
        return float(np.hypot.reduce([np.nanmax(step) for step in steps]))

    @property
    def quads(self) -> Floats:
        """Corners of the four-sided meshes between the points, shape (meshes, 4, 2), row by row."""
        return _cells(self.x, self.y)

    @property
    def corners(self) -> Floats:
        return _cells(_corners(self.x), _corners(self.y))


@dataclass(frozen=True, eq=False)
class Triangles(Places):
    """Nodes of triangles, or the triangles themselves."""

    triangles: NDArray[np.int64]
    """Three nodes of each, counted from 0."""
    at: str = field(default="nodes", kw_only=True)
    """``nodes`` or ``triangles``: what the values belong to."""

    dims: ClassVar[tuple[str, ...]] = ("node",)

    @property
    def shape(self) -> tuple[int, ...]:
        return self.x.shape if self.at == "nodes" else (len(self.triangles),)

    @property
    def points(self) -> tuple[Floats, Floats]:
        if self.at == "nodes":
            return self.x, self.y
        return self.x[self.triangles].mean(axis=1), self.y[self.triangles].mean(axis=1)

    @property
    def spacing(self) -> float:
        corners = self.meshes
        return float(np.sqrt((np.diff(corners[:, [0, 1, 2, 0]], axis=1) ** 2).sum(axis=2)).max())

    @property
    def meshes(self) -> Floats:
        """Corners of the triangles, shape (triangles, 3, 2)."""
        return np.stack([self.x[self.triangles], self.y[self.triangles]], axis=-1)

    @property
    def corners(self) -> Floats:
        if self.at == "nodes":
            raise ConfigError(
                "conservative regridding needs values of triangles, not of nodes",
                hint="Use bilinear, or at='triangles'.",
            )
        return self.meshes

    def coordinates(self, x: str, y: str) -> dict[str, Any]:
        along, (at_x, at_y) = self.dims_for(x, y), self.points
        return {x: (along, at_x), y: (along, at_y)}

    def dims_for(self, x: str, y: str) -> tuple[str, ...]:
        return ("node",) if self.at == "nodes" else ("face",)

    def _arrays(self) -> tuple[NDArray[Any], ...]:
        return self.x, self.y, np.asarray(self.triangles, dtype="int64"), np.array(self.at == "nodes")


@dataclass(frozen=True, eq=False)
class Scattered(Places):
    """Points without an order."""

    dims: ClassVar[tuple[str, ...]] = ("site",)

    @property
    def spacing(self) -> float:
        return np.inf


def places_of(grid: BaseGrid, crs: str = GEOGRAPHIC, method: str = "bilinear") -> Places:
    """Places of a model grid: values at its points, except at the triangles of one for ``conservative``."""
    if isinstance(grid, UnstructuredGrid):
        at = "triangles" if method == "conservative" else "nodes"
        return Triangles(grid.node_x, grid.node_y, grid.triangles, crs=crs, at=at)
    x, y = np.asarray(grid.x), np.asarray(grid.y)
    if x.ndim == 2 and isinstance(grid, RegularGrid) and not grid.rot:
        return Rectangular(x[0], y[:, 0], crs=crs)
    return Curved(x, y, crs=crs) if x.ndim == 2 else Scattered(x, y, crs=crs)


def _edges(axis: Floats, name: str) -> Floats:
    if axis.size < 2:
        raise DataError(f"one {name} only: nothing says how wide its cell is")
    between = (axis[:-1] + axis[1:]) / 2
    return np.concatenate([[2 * axis[0] - between[0]], between, [2 * axis[-1] - between[-1]]])


def _corners(values: Floats) -> Floats:
    """Values at the corners of cells whose centres are given: means inside, as far beyond at the edges."""
    padded = np.pad(values, 1, constant_values=np.nan)
    padded[0, 1:-1], padded[-1, 1:-1] = 2 * values[0] - values[1], 2 * values[-1] - values[-2]
    padded[:, 0], padded[:, -1] = 2 * padded[:, 1] - padded[:, 2], 2 * padded[:, -2] - padded[:, -3]
    return (padded[:-1, :-1] + padded[1:, :-1] + padded[:-1, 1:] + padded[1:, 1:]) / 4


def _cells(x: Floats, y: Floats) -> Floats:
    """Corners, in order around them, of the meshes between the nodes of a two-dimensional net."""
    around = [(slice(0, -1), slice(0, -1)), (slice(0, -1), slice(1, None))]
    around += [(slice(1, None), slice(1, None)), (slice(1, None), slice(0, -1))]
    nodes = np.stack([x, y], axis=-1)
    return np.stack([nodes[place].reshape(-1, 2) for place in around], axis=1)
