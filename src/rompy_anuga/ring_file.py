"""Polygons and lines as people give them: points in place, a CSV file, or GeoJSON."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from rompy.errors import DataError
from rompy_anuga.crs import GEOGRAPHIC

Points = Any  # an array of floats of shape (n, 2)


@dataclass(frozen=True)
class Drawing:
    """What a file or a list of points holds: one line or ring, with whatever it says about tags and the system."""

    points: Points
    """x and y, shape (n, 2), in the order given; a ring's repeated first point is dropped."""
    tags: tuple[str, ...] | None = None
    """Tag of the segment that starts at each point, from the third column of a CSV file."""
    holes: tuple[Points, ...] = ()
    """Rings cut out of it."""
    lines: dict[str, list[Points]] = field(default_factory=dict)
    """Lines that a GeoJSON file names by their property ``tag``."""
    crs: str | None = None
    """The system that the format prescribes: GeoJSON is in longitude and latitude."""


def read_drawing(given: list[tuple[float, float]] | str | Path, base: Path | None = None) -> Drawing:
    """Points from a list or from the file that a path or ``package://`` URI names.

    A CSV file has x and y, and optionally the tag of the segment that starts there; a first row that is not numbers
    is taken for a heading. GeoJSON holds one Polygon or LineString, and may hold LineStrings with a property ``tag``.

    Raises:
        MissingFileError: no such file.
        DataError: the contents are not of that kind; names the line of a CSV file.
    """
    if isinstance(given, list):
        return Drawing(_open_ring(np.asarray(given, dtype=float)))
    path = local_file(given, base)
    if path.suffix.lower() in (".json", ".geojson"):
        return _read_geojson(path)
    return _read_csv(path)


def local_file(given: str | Path, base: Path | None = None) -> Path:
    """The file on this machine that a path or URI means.

    Raises:
        MissingFileError: it is not there.
        DataError: the URI is of another kind.
    """
    from rompy.core.resolve import existing

    found = existing(given, base)
    if not isinstance(found, Path) or not found.is_file():
        raise DataError(
            f"{given} is not a file on this machine", hint="Fetch it first, or give the path of a file."
        )
    return found


def _read_csv(path: Path) -> Drawing:
    points: list[tuple[float, float]] = []
    tags: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in (reader := csv.reader(file)):
            cells = [cell.strip() for cell in row]
            if not any(cells) or cells[0].startswith("#"):
                continue
            try:
                points.append((float(cells[0]), float(cells[1])))
            except (ValueError, IndexError):
                if points or reader.line_num > 1:
                    raise DataError(
                        f"x and y were expected, found {','.join(row)!r}", file=path, line=reader.line_num
                    ) from None
                continue
            tags.append(cells[2] if len(cells) > 2 else "")
    if len(points) < 2:
        raise DataError("the file holds fewer than two points", file=path)
    if any(tags) and not all(tags[:-1]):
        missing = [str(i) for i, tag in enumerate(tags[:-1]) if not tag]
        raise DataError(f"segments {', '.join(missing)} have no tag, others do", file=path)
    ring = _open_ring(np.asarray(points))
    return Drawing(ring, tuple(tags[: len(ring)]) if any(tags) else None)


def _read_geojson(path: Path) -> Drawing:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        features = content["features"] if content["type"] == "FeatureCollection" else [content]
        shapes = [_shape_of(feature) for feature in features]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"this is not GeoJSON: {error!r}", file=path) from error
    lines: dict[str, list[Points]] = {}
    bodies = []
    for tag, kind, coordinates in shapes:
        if kind == "LineString" and tag:
            lines.setdefault(str(tag), []).append(_xy(coordinates))
        elif kind in ("Polygon", "LineString"):
            bodies.append((kind, coordinates))
    if len(bodies) != 1:
        raise DataError(f"one polygon or line was expected, found {len(bodies)}", file=path)
    kind, coordinates = bodies[0]
    rings = [_open_ring(_xy(ring)) for ring in (coordinates if kind == "Polygon" else [coordinates])]
    return Drawing(rings[0], holes=tuple(rings[1:]), lines=lines, crs=GEOGRAPHIC)


def _shape_of(feature: dict[str, Any]) -> tuple[Any, str, Any]:
    """Tag, type and coordinates of a feature or bare geometry; a MultiPolygon of one counts as a Polygon."""
    geometry = feature["geometry"] if feature["type"] == "Feature" else feature
    kind, coordinates = geometry["type"], geometry["coordinates"]
    if kind == "MultiPolygon" and len(coordinates) == 1:
        kind, coordinates = "Polygon", coordinates[0]
    return (feature.get("properties") or {}).get("tag"), kind, coordinates


def _xy(coordinates: list[list[float]]) -> Points:
    return np.asarray([point[:2] for point in coordinates], dtype=float)


def _open_ring(points: Points) -> Points:
    return points[:-1] if len(points) > 3 and (points[0] == points[-1]).all() else points
