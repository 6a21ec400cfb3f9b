"""Where the places of one mesh or grid lie on another one, so that values on both can be compared.

Values are interpolated linearly between the three places around a point (Delaunay triangles). Where these are far
apart, as across a headland, the nearest place counts; where that is far too, there is nothing to compare with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rompy.provenance.diff.place import Place

SAME = 1e-6
"""Part of the extent within which two places are one."""
_NEIGHBOURS = 4
"""A place and its three nearest neighbours, which tell how close places lie there."""
_FAR = 2.5
"""Times that distance within which the corners of a triangle have to lie."""
_NEAR = 0.6
"""Part of that distance within which a place may stand for a point that lies in no triangle."""


@dataclass(frozen=True)
class Matching:
    """For each place of the first, in one row, what of the second it is compared with."""

    corners: np.ndarray
    """Numbers of three places of the second, shape (n, 3)."""
    weights: np.ndarray
    """Their weights, shape (n, 3); NaN where there is nothing to compare with."""

    @property
    def count(self) -> int:
        """Places of the first that have something to compare with."""
        return int(np.isfinite(self.weights[:, 0]).sum())

    def interpolated(self, values: np.ndarray) -> np.ndarray:
        """Values of the second at the places of the first, along the last dimension. Gaps stay gaps."""
        corners = values[..., self.corners]
        # A corner that does not count must not spoil the others when it is a gap.
        return np.asarray(np.where(self.weights == 0, 0.0, corners * self.weights).sum(axis=-1))


def points_of(place: Place) -> np.ndarray:
    """Coordinates of all places, shape (n, 2), in the order of the values when their dimensions are made one."""
    if place.faces is not None and not place.on_nodes:
        known = place.faces >= 0
        corners = np.where(known, place.faces, 0)
        count = known.sum(axis=1)
        x, y = (np.where(known, axis[corners], 0.0).sum(axis=1) / count for axis in (place.x, place.y))
    elif place.faces is None and place.x.ndim == 1:
        x, y = (axis.ravel() for axis in np.meshgrid(place.x, place.y))
    else:
        x, y = place.x.ravel(), place.y.ravel()
    return np.column_stack([x, y])


def are_same(one: Place, other: Place) -> bool:
    """Whether values lie at the same places, in the same order."""
    a, b = points_of(one), points_of(other)
    if a.shape != b.shape:
        return False
    extent = float(np.nanmax(np.ptp(a, axis=0), initial=0.0))
    with np.errstate(invalid="ignore"):
        return bool(((np.abs(a - b) <= SAME * extent) | (np.isnan(a) & np.isnan(b))).all())


def matching(one: Place, other: Place) -> Matching | None:
    """How places of the first lie among those of the second; None when the two cannot be laid over each other."""
    from scipy.spatial import Delaunay, QhullError, cKDTree

    if one.is_geographic != other.is_geographic:
        return None
    a, b = points_of(one), points_of(other)
    known = np.flatnonzero(np.isfinite(b).all(axis=1))
    if len(known) < _NEIGHBOURS:
        return None
    if one.is_geographic:
        scale = np.array([np.cos(np.deg2rad(np.nanmean(b[:, 1]))), 1.0])
        turn = np.array([360.0 * round(float(np.nanmean(b[:, 0]) - np.nanmean(a[:, 0])) / 360.0), 0.0])
        a, b = (a + turn) * scale, b * scale
    points, wanted = b[known], np.where(np.isfinite(a), a, np.inf)
    tree = cKDTree(points)
    spacing = tree.query(points, k=_NEIGHBOURS)[0][:, -1]
    usable = np.atleast_1d(np.isfinite(wanted).all(axis=1))
    distance, nearest = np.full(len(a), np.inf), np.zeros(len(a), dtype=np.int64)
    distance[usable], nearest[usable] = tree.query(wanted[usable])
    corners = np.repeat(nearest[:, None], 3, axis=1)
    weights = np.tile([1.0, 0.0, 0.0], (len(a), 1))
    try:
        triangles = Delaunay(points)
    except QhullError:  # all on one line
        triangles = None
    if triangles is not None:
        _take_triangles(triangles, points, wanted, usable, spacing[nearest], corners, weights)
    is_in_none = (corners == corners[:, :1]).all(axis=1)
    weights[distance > np.where(is_in_none, _NEAR, 1.0) * spacing[nearest]] = np.nan
    return Matching(known[corners], weights)


def _take_triangles(
    triangles: object,
    points: np.ndarray,
    wanted: np.ndarray,
    usable: np.ndarray,
    spacing: np.ndarray,
    corners: np.ndarray,
    weights: np.ndarray,
) -> None:
    """Put in corners and weights of the triangles that points lie in, where these are small enough."""
    rows = np.flatnonzero(usable)
    found = triangles.find_simplex(wanted[rows])  # type: ignore[attr-defined]
    rows, found = rows[found >= 0], found[found >= 0]
    around = triangles.simplices[found]  # type: ignore[attr-defined]
    reach = np.linalg.norm(points[around] - wanted[rows][:, None, :], axis=2).max(axis=1)
    is_small = reach <= _FAR * spacing[rows]
    rows, found, around = rows[is_small], found[is_small], around[is_small]
    affine = triangles.transform[found]  # type: ignore[attr-defined]
    first_two = np.einsum("nij,nj->ni", affine[:, :2], wanted[rows] - affine[:, 2])
    corners[rows] = around
    weights[rows] = np.column_stack([first_two, 1.0 - first_two.sum(axis=1)])
