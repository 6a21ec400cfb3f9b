"""What all model grids have in common: where they lie, their outline, and points along it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rompy.core.grids.outline import largest_part, outline_of_meshes, points_on_rings
from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError

if TYPE_CHECKING:
    from shapely.geometry import Polygon

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
        """The outline: the true one of rows and columns that are not convex, else the convex hull, simplified.

        The true one follows the outermost rows and columns or, where points are missing (NaN, as on land), the meshes
        whose corners are all there, with a hole for each island; of several separate parts it is that of the largest.
        The simplification moves the hull by at most ``tolerance``, in the units of the coordinates, and by much
        less than the width of the grid. Grids whose points have no order have no outline but their hull.

        Raises:
            ConfigError: the points lie on a line, so that there is no area inside.
        """
        from shapely import MultiPoint, Polygon

        true = self._true_outline()
        if true is not None:
            return true
        points = np.column_stack([np.ravel(self.x), np.ravel(self.y)])
        hull = MultiPoint(points[np.isfinite(points).all(axis=1)]).convex_hull
        if not isinstance(hull, Polygon) or not hull.area:
            raise ConfigError(
                f"{type(self).__name__}: all points lie on one line, so the grid has no outline"
            )
        return hull.simplify(min(tolerance, _FINEST * 2 * hull.area / hull.length))

    def _true_outline(self) -> "Polygon | None":
        """The outline of the rows and columns, unless it is about their hull or there are none."""
        x, y = np.asarray(self.x), np.asarray(self.y)
        if x.ndim != 2 or min(x.shape) < 2:
            return None
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            outline = outline_of_meshes(x, y)
            return None if outline is None else largest_part(outline)
        return _bent_outline(x, y)

    def boundary_points(
        self, spacing: float | None = None, tolerance: float = 0.2, *, islands: bool = False
    ) -> tuple[np.ndarray, np.ndarray]:
        """x and y of points on the outline, in its direction.

        Without ``spacing`` these are all its corners, the first one again at the end; with it they lie every
        ``spacing`` along the outline, beginning at the first corner.

        Args:
            islands: along the shores of islands too, after the outer outline, each beginning at its own first corner.
                Shores shorter than ``spacing`` have their first corner only.

        Raises:
            ConfigError: the spacing is longer than the outline, or not positive.
        """
        return points_on_rings(self.boundary(tolerance=tolerance), spacing, islands)

    def plot(
        self,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        fscale: float = 10,
        buffer: float = 0.1,
        borders: bool = True,
        land: bool = True,
        coastline: bool = True,
        crs: str | None = None,
    ) -> tuple[Any, Any]:
        """Draw the outline and, unless there are too many, the points; returns the matplotlib figure and axes.

        Args:
            ax: axes to draw on, instead of a new figure.
            figsize: width and height in inches; without it ``fscale`` is the longer side.
            buffer: margin around the grid, in the units of the coordinates.
            crs: system of projected coordinates, such as EPSG:28355: brings a coastline to maps in metres.
        """
        from rompy.core.maps.map_axes import data_transform, map_axes, system_of, with_margin

        bounds = self.bbox(buffer)
        figure, ax = map_axes(
            with_margin(bounds) if self.maxx - self.minx > 100 * buffer else bounds,
            ax,
            figsize,
            fscale,
            borders=borders,
            land=land,
            coastline=coastline,
            crs=crs or system_of(self),
        )
        self._draw(ax, data_transform(ax))
        if not ax.get_title():
            name = str(self)
            ax.set_title(name if len(name) < 80 and "\n" not in name else type(self).__name__)
        return figure, ax

    def _draw(self, ax: Any, style: Mapping[str, Any]) -> None:
        if np.size(self.x) <= 10_000:
            x, y = np.ravel(self.x), np.ravel(self.y)
            there = np.isfinite(x) & np.isfinite(y)
            ax.plot(x[there], y[there], ".", markersize=1, color="grey", **style)
        outline = self.boundary()
        for ring in (outline.exterior, *outline.interiors):
            ax.plot(*ring.xy, color="black", linewidth=1.2, **style)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BaseGrid) and self.model_dump() == other.model_dump()


def _bent_outline(x: np.ndarray, y: np.ndarray) -> "Polygon | None":
    """The outermost rows and columns, if they are far from their convex hull as those of curved grids may be."""
    from shapely import Polygon

    around = [np.concatenate([v[0], v[1:, -1], v[-1, -2::-1], v[-2:0:-1, 0]]) for v in (x, y)]
    ring = Polygon(np.column_stack(around))
    if not ring.is_valid or ring.area > (1 - _CONVEX) * ring.convex_hull.area:
        return None
    return ring.simplify(0)
