"""Polygons from CSV files, and what would make a mesh generator fail or hang."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from .problems import InputError

Floats = NDArray[np.float64]

TOUCHING_M = 1e-3
"""Points this close to a side lie on it: coordinates are written with millimetres."""


def read_polygon(key: str, file: Path) -> Floats:
    """Points of a polygon, shape (points, 2): x and y (m) in two columns, with or without a line of headings.

    The last point is joined to the first, and is not the first again.

    Raises:
        InputError: it cannot be read, has fewer than three points, repeats one, or crosses itself.
    """
    points = _points(key, file)
    if len(points) < 3:
        raise InputError(f"{key}: {file.name}: a polygon needs three points, this one has {len(points)}")
    following = np.roll(points, -1, axis=0)
    repeated = np.flatnonzero((points == following).all(axis=1))
    if repeated.size:
        closed = repeated[0] == len(points) - 1
        what = "the last point repeats the first" if closed else f"point {repeated[0]} is doubled"
        raise InputError(f"{key}: {file.name}: {what}; leave it out")
    crossing = _crossing(points, following)
    if crossing:
        raise InputError(f"{key}: {file.name}: sides {crossing[0]} and {crossing[1]} cross each other")
    return points


def check_inside(key: str, file: Path, inner: Floats, outline: Floats) -> None:
    """Refuse a polygon that is not wholly inside another; it may touch it.

    Raises:
        InputError: it names the first point outside, or the sides that cross.
    """
    outside = np.flatnonzero(~contains(outline, inner) & (_distance(outline, inner) > TOUCHING_M))
    if outside.size:
        x, y = inner[outside[0]]
        raise InputError(
            f"{key}: {file.name}: point {outside[0]} (x {x:.1f} y {y:.1f}) is not inside the domain"
        )
    ends, outline_ends = np.roll(inner, -1, axis=0), np.roll(outline, -1, axis=0)
    for side, (start, end) in enumerate(zip(inner, ends, strict=True)):
        met = np.flatnonzero(_cross(start, end, outline, outline_ends))
        if met.size:
            raise InputError(f"{key}: {file.name}: side {side} crosses side {met[0]} of the domain")


def _points(key: str, file: Path) -> Floats:
    points: list[list[float]] = []
    for number, line in enumerate(_text(key, file).splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        cells = line.split(",")
        try:
            point = [float(cell) for cell in cells]
        except ValueError:
            if not points and number == 1:
                continue  # headings
            point = []
        if len(point) != 2 or not np.isfinite(point).all():
            raise InputError(f"{key}: {file.name}, line {number}: {line.strip()!r} is not an x and a y")
        points.append(point)
    return np.array(points, float).reshape(-1, 2)


def _text(key: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError(f"{key}: {file.name}: is not text ({error})") from error


def _crossing(starts: Floats, ends: Floats) -> tuple[int, int] | None:
    """The first two sides that cross, other than in a common point."""
    for side in range(len(starts) - 2):
        others = slice(side + 2, len(starts) - 1 if side == 0 else len(starts))
        met = np.flatnonzero(_cross(starts[side], ends[side], starts[others], ends[others]))
        if met.size:
            return side, side + 2 + int(met[0])
    return None


def _cross(start: Floats, end: Floats, starts: Floats, ends: Floats) -> NDArray[np.bool_]:
    """Whether one segment properly crosses each of others: the ends of each lie on both sides of the other."""
    return (_side(start, end, starts) * _side(start, end, ends) < 0) & (
        _side(starts, ends, start) * _side(starts, ends, end) < 0
    )


def _side(start: Floats, end: Floats, point: Floats) -> Floats:
    """The sign tells on which side of a line a point lies."""
    along, toward = end - start, point - start
    return np.sign(along[..., 0] * toward[..., 1] - along[..., 1] * toward[..., 0])


def contains(outline: Floats, points: Floats) -> NDArray[np.bool_]:
    """Whether each point is inside: a ray to the east meets an odd number of sides. On the edge it may be either."""
    x, y = points[:, :1], points[:, 1:]
    (x0, y0), (x1, y1) = outline.T, np.roll(outline, -1, axis=0).T
    spans = (y0 <= y) != (y1 <= y)
    rise = np.where(y1 == y0, 1.0, y1 - y0)
    met = spans & (x < x0 + (y - y0) / rise * (x1 - x0))
    return met.sum(axis=1) % 2 == 1


def point_between(outline: Floats, excluded: list[Floats]) -> tuple[float, float] | None:
    """A point inside a polygon and outside of others, far from the sides as such points go; None if there is none.

    Looked for on lines along x, half way between the heights of all corners: no side ends between two of those.
    """
    rings = [outline, *excluded]
    heights = np.unique(np.concatenate([ring[:, 1] for ring in rings]))
    best, found = 0.0, None
    for low, high in pairwise(heights):
        y = (low + high) / 2
        met = np.unique(np.concatenate([_met_at(ring, y) for ring in rings]))
        middles = np.column_stack([(met[1:] + met[:-1]) / 2, np.full(max(len(met) - 1, 0), y)])
        free = contains(outline, middles)
        for ring in excluded:
            free &= ~contains(ring, middles)
        room = np.where(free, np.minimum(np.diff(met), high - low), 0.0)
        if room.size and room.max() > best:
            best, found = float(room.max()), tuple(middles[int(np.argmax(room))].tolist())
    return found


def _met_at(ring: Floats, y: float) -> Floats:
    """x of the points at which a line along x meets the sides of a ring."""
    (x0, y0), (x1, y1) = ring.T, np.roll(ring, -1, axis=0).T
    spans = (y0 <= y) != (y1 <= y)
    met: Floats = x0[spans] + (y - y0[spans]) / (y1[spans] - y0[spans]) * (x1[spans] - x0[spans])
    return met


def _distance(outline: Floats, points: Floats) -> Floats:
    """How far (m) each point is from the nearest side."""
    sides = np.roll(outline, -1, axis=0) - outline
    toward = points[:, None, :] - outline
    along = np.clip((toward * sides).sum(axis=2) / (sides**2).sum(axis=1), 0.0, 1.0)
    return np.sqrt(((toward - along[:, :, None] * sides) ** 2).sum(axis=2)).min(axis=1)
