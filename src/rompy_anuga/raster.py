"""Scattered or triangulated values on a regular grid of round coordinates, for sources that give gridded data."""

from __future__ import annotations

from math import ceil, floor
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.errors import ConfigError
from rompy_anuga import cf

if TYPE_CHECKING:
    import xarray as xr

Floats = Any  # an array of floats
Ints = Any  # an array of whole numbers

LARGEST = 50_000_000
"""Nodes of a grid beyond which a mistake is likelier than intent (400 MB)."""
BLOCK = 2_000_000
"""Nodes looked at at once while triangles are rasterised (some 300 MB)."""


def axis(first: float, last: float, resolution: float, margin: float) -> Floats:
    """Multiples of ``resolution`` from before ``first - margin`` to after ``last + margin``."""
    numbers = np.arange(floor((first - margin) / resolution), ceil((last + margin) / resolution) + 1)
    return numbers * float(resolution)


def axes(points: Floats, resolution: float, margin: float) -> tuple[Floats, Floats]:
    """x and y of a grid over points of shape (n, 2).

    Raises:
        ConfigError: the resolution is too fine for the extent.
    """
    (x0, y0), (x1, y1) = points.min(axis=0), points.max(axis=0)
    nodes = (x1 - x0 + 2 * margin) / resolution * ((y1 - y0 + 2 * margin) / resolution)
    if nodes > LARGEST:
        raise ConfigError(
            f"a resolution of {resolution:g} gives {nodes:.2g} grid nodes; at most {LARGEST:.2g} are sensible",
            field="resolution",
        )
    return axis(x0, x1, resolution, margin), axis(y0, y1, resolution, margin)


def linear(points: Floats, known: Floats, triangles: Ints, x: Floats, y: Floats) -> Floats:
    """Values linear in each triangle at the nodes of a grid, NaN outside all of them; shape (y, x).

    Each triangle looks at the nodes in its bounding box only, so that time and memory grow with the grid, not with
    grid times triangles. Where triangles overlap, the last one counts.
    """
    values = np.full((len(y), len(x)), np.nan)
    corners = points[triangles]
    low, high = corners.min(axis=1), corners.max(axis=1)
    columns = np.searchsorted(x, low[:, 0]), np.searchsorted(x, high[:, 0], side="right")
    rows = np.searchsorted(y, low[:, 1]), np.searchsorted(y, high[:, 1], side="right")
    boxes = np.maximum(columns[1] - columns[0], 0) * np.maximum(rows[1] - rows[0], 0)
    for part in _parts(boxes):
        owner = np.repeat(part, boxes[part])
        place = np.arange(len(owner)) - np.repeat(np.cumsum(boxes[part]) - boxes[part], boxes[part])
        width = columns[1][owner] - columns[0][owner]
        column, row = columns[0][owner] + place % width, rows[0][owner] + place // width
        weights = _barycentric(corners[owner], x[column], y[row])
        inside = (weights >= -1e-9).all(axis=0)
        at = triangles[owner[inside]]
        values[row[inside], column[inside]] = (weights[:, inside] * known[at].T).sum(axis=0)
    return values


def _parts(boxes: Ints) -> list[Ints]:
    """Numbers of the triangles with a node in their box, in parts that look at some millions of nodes each."""
    filled = np.flatnonzero(boxes)
    cuts = np.flatnonzero(np.diff(np.cumsum(boxes[filled]) // BLOCK)) + 1
    return [part for part in np.split(filled, cuts) if len(part)]


def _barycentric(corners: Floats, x: Floats, y: Floats) -> Floats:
    """Weights of the three corners of shape (n, 3, 2) at n points; shape (3, n)."""
    (ax, ay), (bx, by), (cx, cy) = (corners[:, i].T for i in range(3))
    double = (bx - ax) * (cy - ay) - (cx - ax) * (by - ay)
    first = ((bx - x) * (cy - y) - (cx - x) * (by - y)) / double
    second = ((cx - x) * (ay - y) - (ax - x) * (cy - y)) / double
    return np.stack([first, second, 1 - first - second])


def filled_near(values: Floats, x: Floats, y: Floats, points: Floats, known: Floats, reach: float) -> Floats:
    """The values with gaps filled from the nearest of some points, where one lies within ``reach``."""
    from scipy.spatial import cKDTree

    gaps = np.argwhere(np.isnan(values))
    if reach <= 0 or not len(gaps):
        return values
    distance, nearest = cKDTree(points).query(
        np.column_stack([x[gaps[:, 1]], y[gaps[:, 0]]]), distance_upper_bound=reach
    )
    found = np.isfinite(distance)
    values[tuple(gaps[found].T)] = known[nearest[found]]
    return values


def dataset(variables: dict[str, xr.DataArray], x: Floats, y: Floats, crs: str | None) -> xr.Dataset:
    """Variables over ``y`` and ``x`` as a CF dataset, with a grid mapping when the system is known."""
    import xarray as xr

    coords = {"x": ("x", x, cf.AXIS_ATTRS["x"]), "y": ("y", y, cf.AXIS_ATTRS["y"])}
    result = xr.Dataset(variables, coords)
    if crs is not None:
        result["crs"] = cf.grid_mapping(crs)
        for name in variables:
            result[name].attrs["grid_mapping"] = "crs"
    return result
