"""Model grids: where they lie, their outline, and points along it."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import model_validator
from typing_extensions import Self

from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError

if TYPE_CHECKING:
    from shapely.geometry import Polygon

__all__ = ["BaseGrid", "RegularGrid", "UnstructuredGrid"]

_FINEST = 0.05
"""Largest simplification of an outline, as a fraction of the grid's width: a small grid keeps its shape."""


_CONVEX = 1e-3
"""Part of its hull's area by which an outline may differ from a convex one."""


class BaseGrid(RompyBaseModel):
    """What all grids have in common. Subclasses provide ``x`` and ``y``, in degrees or in metres of a projection."""

    grid_type: Literal["base"] = "base"

    @property
    def x(self) -> np.ndarray:
        """Longitudes or eastings of all points: 1-D for unstructured grids, 2-D (row, column) for others."""
        raise NotImplementedError(f"{type(self).__name__} has no x coordinates")

    @property
    def y(self) -> np.ndarray:
        """Latitudes or northings of all points, in the shape of ``x``."""
        raise NotImplementedError(f"{type(self).__name__} has no y coordinates")

    @property
    def minx(self) -> float:
        """Westernmost coordinate."""
        return float(np.nanmin(self.x))

    @property
    def maxx(self) -> float:
        """Easternmost coordinate."""
        return float(np.nanmax(self.x))

    @property
    def miny(self) -> float:
        """Southernmost coordinate."""
        return float(np.nanmin(self.y))

    @property
    def maxy(self) -> float:
        """Northernmost coordinate."""
        return float(np.nanmax(self.y))

    def bbox(self, buffer: float = 0.0) -> list[float]:
        """``[west, south, east, north]``, widened on all sides by ``buffer`` in the units of the coordinates."""
        return [self.minx - buffer, self.miny - buffer, self.maxx + buffer, self.maxy + buffer]

    def boundary(self, tolerance: float = 0.2) -> "Polygon":
        """The outline: the outermost rows and columns of a grid that is not convex, else the convex hull, simplified.

        The simplification moves the outline by at most ``tolerance``, in the units of the coordinates, and by much
        less than the width of the grid. Grids whose points have no order have no outline but their hull.

        Raises:
            ConfigError: the points lie on a line, so that there is no area inside.
        """
        from shapely import MultiPoint, Polygon

        bent = self._bent_outline()
        if bent is not None:
            return bent
        points = np.column_stack([np.ravel(self.x), np.ravel(self.y)])
        hull = MultiPoint(points[np.isfinite(points).all(axis=1)]).convex_hull
        if not isinstance(hull, Polygon) or not hull.area:
            raise ConfigError(
                f"{type(self).__name__}: all points lie on one line, so the grid has no outline"
            )
        return hull.simplify(min(tolerance, _FINEST * 2 * hull.area / hull.length))

    def _bent_outline(self) -> "Polygon | None":
        """The outermost rows and columns, if they are far from their convex hull as those of curved grids may be."""
        from shapely import Polygon

        x, y = np.asarray(self.x), np.asarray(self.y)
        if x.ndim != 2 or min(x.shape) < 2:
            return None
        around = [np.concatenate([v[0], v[1:, -1], v[-1, -2::-1], v[-2:0:-1, 0]]) for v in (x, y)]
        if not np.isfinite(around).all():
            return None
        ring = Polygon(np.column_stack(around))
        if not ring.is_valid or ring.area > (1 - _CONVEX) * ring.convex_hull.area:
            return None
        return ring.simplify(0)

    def boundary_points(
        self, spacing: float | None = None, tolerance: float = 0.2
    ) -> tuple[np.ndarray, np.ndarray]:
        """x and y of points on the outline, in its direction.

        Without ``spacing`` these are all its corners, the first one again at the end; with it they lie every
        ``spacing`` along the outline, beginning at the first corner.

        Raises:
            ConfigError: the spacing is longer than the outline, or not positive.
        """
        return points_along(self.boundary(tolerance=tolerance).exterior, spacing)

    def plot(
        self,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        fscale: float = 10,
        buffer: float = 0.1,
        borders: bool = True,
        land: bool = True,
        coastline: bool = True,
    ) -> tuple[Any, Any]:
        """Draw the outline and, unless there are too many, the points; returns the matplotlib figure and axes.

        Args:
            figsize: width and height in inches; without it ``fscale`` is the longer side.
            buffer: margin around the grid, in the units of the coordinates.
        """
        from rompy.core.map_axes import data_transform, map_axes

        figure, ax = map_axes(
            self.bbox(buffer), ax, figsize, fscale, borders=borders, land=land, coastline=coastline
        )
        self._draw(ax, data_transform(ax))
        if not ax.get_title():
            ax.set_title(str(self) if len(str(self)) < 80 else type(self).__name__)
        return figure, ax

    def _draw(self, ax: Any, style: Mapping[str, Any]) -> None:
        if np.size(self.x) <= 10_000:
            ax.plot(np.ravel(self.x), np.ravel(self.y), ".", markersize=1, color="grey", **style)
        ax.plot(*self.boundary().exterior.xy, color="black", linewidth=1.2, **style)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BaseGrid) and self.model_dump() == other.model_dump()


def points_along(line: Any, spacing: float | None) -> tuple[np.ndarray, np.ndarray]:
    """x and y of the corners of a line, or of points every ``spacing`` along it from its beginning.

    Raises:
        ConfigError: the spacing is longer than the line, or not positive.
    """
    from shapely import get_coordinates, line_interpolate_point

    if spacing is None:
        corners = get_coordinates(line)
        return corners[:, 0], corners[:, 1]
    if not spacing > 0:
        raise ConfigError(f"Spacing = {spacing} must be positive")
    if spacing > line.length:
        raise ConfigError(f"Spacing = {spacing} > grid perimeter = {line.length:g}")
    distances = spacing * np.arange(math.ceil(line.length / spacing))
    points = get_coordinates(line_interpolate_point(line, distances))
    return points[:, 0], points[:, 1]


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
        return self._points()[0]

    @property
    def y(self) -> np.ndarray:
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


def __getattr__(name: str) -> Any:
    """``UnstructuredGrid`` lives in its own file, which needs this one."""
    if name == "UnstructuredGrid":
        from rompy.core.unstructured import UnstructuredGrid

        return UnstructuredGrid
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


if TYPE_CHECKING:
    from rompy.core.unstructured import UnstructuredGrid
