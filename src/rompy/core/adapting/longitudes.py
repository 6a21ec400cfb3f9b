"""Conventions of longitude: -180 to 180, or 0 to 360 degrees east."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

Longitudes = Literal["-180..180", "0..360"]


def turned(values: Any, convention: Longitudes) -> np.ndarray:
    """The same meridians in another convention; 180 becomes -180 and 360 becomes 0.

    Whole turns are added only where they are needed, so that there and back gives the same numbers.
    """
    values = np.asarray(values)
    low, high = (-180, 180) if convention == "-180..180" else (0, 360)
    for _ in range(2):
        values = np.where(values < low, values + 360, np.where(values >= high, values - 360, values))
    return values


def to_convention(ds: xr.Dataset, name: str, convention: Longitudes) -> xr.Dataset:
    """``ds`` with the longitudes ``name`` in a convention, sorted anew where they are a dimension.

    A meridian that stands at both ends of the data, as 0 and 360 may, is kept once.

    Raises:
        DataError: there is no such coordinate, or its values are no longitudes.
    """
    if name not in ds.variables:
        raise DataError(
            f"the data have no longitudes {name!r}", hint=f"Coordinates: {', '.join(map(str, ds.coords))}"
        )
    old = ds[name]
    if old.size and not (float(old.min()) >= -360 and float(old.max()) <= 540):
        raise DataError(
            f"{name!r} runs from {float(old.min()):g} to {float(old.max()):g}, which are no longitudes"
        )
    new = old.copy(data=turned(old.values, convention).astype(old.dtype, copy=False))
    new.encoding = dict(old.encoding)
    ds = ds.assign_coords({name: new}) if name in ds.coords else ds.assign({name: new})
    if name not in ds.dims:
        return ds
    descending = old.size > 1 and old.values[0] > old.values[-1]
    order = np.argsort(new.values, kind="stable")
    first = np.concatenate([[True], np.diff(new.values[order]) > 0])
    kept = order[first]
    return ds.isel({name: kept[::-1] if descending else kept})
