"""Weights of interpolation: between the four or three points around each target, or from the nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.crs import near
from rompy.core.precision import finer
from rompy.core.regrid.places import Curved, Floats, Places, Rectangular, Triangles
from rompy.core.regrid.weights import Weights, weights_from
from rompy.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray

SLACK = 1e-6
"""Part of a cell by which a point may lie outside: rounding of a coordinate transformation and back."""


def bilinear(source: Places, x: Floats, y: Floats, shape: tuple[int, ...]) -> Weights:
    """Weights for points in the system of the source: exact for fields linear in its coordinates, nothing outside.

    Bilinear between four points of rows and columns; linear in triangles, between scattered points those of Delaunay.
    """
    if isinstance(source, Rectangular):
        return _between_rows_and_columns(source, x, y, shape)
    if isinstance(source, Curved):
        x = _turned(source, x)
        nodes, shares, inside = _in_quads(source, x, y)
    else:
        mesh = _triangulated(source)
        x = _turned(mesh, x)
        nodes, shares, inside = _in_triangles(mesh, x, y)
    rows = np.repeat(np.flatnonzero(inside)[:, None], nodes.shape[1], axis=1)
    return weights_from(rows.ravel(), nodes.ravel(), shares.ravel(), source.shape, shape)


def nearest(
    source: Places, x: Floats, y: Floats, shape: tuple[int, ...], reach: float | None = None
) -> Weights:
    """Weights for points in the system of the source: all from the nearest place, along the globe for degrees.

    Args:
        reach: largest distance, in the units of the source's coordinates; unless given the source's largest spacing.
    """
    from scipy.spatial import cKDTree

    at_x, at_y = source.points
    usable = np.flatnonzero(np.isfinite(at_x) & np.isfinite(at_y))
    wanted = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    reach = source.spacing if reach is None else reach
    if source.is_geographic:
        known, asked = _on_sphere(at_x[usable], at_y[usable]), _on_sphere(x[wanted], y[wanted])
        reach = 2 * np.sin(np.radians(min(reach, 180.0)) / 2)
    else:
        known, asked = np.column_stack([at_x[usable], at_y[usable]]), np.column_stack([x[wanted], y[wanted]])
    distance, found = cKDTree(known).query(asked, distance_upper_bound=np.inf)
    kept = distance <= reach * (1 + SLACK)
    rows, columns = wanted[kept], usable[found[kept]]
    return weights_from(rows, columns, np.ones(rows.size), source.shape, shape)


def cell_along(axis: Floats, values: Floats) -> tuple[NDArray[np.intp], Floats, NDArray[np.bool_]]:
    """Cell of each value along an ascending axis, position in it from 0 to 1, and whether it lies on it at all."""
    slack = SLACK * (axis[-1] - axis[0]) / (len(axis) - 1)
    inside = (values >= axis[0] - slack) & (values <= axis[-1] + slack)
    cell = np.clip(np.searchsorted(axis, values, side="right") - 1, 0, len(axis) - 2)
    share = np.clip((values - axis[cell]) / (axis[cell + 1] - axis[cell]), 0.0, 1.0)
    return cell, share, inside


def _between_rows_and_columns(source: Rectangular, x: Floats, y: Floats, shape: tuple[int, ...]) -> Weights:
    if min(source.shape) < 2:
        raise ConfigError(
            f"bilinear regridding needs two rows and two columns of data, not {source.shape}",
            hint="Widen the area that is cut from the data with buffer, or use nearest.",
        )
    axis_x, columns = _ascending(source.x)
    axis_y, rows = _ascending(source.y)
    if source.goes_round:
        axis_x, columns = np.append(axis_x, axis_x[0] + 360.0), np.append(columns, columns[0])
        slack = SLACK * np.diff(axis_x).max()
        x = (x - axis_x[0] + slack) % 360.0 + axis_x[0] - slack
    elif source.is_geographic:
        x = near(x, float(axis_x[0] + axis_x[-1]) / 2)
    with np.errstate(invalid="ignore"):
        i, a, in_x = cell_along(axis_x, x)
        j, b, in_y = cell_along(axis_y, y)
    inside = in_x & in_y
    i, a, j, b = i[inside], a[inside], j[inside], b[inside]
    width = source.shape[1]
    nodes = [rows[j + up] * width + columns[i + right] for up in (0, 1) for right in (0, 1)]
    shares = [(1 - a) * (1 - b), a * (1 - b), (1 - a) * b, a * b]
    targets = np.tile(np.flatnonzero(inside), 4)
    return weights_from(targets, np.concatenate(nodes), np.concatenate(shares), source.shape, shape)


def _ascending(axis: Floats) -> tuple[Floats, NDArray[np.intp]]:
    order = np.arange(axis.size)
    return (axis, order) if axis.size < 2 or axis[1] > axis[0] else (axis[::-1], order[::-1])


def _turned(source: Places, x: Floats) -> Floats:
    if not source.is_geographic:
        return x
    west, _, east, _ = source.bounds
    return near(x, (west + east) / 2)


def _on_sphere(lon: Floats, lat: Floats) -> Floats:
    # Many points lie halfway between two places: the last digit would decide which of them is the nearer.
    lon, lat = finer(np.radians(lon)), finer(np.radians(lat))
    on_sphere = [np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)]
    return np.column_stack(on_sphere).astype(float)


def _triangulated(source: Places) -> Triangles:
    if isinstance(source, Triangles) and source.at == "nodes":
        return source
    from scipy.spatial import Delaunay, QhullError

    x, y = source.points
    try:
        triangles = Delaunay(np.column_stack([x, y])).simplices
    except (QhullError, ValueError) as error:
        raise ConfigError(
            f"{x.size} points cannot be joined to triangles for bilinear regridding",
            hint="They lie on one line, or have no positions; use nearest.",
        ) from error
    return Triangles(x, y, np.sort(triangles, axis=1).astype("int64"), crs=source.crs)


def _containing(meshes: Floats, x: Floats, y: Floats) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """The first mesh that holds each point, or lies within rounding of it, and whether there is one."""
    from shapely import STRtree, points, polygons

    there = np.flatnonzero(np.isfinite(meshes).all(axis=(1, 2)))
    areas = polygons(meshes[there])
    tree = STRtree(areas)
    asked = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    at = points(x[asked], y[asked])
    mesh = np.full(x.shape, len(meshes), dtype="intp")
    which, found = tree.query(at, predicate="intersects")
    np.minimum.at(mesh, asked[which], there[found])
    left = np.flatnonzero(mesh[asked] == len(meshes))
    if left.size and there.size:
        edge = np.abs(np.diff(meshes[there], axis=1)).max()
        which, found = tree.query_nearest(at[left], max_distance=SLACK * edge)
        np.minimum.at(mesh, asked[left[which]], there[found])
    inside = mesh < len(meshes)
    return mesh[inside], inside


def _in_triangles(source: Triangles, x: Floats, y: Floats) -> tuple[Any, Floats, NDArray[np.bool_]]:
    meshes = source.meshes
    mesh, inside = _containing(meshes, x, y)
    p, (a, b, c) = np.column_stack([x[inside], y[inside]]), np.moveaxis(meshes[mesh], 1, 0)
    whole = _cross(b - a, c - a)
    shares = np.stack([_cross(c - b, p - b), _cross(a - c, p - c), _cross(b - a, p - a)], axis=1)
    return source.triangles[mesh], _sums_to_one(shares / whole[:, None]), inside


def _in_quads(source: Curved, x: Floats, y: Floats) -> tuple[Any, Floats, NDArray[np.bool_]]:
    meshes = source.quads
    mesh, inside = _containing(meshes, x, y)
    a, b = _inverse(meshes[mesh], np.column_stack([x[inside], y[inside]]))
    width = source.shape[1]
    row, column = np.divmod(mesh, width - 1)
    first = row * width + column
    nodes = np.stack([first, first + 1, first + width + 1, first + width], axis=1)
    shares = np.stack([(1 - a) * (1 - b), a * (1 - b), a * b, (1 - a) * b], axis=1)
    return nodes, _sums_to_one(shares), inside


def _inverse(corners: Floats, points: Floats) -> tuple[Floats, Floats]:
    """Position of points in four-sided meshes, both from 0 to 1, by Newton's method on the bilinear map."""
    p0, p1, p2, p3 = np.moveaxis(corners, 1, 0)
    a = b = np.full(len(points), 0.5)
    for _ in range(12):  # converges quadratically; four or five are enough for meshes met in practice
        miss = (
            ((1 - a) * (1 - b))[:, None] * p0
            + (a * (1 - b))[:, None] * p1
            + (a * b)[:, None] * p2
            + ((1 - a) * b)[:, None] * p3
            - points
        )
        along = (1 - b)[:, None] * (p1 - p0) + b[:, None] * (p2 - p3)
        across = (1 - a)[:, None] * (p3 - p0) + a[:, None] * (p2 - p1)
        whole = _cross(along, across)
        whole = np.where(whole == 0, np.inf, whole)
        a = np.clip(a - _cross(miss, across) / whole, -0.5, 1.5)
        b = np.clip(b - _cross(along, miss) / whole, -0.5, 1.5)
    return np.clip(a, 0.0, 1.0), np.clip(b, 0.0, 1.0)


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _sums_to_one(shares: Floats) -> Floats:
    shares = np.where(np.abs(shares) < 1e-12, 0.0, np.clip(shares, 0.0, 1.0))
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))
