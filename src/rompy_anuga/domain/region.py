"""Parts of a domain that are meshed more finely, and how an area to be meshed is written."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from rompy.core import atomic
from rompy.core.types import RompyBaseModel
from rompy_anuga.crs_field import Crs

if TYPE_CHECKING:
    from rompy_anuga import area

Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
RingPoints = Annotated[list[tuple[float, float]], Field(min_length=3)] | str | Path
"""Points in place, a CSV file with x and y, or a GeoJSON file."""


class RefinedRegion(RompyBaseModel):
    """A polygon inside the domain with smaller triangles."""

    ring: RingPoints
    """Its corners."""
    max_area: Positive
    """Largest triangle in it (m2)."""
    crs: Crs | None = None
    """System of the corners; that of the run unless given, and longitude, latitude for GeoJSON."""

    def resolved(self, crs: str) -> area.Region:
        """The region in the system of the run."""
        from rompy_anuga.area import Region
        from rompy_anuga.crs import moved
        from rompy_anuga.ring_file import read_drawing

        drawing = read_drawing(self.ring)
        return Region(moved(drawing.points, self.crs or drawing.crs or crs, crs), self.max_area)


class Island(RompyBaseModel):
    """A polygon inside the domain where nothing is computed: an island, a pier, a building."""

    ring: RingPoints
    """Its corners."""
    tag: str | None = None
    """Tag of its shore; unless given that of lines of the domain that run along it, or the domain's default_tag."""
    crs: Crs | None = None
    """System of the corners; that of the run unless given, and longitude, latitude for GeoJSON."""

    def resolved(self, crs: str) -> tuple[Any, list[str]]:
        """Corners in the system of the run, and the tag of each side, empty where none is said."""
        from rompy_anuga.crs import moved
        from rompy_anuga.ring_file import read_drawing

        drawing = read_drawing(self.ring)
        tags = (
            [self.tag] * len(drawing.points) if self.tag else list(drawing.tags or [""] * len(drawing.points))
        )
        return moved(drawing.points, self.crs or drawing.crs or crs, crs), tags


def write_area(area: area.Area, max_area: float, folder: Path) -> dict[str, Any]:
    """Write the rings of an area to be meshed; returns what the case file says about them."""
    mesh: dict[str, Any] = {
        "polygon": _write_ring(area.outer.points, folder / "domain.csv"),
        "tags": area.outer.segments_of,
        "max_area_m2": max_area,
    }
    if area.islands:
        mesh["islands"] = [
            {"polygon": _write_ring(island.points, folder / f"island_{i}.csv"), "tags": island.segments_of}
            for i, island in enumerate(area.islands, start=1)
        ]
    if area.regions:
        mesh["regions"] = [
            {
                "polygon": _write_ring(region.points, folder / f"region_{i}.csv"),
                "max_area_m2": region.max_area,
            }
            for i, region in enumerate(area.regions, start=1)
        ]
    return mesh


def _write_ring(points: Any, path: Path) -> str:
    """x and y of each corner to the millimetre, one to a line; the ring is not closed by a repeated point."""
    atomic.write_text(path, "".join(f"{x:.3f},{y:.3f}\n" for x, y in points))
    return path.name
