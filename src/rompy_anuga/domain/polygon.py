"""A domain drawn as a polygon, to be meshed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError
from rompy_anuga.crs_field import Crs
from rompy_anuga.domain.region import Island, Positive, RefinedRegion, RingPoints, write_area

if TYPE_CHECKING:
    from rompy_anuga.area import Area
    from rompy_anuga.ring_file import Drawing

LinePoints = Annotated[list[tuple[float, float]], Field(min_length=2)] | str | Path


class PolygonDomain(RompyBaseModel):
    """A polygon whose segments are named by tags, with islands or without.

    Segment ``i`` runs from corner ``i`` to the next one, the last back to the first. Tags come from ``tags`` (numbers
    of segments), from the third column of a CSV file, or from ``lines`` that run along the outline; what remains gets
    ``default_tag``.
    """

    model_type: Literal["polygon"] = "polygon"
    ring: RingPoints
    """Corners of the polygon, in order."""
    crs: Crs | None = None
    """System of the corners and lines; that of the run unless given, and longitude, latitude for GeoJSON."""
    tags: dict[str, list[Annotated[int, Field(ge=0)]]] = {}
    """Numbers of the segments of each tag."""
    lines: dict[str, LinePoints] = {}
    """A line along the outline for each tag: a segment whose ends and middle lie within ``tolerance`` of it gets it."""
    tolerance: Positive = 1.0
    """How far a segment may lie from a line that names it (m)."""
    default_tag: str | None = None
    """Tag of the segments that nothing else names."""
    islands: list[Island] = []
    """Parts of the polygon where nothing is computed, besides the holes that a GeoJSON polygon has."""
    max_area: Positive
    """Largest triangle outside the regions (m2)."""
    regions: list[RefinedRegion] = []
    """Parts with smaller triangles."""

    def area(self, crs: str) -> Area:
        """Read what the polygon is drawn by and name its segments.

        Raises:
            MissingFileError, DataError: a file is missing or not what it should be.
            ConfigError: segments without a tag or with two, a line that lies along nothing, a polygon that crosses
                itself, a region or an island outside.
        """
        from rompy_anuga.area import Area, check
        from rompy_anuga.crs import moved
        from rompy_anuga.outline import Ring
        from rompy_anuga.ring_file import read_drawing

        drawing = read_drawing(self.ring)
        if len(drawing.points) < 3:
            raise ConfigError("a polygon has at least three corners", field="config.domain.ring")
        own = self.crs or drawing.crs or crs
        outer = Ring(moved(drawing.points, own, crs), ("",) * len(drawing.points))
        islands = [(moved(hole, own, crs), [""] * len(hole)) for hole in drawing.holes]
        islands += [island.resolved(crs) for island in self.islands]
        names = [f"config.domain.ring (hole {i})" for i in range(len(drawing.holes))]
        names += [f"config.domain.islands.{i}" for i in range(len(self.islands))]
        untagged = tuple(Ring(points, ("",) * len(points)) for points, _ in islands)
        regions = tuple(region.resolved(crs) for region in self.regions)
        check(Area(outer, untagged, regions), self.max_area, names)
        lines = self._lines(drawing, own, crs)
        tagged = Ring(outer.points, self._tags(drawing, (outer, *untagged), lines))
        shores = tuple(
            Ring(points, self._shore(points, tags, lines, name))
            for (points, tags), name in zip(islands, names, strict=True)
        )
        return Area(tagged, shores, regions)

    def write(self, area: Area, folder: Path) -> dict[str, Any]:
        """Write the polygon and regions; returns what the case file says about them."""
        return write_area(area, self.max_area, folder)

    def _lines(self, drawing: Drawing, own: str, crs: str) -> dict[str, list[Any]]:
        from rompy_anuga.crs import moved
        from rompy_anuga.ring_file import read_drawing

        lines = {tag: [moved(line, own, crs) for line in parts] for tag, parts in drawing.lines.items()}
        for tag, given in self.lines.items():
            line = read_drawing(given)
            lines.setdefault(tag, []).append(moved(line.points, self.crs or line.crs or crs, crs))
        return lines

    def _tags(self, drawing: Drawing, rings: Sequence[Any], lines: dict[str, list[Any]]) -> tuple[str, ...]:
        """Tags of the outer ring's segments; a line has to run along that or one of the others."""
        ring = rings[0]
        found = list(drawing.tags or [""] * len(ring.points))
        for tag, numbers in self.tags.items():
            for number in numbers:
                self._check_number(tag, number, found)
                found[number] = tag
        named = _tags_by_lines(ring, lines, self.tolerance)
        used = {tag for each in rings for tag in _tags_by_lines(each, lines, self.tolerance)}
        for tag in sorted(lines):
            if tag not in used:
                raise _line_along_nothing(tag, rings, lines[tag], self.tolerance)
        return self._complete([own or by_line for own, by_line in zip(found, named, strict=True)])

    def _shore(self, points: Any, tags: list[str], lines: dict[str, list[Any]], name: str) -> tuple[str, ...]:
        """Tags of the segments of an island."""
        from rompy_anuga.outline import Ring

        by_lines = _tags_by_lines(Ring(points, ("",) * len(points)), lines, self.tolerance)
        found = [own or line or self.default_tag for own, line in zip(tags, by_lines, strict=True)]
        bare = [str(i) for i, tag in enumerate(found) if not tag]
        if bare:
            raise ConfigError(
                f"the island has segments without a tag: {', '.join(bare)}",
                field=name,
                hint="Give the island a tag, draw lines along it, or give the domain a default_tag.",
            )
        return tuple(str(tag) for tag in found)

    def _check_number(self, tag: str, number: int, found: list[str]) -> None:
        if number >= len(found):
            raise ConfigError(
                f"there is no segment {number}; the polygon has segments 0 to {len(found) - 1}",
                field=f"config.domain.tags.{tag}",
            )
        if found[number] not in ("", tag):
            raise ConfigError(
                f"segment {number} has the tag {found[number]!r} already", field=f"config.domain.tags.{tag}"
            )

    def _complete(self, tags: list[str]) -> tuple[str, ...]:
        bare = [str(i) for i, tag in enumerate(tags) if not tag]
        if bare and self.default_tag is None:
            raise ConfigError(
                f"segments without a tag: {', '.join(bare)}",
                field="config.domain.tags",
                hint="Name them under tags or lines, or give a default_tag.",
            )
        return tuple(tag or str(self.default_tag) for tag in tags)


def _tags_by_lines(ring: Any, lines: dict[str, list[Any]], tolerance: float) -> list[str]:
    """For each segment the tag of the nearest line that it lies along; empty where there is none."""
    distances = {tag: _distances(ring, parts) for tag, parts in sorted(lines.items())}
    tags = []
    for i in range(len(ring.points)):
        near = [(float(values[i]), tag) for tag, values in distances.items() if values[i] <= tolerance]
        tags.append(min(near)[1] if near else "")
    return tags


def _distances(ring: Any, parts: list[Any]) -> Any:
    """For each segment the largest distance of its ends and middle from the nearest of some lines (m)."""
    import numpy as np
    from shapely import LineString, MultiLineString, distance, points

    line = MultiLineString([LineString(part) for part in parts])
    starts, ends = ring.points, np.roll(ring.points, -1, axis=0)
    return np.max([distance(points(at), line) for at in (starts, (starts + ends) / 2, ends)], axis=0)


def _line_along_nothing(tag: str, rings: Sequence[Any], parts: list[Any], tolerance: float) -> ConfigError:
    nearest = min(float(_distances(ring, parts).min()) for ring in rings)
    return ConfigError(
        f"no segment lies along this line within {tolerance:g} m; the nearest is {nearest:.4g} m away",
        field=f"config.domain.lines.{tag}",
        hint="Set tolerance to how far apart line and outline may be, and check the crs of both.",
    )
