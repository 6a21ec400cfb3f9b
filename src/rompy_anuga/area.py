"""The area that a model covers, in its projected system: its outline with tags, islands and refined regions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.errors import ConfigError
from rompy_anuga.outline import Ring

if TYPE_CHECKING:
    from shapely import Polygon

    from rompy_anuga.mesh_file import TriangleMesh

Points = Any  # an array of floats of shape (n, 2)


@dataclass(frozen=True)
class Region:
    """A part of the area with smaller triangles."""

    points: Points
    """Its ring, shape (n, 2)."""
    max_area: float
    """Largest triangle in it, m2."""


@dataclass(frozen=True)
class Area:
    """Where the model computes."""

    outer: Ring
    islands: tuple[Ring, ...] = ()
    regions: tuple[Region, ...] = ()
    mesh: TriangleMesh | None = None
    """The mesh itself, when the domain is one."""

    @cached_property
    def polygon(self) -> Polygon:
        """The water and flood plain between outline and islands."""
        from shapely import Polygon

        return Polygon(self.outer.points, [island.points for island in self.islands])

    @property
    def tags(self) -> set[str]:
        """Names of all parts of the boundary."""
        return {tag for ring in (self.outer, *self.islands) for tag in ring.tags}

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Smallest x, smallest y, largest x, largest y (m)."""
        (x0, y0), (x1, y1) = self.outer.points.min(axis=0), self.outer.points.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)

    def edge_points(self, spacing: float) -> Points:
        """Points along the outline and the islands, no further apart than ``spacing`` (m), corners included."""
        from shapely import get_coordinates, segmentize

        return np.asarray(get_coordinates(segmentize(self.polygon, spacing)))


def check(area: Area, max_area: float, names: Sequence[str] = ()) -> None:
    """Make sure that the area can be meshed.

    Args:
        names: where in the description each island stands.

    Raises:
        ConfigError: the outline crosses itself or is smaller than a triangle, an island or region does not lie in it,
            islands touch each other, or the edge of a region crosses one.
    """
    from shapely import Polygon, is_valid_reason

    outline = Polygon(area.outer.points)
    if not outline.is_valid:
        raise ConfigError(
            f"the outline is not a simple polygon: {is_valid_reason(outline)}", field="config.domain"
        )
    if outline.area < max_area:
        raise ConfigError(
            f"the outline encloses {outline.area:g} m2, less than one triangle of max_area {max_area:g} m2",
            field="config.domain",
            hint="Are its coordinates degrees? Then say so with crs: EPSG:4326 in the domain.",
        )
    islands = [Polygon(island.points) for island in area.islands]
    names = names or ["config.domain"] * len(islands)
    _check_islands(outline, islands, names)
    regions = [Polygon(region.points) for region in area.regions]
    _check_regions(outline, regions)
    for i, region in enumerate(regions):
        for name, island in zip(names, islands, strict=True):
            if region.intersects(island) and not region.contains_properly(island):
                raise ConfigError(
                    f"the edge of region {i} crosses or touches this island",
                    field=name,
                    hint="Draw the region around the island, or apart from it.",
                )


def _check_islands(outline: Polygon, islands: list[Polygon], names: Sequence[str]) -> None:
    from shapely import is_valid_reason

    for i, (island, name) in enumerate(zip(islands, names, strict=True)):
        if not island.is_valid:
            raise ConfigError(f"the island is not a simple polygon: {is_valid_reason(island)}", field=name)
        if not outline.contains_properly(island):
            outside = island.difference(outline).area
            where = f"lies outside the outline by {outside:.6g} m2" if outside else "touches the outline"
            raise ConfigError(
                f"the island {where}",
                field=name,
                hint="What touches the outline is a part of it: draw it so.",
            )
        for j, other in enumerate(islands[:i]):
            if island.intersects(other):
                raise ConfigError(f"the island overlaps or touches island {j}", field=name)


def _check_regions(outline: Polygon, regions: list[Polygon]) -> None:
    from shapely import is_valid_reason

    for i, region in enumerate(regions):
        where = f"config.domain.regions.{i}"
        if not region.is_valid:
            raise ConfigError(f"the region is not a simple polygon: {is_valid_reason(region)}", field=where)
        if not outline.contains(region):
            outside = region.difference(outline).area
            raise ConfigError(f"the region lies outside the outline by {outside:.6g} m2", field=where)
        for j, other in enumerate(regions[:i]):
            if (
                region.intersection(other).area > 0
                and not other.contains(region)
                and not region.contains(other)
            ):
                raise ConfigError(f"the region overlaps region {j}", field=where)
