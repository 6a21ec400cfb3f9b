"""Weights of conservative regridding: shares of areas, so that integrals over what both grids cover are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.crs import near
from rompy.core.precision import finer
from rompy.core.regrid.places import Floats, Places, Rectangular
from rompy.core.regrid.weights import Weights, weights_from
from rompy.errors import DataError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_TURNS = (-360.0, 0.0, 360.0)


def conservative(source: Places, target: Places, corners: Floats | None = None) -> Weights:
    """Shares of each cell of the target that cells of the source cover.

    Areas of degrees are those on the sphere: cells are seen in the cylindrical equal-area projection, in which their
    sides are straight. Cells of a target in another system have straight sides in that of the source.

    Args:
        corners: those of the target's cells in the system of the source; the target's own unless given.
    """
    if corners is None and isinstance(source, Rectangular) and isinstance(target, Rectangular):
        return _by_rows_and_columns(source, target)
    return _by_overlap(source, target, target.corners if corners is None else corners)


def cell_areas(corners: Floats, geographic: bool) -> Floats:
    """Areas of cells, in squared units of the coordinates, or squared degrees at the equator for degrees."""
    from shapely import area, polygons

    return np.asarray(area(polygons(_equal_area(corners) if geographic else corners)))


def _by_rows_and_columns(source: Rectangular, target: Rectangular) -> Weights:
    """Overlaps of columns times those of rows."""
    from scipy.sparse import kron

    (x, y), (to_x, to_y) = source.edges, target.edges
    if source.is_geographic:
        y, to_y = _heights(y), _heights(to_y)
        to_x = to_x + near((to_x[0] + to_x[-1]) / 2, (x[0] + x[-1]) / 2) - (to_x[0] + to_x[-1]) / 2
    columns = sum(_overlaps(x + turn, to_x) for turn in (_TURNS if source.is_geographic else (0.0,)))
    matrix = kron(_overlaps(y, to_y), columns, format="csr")
    matrix.sort_indices()
    return Weights(matrix, source.shape, target.shape)


def _overlaps(edges: Floats, targets: Floats) -> csr_array:
    """Part of each interval between ``targets`` that lies in each one between ``edges``."""
    from scipy.sparse import csr_array

    low, high = np.minimum(edges[:-1], edges[1:]), np.maximum(edges[:-1], edges[1:])
    to_low, to_high = np.minimum(targets[:-1], targets[1:]), np.maximum(targets[:-1], targets[1:])
    common = np.minimum(high, to_high[:, None]) - np.maximum(low, to_low[:, None])
    rounding = 1e-12 * (to_high - to_low)[:, None]
    return csr_array(np.where(common > rounding, common, 0.0) / (to_high - to_low)[:, None])


def _by_overlap(source: Places, target: Places, corners: Floats) -> Weights:
    from shapely import STRtree, area, intersection, is_valid, polygons

    theirs, columns = _cells_around(source, corners)
    if source.is_geographic:
        corners = corners.copy()
        corners[..., 0] += near(corners[:, :1, 0], _middle(source)) - corners[:, :1, 0]
        theirs, corners = _equal_area(theirs), _equal_area(corners)
    there = np.flatnonzero(np.isfinite(corners).all(axis=(1, 2)))
    ours = polygons(corners[there])
    cells = polygons(theirs)
    for name, kind in (("source", cells), ("target", ours)):
        if not is_valid(kind).all():
            raise DataError(f"{(~is_valid(kind)).sum()} cells of the {name} grid cross themselves")
    tree = STRtree(cells)
    rows, found, shares = [], [], []
    for turn in _TURNS if source.is_geographic else (0.0,):
        moved = polygons(corners[there] + [turn, 0.0]) if turn else ours
        which, cell = tree.query(moved, predicate="intersects")
        common = area(intersection(moved[which], cells[cell])) / area(ours[which])
        rows.append(there[which])
        found.append(columns[cell])
        shares.append(np.where(common > 1e-12, common, 0.0))
    return weights_from(
        np.concatenate(rows), np.concatenate(found), np.concatenate(shares), source.shape, target.shape
    )


def _cells_around(source: Places, corners: Floats) -> tuple[Floats, Any]:
    """Cells of the source near those of the target, and their places: polygons of a whole globe would take minutes."""
    cells = source.corners
    usable = np.isfinite(cells).all(axis=(1, 2))
    low, high = np.nanmin(corners[..., 1]), np.nanmax(corners[..., 1])
    with np.errstate(invalid="ignore"):
        usable &= (cells[..., 1].max(axis=1) >= low) & (cells[..., 1].min(axis=1) <= high)
        if not source.is_geographic:
            low, high = np.nanmin(corners[..., 0]), np.nanmax(corners[..., 0])
            usable &= (cells[..., 0].max(axis=1) >= low) & (cells[..., 0].min(axis=1) <= high)
        else:
            middle = float(np.nanmean(corners[..., 0]))
            ours = np.nanmax(np.abs(near(corners[..., 0], middle) - middle))
            off = np.abs(near(cells[..., 0], middle) - middle)
            usable &= off.min(axis=1) <= ours + source.spacing
    places = np.flatnonzero(usable)
    return cells[places], places


def _middle(source: Places) -> float:
    west, _, east, _ = source.bounds
    return (west + east) / 2


def _equal_area(corners: Floats) -> Floats:
    """Longitudes and latitudes in the cylindrical equal-area projection, in degrees at the equator."""
    return np.stack([corners[..., 0], np.degrees(_heights(corners[..., 1]))], axis=-1)


def _heights(latitudes: Floats) -> Floats:
    """Heights above the equator's plane, in radii of the sphere: areas between latitudes are as these."""
    return np.sin(finer(np.radians(latitudes))).astype(float)
