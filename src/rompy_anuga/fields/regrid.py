"""Values on a rectangular source grid, moved bilinearly to a regular grid of the model's projected system."""

from __future__ import annotations

from math import ceil, floor, log10
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rompy.core.crs import near as near_longitude
from rompy.core.regrid.interpolation import bilinear, cell_along
from rompy.core.regrid.places import Rectangular
from rompy.errors import DataError
from rompy_anuga import crs as systems
from rompy_anuga.area import Area
from rompy_anuga.fields.axes import Axes, Floats
from rompy_anuga.fields.layer import Layer

if TYPE_CHECKING:
    import xarray as xr

LARGEST = 50_000_000
"""Nodes of a target grid beyond which a mistake is likelier than intent (400 MB per time step)."""


def covering(area: Area, source: Axes, crs: str) -> Axes:
    """A regular grid over the area with a margin, as fine as the source there and at least eleven nodes across.

    Its nodes lie at multiples of the spacing, and the spacing has two digits, so that coordinates are round numbers.

    Raises:
        DataError: at the resolution of the source it would have more than ``LARGEST`` nodes.
    """
    x0, y0, x1, y1 = area.extent
    dx, dy = _resolution_at((x0 + x1) / 2, (y0 + y1) / 2, source, crs)
    x, y = _axis(x0, x1, min(dx, (x1 - x0) / 10)), _axis(y0, y1, min(dy, (y1 - y0) / 10))
    if len(x) * len(y) > LARGEST:
        raise DataError(
            f"at the resolution of the data ({dx:.3g} m by {dy:.3g} m) the area needs {len(x)} by {len(y)} nodes",
            hint="Coarsen the data first, or check their coordinates and crs.",
        )
    return Axes(x, y, crs)


def _axis(first: float, last: float, spacing: float) -> Floats:
    digits = 1 - floor(log10(spacing))
    step = (
        floor(spacing * 10**digits) / 10**digits
        if digits >= 0
        else floor(spacing / 10**-digits) * 10**-digits
    )
    return np.asarray(np.arange(floor(first / step), ceil(last / step) + 1) * step, dtype=float)


def _resolution_at(x: float, y: float, source: Axes, crs: str) -> tuple[float, float]:
    """Spacing of the source's nodes nearest to a point, in metres of the model's system."""
    at = [float(v) for v in systems.transformer(crs, source.crs).transform(x, y)]
    steps = [_step_at(axis, value) for axis, value in zip((source.x, source.y), at, strict=True)]
    back = systems.transformer(source.crs, crs)
    here, right, up = (
        np.array(back.transform(at[0] + a, at[1] + b)) for a, b in ((0, 0), (steps[0], 0), (0, steps[1]))
    )
    return float(np.hypot(*(right - here))), float(np.hypot(*(up - here)))


def _step_at(axis: Floats, value: float) -> float:
    i = int(np.clip(np.searchsorted(axis, value), 1, len(axis) - 1))
    return float(axis[i] - axis[i - 1])


def used_nodes(area: Area, axes: Axes) -> NDArray[np.bool_]:
    """Nodes of a grid, in the area's own system, whose values the model can see: corners of cells that touch the area.

    Shape (y, x). Parts of the area outside the grid are not seen here.
    """
    from shapely import contains_xy, prepare

    polygon = area.polygon
    prepare(polygon)
    inside = contains_xy(polygon, *axes.nodes)
    touched = inside[:-1, :-1] | inside[1:, :-1] | inside[:-1, 1:] | inside[1:, 1:]
    edge = area.edge_points(0.5 * min(np.diff(axes.x).min(), np.diff(axes.y).min()))
    i, _, in_x = cell_along(axes.x, edge[:, 0])
    j, _, in_y = cell_along(axes.y, edge[:, 1])
    touched[j[in_x & in_y], i[in_x & in_y]] = True
    used = np.zeros_like(inside)
    for rows in (slice(None, -1), slice(1, None)):
        for columns in (slice(None, -1), slice(1, None)):
            used[rows, columns] |= touched
    return used


def positions(points: Floats, crs: str, target: str, near: float | None = None) -> Floats:
    """Points of shape (n, 2) in another system; longitudes within half a turn of ``near``, or of the first point."""
    moved = np.array(systems.moved(points, crs, target))
    if systems.is_geographic(target):
        moved[:, 0] = near_longitude(moved[:, 0], float(moved[0, 0]) if near is None else near)
    return moved


def on_run_grid(layer: Layer, area: Area, crs: str) -> xr.DataArray:
    """A layer on a grid of the run's system, as it is when it lies on one already. Lazy where it changes in time."""
    import xarray as xr

    if systems.same(layer.axes.crs, crs):
        return layer.values
    target = covering(area, layer.axes, crs)
    nodes = np.column_stack([np.ravel(v) for v in target.nodes])
    x, y = positions(nodes, crs, layer.axes.crs, float(layer.axes.x.mean())).T
    shape = (len(target.y), len(target.x))
    source = Rectangular(layer.axes.x, layer.axes.y, crs=layer.axes.crs)
    moved = xr.apply_ufunc(
        bilinear(source, x, y, shape).apply,
        layer.values.rename(x="from_x", y="from_y"),
        input_core_dims=[["from_y", "from_x"]],
        output_core_dims=[["y", "x"]],
        dask="parallelized",
        dask_gufunc_kwargs={"output_sizes": {"y": shape[0], "x": shape[1]}},
        output_dtypes=[np.float64],
    )
    return moved.assign_coords(x=target.x, y=target.y)
