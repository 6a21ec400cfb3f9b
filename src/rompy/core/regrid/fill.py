"""Values for places that have none, such as sea temperatures on land, so that shores do not lose theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.regrid.places import Places, Scattered, Triangles
from rompy.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def filled(values: Any, source: Places, how: str) -> NDArray[Any]:
    """Values of shape (..., *source) without gaps; those that are there stay as they are.

    ``nearest`` takes the value of the nearest place that has one, by the coordinates for triangles and points, else
    counted in rows and columns. ``diffusion`` solves Laplace's equation in the gaps, with what is around them as
    boundary values and no flux through the edge of the grid: smooth, and never beyond the values around. Steps without
    any value stay without.

    Raises:
        ConfigError: no such way of filling, or it needs rows and columns.
    """
    ways = {"nearest": _nearest, "diffusion": _diffused}
    if how not in ways:
        raise ConfigError(f"no fill {how!r}", hint=f"Known: {', '.join(sorted(ways))}")
    values = np.array(values, copy=True)
    steps = values.reshape(-1, *source.shape)
    known: dict[bytes, Any] = {}  # land rarely changes from step to step
    for step in steps:
        gaps = ~np.isfinite(step)
        if gaps.any() and not gaps.all():
            key = np.packbits(gaps).tobytes()
            if key not in known:
                known = {key: ways[how](gaps, source)}
            step[gaps] = known[key](step)
    return values


def _nearest(gaps: NDArray[np.bool_], source: Places) -> Any:
    if isinstance(source, (Scattered, Triangles)):
        from scipy.spatial import cKDTree

        at = np.column_stack(source.points)
        wet = np.flatnonzero(~gaps)
        place = wet[cKDTree(at[wet]).query(at[gaps.ravel()])[1]]
        return lambda step: step.ravel()[place]
    from scipy.ndimage import distance_transform_edt

    indices = distance_transform_edt(gaps, return_distances=False, return_indices=True)
    taken = tuple(index[gaps] for index in indices)
    return lambda step: step[taken]


def _diffused(gaps: NDArray[np.bool_], source: Places) -> Any:
    if gaps.ndim != 2:
        raise ConfigError(
            "filling by diffusion needs rows and columns", hint="Use nearest for triangles and points."
        )
    from scipy.sparse import coo_array
    from scipy.sparse.linalg import splu

    number = np.full(gaps.shape, -1)
    number[gaps] = np.arange(gaps.sum())
    ours, theirs = _neighbours(gaps)
    i = number.ravel()[ours]
    degree = np.bincount(i, minlength=int(gaps.sum())).astype(float)
    inner = gaps.ravel()[theirs]
    j = number.ravel()[theirs[inner]]
    diagonal = np.arange(degree.size)
    entries = np.concatenate([degree, -np.ones(j.size)])
    rows, columns = np.concatenate([diagonal, i[inner]]), np.concatenate([diagonal, j])
    matrix = coo_array((entries, (rows, columns)), shape=(degree.size,) * 2).tocsc()
    solved, exact = splu(matrix), matrix.tocsr().astype(np.longdouble)

    def fill(step: Any) -> Any:
        around = np.bincount(
            i[~inner], weights=step.ravel()[theirs[~inner]].astype(float), minlength=degree.size
        )
        found = solved.solve(around).astype(np.longdouble)
        # The last digits of a solution depend on the kind of processor; those of one that is improved once do not.
        return (found + solved.solve((around - exact @ found).astype(float))).astype(float)

    return fill


def _neighbours(gaps: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Places in gaps and their neighbours in rows and columns, as pairs of flat indices."""
    flat = np.arange(gaps.size).reshape(gaps.shape)
    pairs = [
        (flat[1:], flat[:-1]),
        (flat[:-1], flat[1:]),
        (flat[:, 1:], flat[:, :-1]),
        (flat[:, :-1], flat[:, 1:]),
    ]
    ours = np.concatenate([a.ravel() for a, _ in pairs])
    theirs = np.concatenate([b.ravel() for _, b in pairs])
    kept = gaps.ravel()[ours]
    return ours[kept], theirs[kept]
