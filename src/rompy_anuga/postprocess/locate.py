"""Which triangle holds a point, and how far a point outside is from the mesh."""

from __future__ import annotations

import numpy as np

from rompy_anuga.postprocess.sww import Floats, Ints

EDGE_TOLERANCE = 1e-9
"""Relative to the size of a triangle: a point on an edge belongs to it, whatever the rounding."""


def face_at(nodes: Floats, faces: Ints, x: float, y: float) -> int | None:
    """Number of the triangle that holds the point; the lowest one on a shared edge; None outside the mesh."""
    corners = nodes[faces] - [x, y]
    crosses = np.stack([_cross(corners[:, i], corners[:, (i + 1) % 3]) for i in range(3)], axis=1)
    # The three cross products add up to twice the area; all are positive inside a counter-clockwise triangle.
    inside = np.flatnonzero((crosses >= -EDGE_TOLERANCE * crosses.sum(axis=1, keepdims=True)).all(axis=1))
    return int(inside[0]) if len(inside) else None


def distance_to_mesh(nodes: Floats, faces: Ints, x: float, y: float) -> float:
    """Distance in metres from a point outside the mesh to its nearest edge."""
    starts = nodes[faces].reshape(-1, 2)
    along = nodes[np.roll(faces, -1, axis=1)].reshape(-1, 2) - starts
    towards = np.array([x, y]) - starts
    share = np.clip((towards * along).sum(axis=1) / (along**2).sum(axis=1), 0.0, 1.0)
    gap = towards - share[:, None] * along
    return float(np.sqrt((gap**2).sum(axis=1).min()))


def _cross(a: Floats, b: Floats) -> Floats:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])
