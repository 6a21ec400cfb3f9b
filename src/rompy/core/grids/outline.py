"""Outlines of grids: around the meshes between points that are there, islands left out, and points along them."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry import MultiPolygon, Polygon

logger = logging.getLogger(__name__)


def outline_of_meshes(x: NDArray[Any], y: NDArray[Any]) -> Polygon | MultiPolygon | None:
    """Outline of the meshes of a grid with rows and columns whose four corners are all there (not NaN).

    It has a hole for each island of missing points, and several parts where meshes are not connected by a side. None
    if there is no mesh at all, or if meshes lie over each other.
    """
    from shapely import build_area, linestrings, multilinestrings

    there = np.isfinite(x) & np.isfinite(y)
    meshes = there[:-1, :-1] & there[1:, :-1] & there[:-1, 1:] & there[1:, 1:]
    if not meshes.any():
        return None
    padded = np.pad(meshes, 1)
    # A side belongs to the outline where there is a mesh on one side of it only.
    along_rows = padded[1:, 1:-1] ^ padded[:-1, 1:-1]
    along_columns = padded[1:-1, 1:] ^ padded[1:-1, :-1]
    nodes = np.stack([x, y], axis=-1)
    sides = np.concatenate(
        [
            np.stack([nodes[:, :-1][along_rows], nodes[:, 1:][along_rows]], axis=1),
            np.stack([nodes[:-1][along_columns], nodes[1:][along_columns]], axis=1),
        ]
    )
    outline = build_area(multilinestrings(linestrings(sides)))
    usable = outline is not None and outline.geom_type in ("Polygon", "MultiPolygon") and outline.is_valid
    return outline.simplify(0) if usable else None


def largest_part(outline: Polygon | MultiPolygon) -> Polygon:
    """The largest of several separate parts; says what is left out."""
    from shapely import get_parts

    parts = sorted(get_parts(outline), key=lambda part: -part.area)
    if len(parts) > 1:
        left_out = sum(part.area for part in parts[1:]) / outline.area
        logger.warning(
            "the grid falls into %d separate parts; the outline is that of the largest, without %.2g %% of the area",
            len(parts),
            100 * left_out,
        )
    first: Polygon = parts[0]
    return first


def points_on_rings(
    outline: Polygon, spacing: float | None, islands: bool
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """x and y of points along the outer ring and, if wanted, after it along the shores of islands."""
    lines = [points_along(outline.exterior, spacing)]
    if islands:
        lines += [points_along_short(ring, spacing) for ring in outline.interiors]
    x, y = zip(*lines, strict=True)
    return np.concatenate(x), np.concatenate(y)


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


def points_along_short(line: Any, spacing: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Points along a line that may be shorter than the spacing; then its first one."""
    if spacing is not None and spacing > line.length:
        x, y = points_along(line, None)
        return x[:1], y[:1]
    return points_along(line, spacing)
