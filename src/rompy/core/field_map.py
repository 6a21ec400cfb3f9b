"""Fields drawn as maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.crs import GEOGRAPHIC, moved, same
from rompy.core.filters import require_variables
from rompy.core.maps.map_axes import are_degrees, data_transform, map_axes, system_of
from rompy.core.regrid.located import stated_system
from rompy.core.types import DatasetCoords
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr


def draw_field(
    ds: xr.Dataset,
    param: str,
    coords: DatasetCoords,
    isel: Mapping[str, int],
    model_grid: Any,
    cmap: str,
    figsize: tuple[float, float] | None,
    fscale: float,
    crs: str | None,
    layers: Mapping[str, bool],
    style: Mapping[str, Any],
) -> tuple[Any, Any]:
    """A map of one variable; returns figure and axes.

    Args:
        isel: position along every dimension but those of the map.
        model_grid: a grid whose outline is drawn on top, or None.
        crs: system of the coordinates, unless the data name it.
        layers: whether borders, land and coastline are drawn.
        style: for ``pcolormesh`` of xarray.

    Raises:
        DataError: there is no such variable, or more than two dimensions are left.
    """
    x, y = coords.x, coords.y
    field = _one_map(ds, param, (x, y), isel)
    crs = crs or stated_system(ds)
    bounds = [float(limit) for limit in (ds[x].min(), ds[y].min(), ds[x].max(), ds[y].max())]
    figure, ax = map_axes(bounds, None, figsize, fscale, crs=crs, **layers)
    shown = {"cbar_kwargs": {"label": _labelled(field), "shrink": 0.8}, **data_transform(ax), **style}
    if shown.get("add_colorbar") is False or "cbar_ax" in shown:
        del shown["cbar_kwargs"]
    labels = ax.get_xlabel(), ax.get_ylabel()
    field.plot.pcolormesh(ax=ax, x=x, y=y, cmap=cmap, **shown)
    ax.set(title=" · ".join([param, *_places_of(field, (x, y))]), xlabel=labels[0], ylabel=labels[1])
    if model_grid is not None:
        system = crs or (GEOGRAPHIC if are_degrees(bounds) else None)
        ax.plot(*_outline_of(model_grid, system), color="black", linewidth=1.2, **data_transform(ax))
    return figure, ax


def _one_map(ds: xr.Dataset, param: str, axes: tuple[Any, Any], isel: Mapping[str, int]) -> xr.DataArray:
    """A variable along the axes alone."""
    x, y = axes
    require_variables(ds, [param, *(name for name in axes if name)])
    field = ds[param].isel(dict(isel)).squeeze()
    left = set(field.dims) - set(ds[x].dims) - set(ds[y].dims)
    if left or not {*ds[x].dims, *ds[y].dims} <= set(field.dims):
        raise DataError(
            f"{param!r} along {', '.join(map(str, field.dims))} is not one map over {x} and {y}",
            hint=f"Choose a position with isel, such as isel={{{next(iter(left), 'time')!r}: 0}}.",
        )
    return field


def _outline_of(grid: Any, crs: str | None) -> tuple[Any, Any]:
    """x and y of a grid's outline in the system of the map."""
    x, y = grid.boundary_points()
    own = system_of(grid)
    if crs is None or own is None or same(own, crs):
        return x, y
    there = moved(np.column_stack([x, y]), own, crs)
    return there[:, 0], there[:, 1]


def _labelled(field: Any) -> str:
    """What a field is and in which unit, for a scale of colours."""
    name = field.attrs.get("long_name", field.attrs.get("standard_name", field.name))
    units = field.attrs.get("units")
    return f"{name} ({units})" if units else str(name)


def _places_of(field: Any, axes: tuple[Any, Any]) -> list[str]:
    """Where and when a map was taken: values of the coordinates that have one, times in full minutes UTC."""
    texts = []
    for name, coordinate in field.coords.items():
        if coordinate.ndim or name in axes or coordinate.dtype.kind not in "MiufU":
            continue
        if coordinate.dtype.kind == "M":
            texts.append(np.datetime_as_string(coordinate.values, unit="m").replace("T", " ") + " UTC")
        elif coordinate.attrs.get("grid_mapping_name") is None:
            value = coordinate.item()
            texts.append(f"{name} {value}" if isinstance(value, str) else f"{name} {value:g}")
    return texts
