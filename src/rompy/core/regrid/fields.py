"""Regridding datasets: all of their variables that lie on the grid, lazily."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import numpy as np

from rompy.core import crs as systems
from rompy.core.regrid.conservative import conservative
from rompy.core.regrid.interpolation import bilinear, nearest
from rompy.core.regrid.located import names_of_axes, places_in
from rompy.core.regrid.places import Places, Rectangular, Triangles, places_of
from rompy.core.regrid.reference import attributes_of_axis, positions, turned, with_system
from rompy.core.regrid.weights import Weights
from rompy.core.regrid.weights_cache import cached
from rompy.core.types import DatasetCoords
from rompy.errors import ConfigError, CoverageError, DataError

if TYPE_CHECKING:
    import xarray as xr

    from rompy.core.grid import BaseGrid

logger = logging.getLogger(__name__)

Method = Literal["bilinear", "conservative", "nearest"]
Fill = Literal["nearest", "diffusion"]
Field = TypeVar("Field", "xr.Dataset", "xr.DataArray")

_LEAST = {"bilinear": 1.0, "nearest": 1.0, "conservative": 0.5}
_PIECE = 32 * 2**20
"""How much of a lazy variable is regridded at once (bytes)."""


def regrid(
    data: Field,
    target: BaseGrid | Places,
    method: Method = "bilinear",
    *,
    coords: DatasetCoords | None = None,
    crs: str | None = None,
    to_crs: str | None = None,
    vectors: Iterable[tuple[str, str]] = (),
    fill: Fill | None = None,
    least: float | None = None,
    reach: float | None = None,
    source: Places | None = None,
) -> Field:
    """Data at the points, or for ``conservative`` in the cells, of another grid.

    Variables that do not lie on the grid are taken along as they are. Values become what they are in double
    precision and are kept in the precision of the data. Nothing is read before the result is used, except from data
    in memory; what is lazy is regridded in blocks of its first dimensions.

    Args:
        data: on a rectangular, curved or unstructured grid, or at scattered points.
        target: a model grid, or places.
        method: ``bilinear`` is exact for linear fields and leaves NaN outside the data; ``conservative`` keeps
            integrals over the area that both grids cover; ``nearest`` takes values as they are, within ``reach``.
        coords: names of the coordinates, by default those of :class:`DatasetCoords`.
        crs: system of the data; unless given that of their grid mapping, else EPSG:4326.
        to_crs: system of a model grid; that of the data unless given.
        vectors: pairs of variables with components towards east and north, or towards x and y of the data's own
            projected grid; they come out towards x and y of the target's grid, turned by the meridian convergence.
        fill: where values are missing (land), take before regridding those of the nearest place with any
            (``nearest``), or smooth ones in between (``diffusion``).
        least: part of a value that must come from valid ones; the rest is NaN. By default 1 for bilinear (one NaN
            among the four is enough), 0.5 for conservative.
        reach: for ``nearest``: the largest distance in the data's units; the data's own spacing unless given.
        source: where the data lie, if their coordinates do not say (triangles).

    Raises:
        CoverageError: no point of the target lies within the data; says where both lie.
        DataError, ConfigError: the data or the method do not fit.
    """
    if method not in _LEAST:
        raise ConfigError(f"no method {method!r}", hint=f"Known: {', '.join(sorted(_LEAST))}")
    least = _LEAST[method] if least is None else least
    given: Any = data
    name = "data" if getattr(given, "name", None) is None else str(given.name)
    ds = given if hasattr(given, "data_vars") else given.to_dataset(name=name)
    names = names_of_axes(ds, coords)
    source = places_in(ds, names, crs) if source is None else source
    if not isinstance(target, Places):
        target = places_of(target, to_crs or source.crs, method)
    weights = weights_between(source, target, method, reach)
    done: Any = _regridded(ds, source, target, weights, names, list(vectors), fill, least)
    return done if ds is given else done[name].rename(given.name)


def weights_between(
    source: Places, target: Places, method: Method = "bilinear", reach: float | None = None
) -> Weights:
    """Weights between places of any systems; those that cost time come from the cache where they have been made.

    Raises:
        CoverageError: no point of the target lies within the source.
    """

    def make() -> Weights:
        if method == "conservative":
            return conservative(source, target, _corners(source, target))
        x, y = positions(target, source.crs)
        if method == "nearest":
            return nearest(source, x, y, target.shape, reach)
        return bilinear(source, x, y, target.shape)

    is_quick = method == "nearest" or (isinstance(source, Rectangular) and method == "bilinear")
    weights = make() if is_quick else cached(source, target, method, make)
    _check_cover(weights, source, target)
    return weights


def _corners(source: Places, target: Places) -> Any:
    """Corners of the target's cells in the system of the source; None where they are as they are."""
    if systems.same(source.crs, target.crs):
        return None
    corners = target.corners
    return systems.moved(corners.reshape(-1, 2), target.crs, source.crs).reshape(corners.shape)


def _check_cover(weights: Weights, source: Places, target: Places) -> None:
    met = weights.covered > 0
    if met.all():
        return
    where = (
        "lon {:.6g} to {:.6g}, lat {:.6g} to {:.6g}"
        if source.is_geographic
        else "x {:.8g} to {:.8g}, y {:.8g} to {:.8g}"
    )
    x, y = positions(target, source.crs)
    x0, y0, x1, y1 = source.bounds
    theirs, ours = where.format(x0, x1, y0, y1), where.format(x.min(), x.max(), y.min(), y.max())
    if not met.any():
        raise CoverageError(
            f"no point of the grid, {ours}, lies within the data: {theirs}",
            hint="Choose data that cover it, and check the crs of both.",
        )
    logger.warning(
        "%d of %d points of the grid, %s, lie outside the data, %s: no values there",
        (~met).sum(), met.size, ours, theirs,
    )  # fmt: skip


def _regridded(
    data: xr.Dataset,
    source: Places,
    target: Places,
    weights: Weights,
    names: tuple[str, str],
    vectors: Sequence[tuple[str, str]],
    fill: Fill | None,
    least: float,
) -> xr.Dataset:
    dims = _dims_in(data, source, names)
    is_same = systems.same(source.crs, target.crs)
    new_names = names if is_same else (("lon", "lat") if target.is_geographic else ("x", "y"))
    if not isinstance(target, Rectangular) and set(new_names) & set(target.dims_for(*new_names)):
        raise DataError(f"coordinates {new_names} cannot lie along dimensions of their own names")
    out = data.drop_vars(
        [name for name, v in data.variables.items() if set(dims) & set(v.dims) and not _lies_on(v, dims)]
    )
    regridded = {
        name: _values_regridded(data[name], dims, target.dims_for(*new_names), source, weights, fill, least)
        for name in data.data_vars
        if _lies_on(data.variables[name], dims)
    }
    if not regridded:
        raise DataError(f"no variable lies along {', '.join(map(str, dims))}: there is nothing to regrid")
    out = out.drop_vars([n for n in out.variables if set(dims) & set(out[n].dims) or n in names])
    out = out.assign(regridded).assign_coords(target.coordinates(*new_names))
    for old, new in zip(names, new_names, strict=True):
        out[new].attrs = data[old].attrs if is_same else attributes_of_axis(new, target)
    out = with_system(out, regridded, data, target) if not is_same else out
    return turned(out, vectors, source, target, weights.target_shape)


def _dims_in(data: xr.Dataset, source: Places, names: tuple[str, str]) -> tuple[Hashable, ...]:
    if isinstance(source, Rectangular):
        return (*data[names[1]].dims, *data[names[0]].dims)
    if isinstance(source, Triangles):
        sizes = [dim for dim, size in data.sizes.items() if size == source.size]
        if len(sizes) != 1:
            raise DataError(f"{len(sizes)} dimensions of the data have the {source.size} values of the grid")
        return (sizes[0],)
    return data[names[0]].dims


def _lies_on(variable: xr.Variable, dims: tuple[Hashable, ...]) -> bool:
    return set(dims) <= set(variable.dims) and variable.dtype.kind in "iuf"


def _values_regridded(
    values: xr.DataArray,
    dims: tuple[Hashable, ...],
    new_dims: tuple[str, ...],
    source: Places,
    weights: Weights,
    fill: Fill | None,
    least: float,
) -> xr.DataArray:
    import xarray as xr

    from rompy.core.regrid.fill import filled

    dtype = values.dtype if values.dtype.kind == "f" else np.dtype("float64")
    attributes, named = dict(values.attrs), list(values.coords)
    bare = values.drop_vars([n for n in named if set(values[n].dims) & set(dims)])

    def apply(block: Any) -> Any:
        return weights.apply(filled(block, source, fill) if fill else block, least).astype(dtype)

    done = xr.apply_ufunc(
        apply,
        _in_blocks(bare, dims),
        input_core_dims=[list(dims)],
        output_core_dims=[[f"new {dim}" for dim in new_dims]],
        keep_attrs=False,
        dask="parallelized",
        dask_gufunc_kwargs={
            "output_sizes": {f"new {d}": n for d, n in zip(new_dims, weights.target_shape, strict=True)}
        },
        output_dtypes=[dtype],
    )
    attributes.pop("grid_mapping", None)
    return done.rename({f"new {dim}": dim for dim in new_dims}).assign_attrs(attributes)


def _in_blocks(values: xr.DataArray, dims: tuple[Hashable, ...]) -> xr.DataArray:
    """Lazy values in blocks of whole grids, as many as the file keeps together but not too many at once."""
    if isinstance(values.variable._data, np.ndarray):
        return values
    whole = dict.fromkeys(dims, -1)
    if values.chunks is not None:
        return values.chunk(whole)
    others = [dim for dim in values.dims if dim not in dims]
    if not others:
        return values.chunk(whole)
    stored = dict(zip(values.dims, values.encoding.get("chunksizes") or (1,) * values.ndim, strict=False))
    row = values.nbytes // values.sizes[others[0]]
    together = int(stored.get(others[0], 1))
    steps = max(_PIECE // max(row, 1) // together, 1) * together
    return values.chunk({**whole, others[0]: steps})
