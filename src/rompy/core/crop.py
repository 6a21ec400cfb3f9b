"""Cut a dataset to ranges of its coordinates, whatever their direction and kind, and never to nothing.

Names may be those of dimensions (also without labels), of other coordinates with any number of dimensions, and of data
variables along a single dimension, as the positions of stations often are. Both ends of a range are included.
Everything stays lazy except the coordinates themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.labels import Labels
from rompy.core.ranges import as_slice
from rompy.core.types import Slice
from rompy.errors import CoverageError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)


def crop(ds: xr.Dataset, ranges: Mapping[str, Any]) -> xr.Dataset:
    """``ds`` cut to the ``ranges`` of the named coordinates; a list of ranges for a name means all of them together.

    Names that the data do not have are logged and passed by.

    Raises:
        CoverageError: nothing lies in a range, or nothing in all of them together; says what the data cover.
        ConfigError: a range does not fit the kind of its coordinate, or ends before it starts.
    """
    limits = {name: _all_slices(given, name) for name, given in ranges.items()}
    along = {name: slices for name, slices in limits.items() if name in ds.dims}
    ds = ds.isel({name: _compact(_inside_all(ds, name, slices)) for name, slices in along.items()})
    masks: dict[tuple[Any, ...], np.ndarray] = {}
    for name, slices in limits.items():
        if name not in along and _is_maskable(ds, name, slices):
            dims = ds[name].dims
            masks[dims] = masks.get(dims, True) & _inside_all(ds, name, slices)
            if not masks[dims].any():
                raise _nothing_together(", ".join(map(str, dims)), limits)
    for dims, mask in masks.items():
        ds = _masked(ds, dims, mask)
    return ds


def _all_slices(given: Any, name: str) -> list[Slice]:
    return [as_slice(limits, name) for limits in (given if isinstance(given, list) else [given])]


def _inside_all(ds: xr.Dataset, name: str, slices: list[Slice]) -> np.ndarray:
    labels = Labels.of(ds, name)
    mask = np.logical_and.reduce([labels.inside(range_) for range_ in slices])
    if not mask.any():
        raise _nothing_together(name, {name: slices})
    return mask


def _compact(mask: np.ndarray) -> slice | np.ndarray:
    """Positions of a mask, as a slice where they are one: slices of lazy data are read in one piece."""
    positions = np.flatnonzero(mask)
    first, last = int(positions[0]), int(positions[-1])
    return slice(first, last + 1) if last - first + 1 == positions.size else positions


def _is_maskable(ds: xr.Dataset, name: str, slices: list[Slice]) -> bool:
    """Whether the data can be cut by a name that is no dimension; says so in the log if not."""
    if name not in ds.variables:
        known = ", ".join(sorted({str(known) for known in (*ds.coords, *ds.dims)}))
        # Depths and other things that do not change are given the period of the run like all data.
        unneeded = _is_period(slices) and not any(_holds_times(c) for c in ds.coords.values())
        level = logging.DEBUG if unneeded else logging.WARNING
        logger.log(
            level, "the range of %r is ignored: the data have no such coordinate, only %s", name, known
        )
        return False
    if ds[name].ndim == 0:
        logger.debug("the range of %r is ignored: the data lie at one place", name)
        return False
    if name not in ds.coords and ds[name].ndim > 1:
        logger.warning(
            "the range of %r is ignored: it is a variable along %s, not a coordinate", name, ds[name].dims
        )
        return False
    return True


def _is_period(slices: list[Slice]) -> bool:
    return all(isinstance(limit, datetime) for range_ in slices for limit in (range_.start, range_.stop))


def _holds_times(coordinate: xr.DataArray) -> bool:
    return coordinate.dtype.kind == "M" or (
        coordinate.dtype.kind == "O" and "calendar" in coordinate.encoding
    )


def _masked(ds: xr.Dataset, dims: tuple[Any, ...], mask: np.ndarray) -> xr.Dataset:
    """``ds`` without what a mask leaves out; where that is not a whole row or column, values become missing."""
    import xarray as xr

    kept = {
        dim: _compact(np.any(mask, axis=tuple(i for i in range(mask.ndim) if i != axis)))
        for axis, dim in enumerate(dims)
    }
    ds = ds.isel(kept)
    if mask.ndim == 1:
        return ds
    inner = xr.DataArray(mask, dims=dims).isel(kept)
    affected = {name: v.where(inner) for name, v in ds.data_vars.items() if set(dims) <= set(v.dims)}
    return ds.assign({name: v.transpose(*ds[name].dims) for name, v in affected.items()})


def _nothing_together(along: str, limits: Mapping[str, list[Slice]]) -> CoverageError:
    ranges = ", ".join(
        f"{name} {range_.start} to {range_.stop}" for name, slices in limits.items() for range_ in slices
    )
    return CoverageError(
        f"nothing along {along} lies in all of these ranges together: {ranges}",
        hint="Each range alone holds something. Choose data that cover the run, or ranges that meet.",
    )
