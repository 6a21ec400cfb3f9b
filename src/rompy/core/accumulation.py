"""Sums over time, such as rain since the start of a forecast, as rates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from rompy.core.units import per_second
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

Accumulated = Literal["per_step", "since_start"]


def to_rate(array: xr.DataArray, time: str, kind: Accumulated) -> xr.DataArray:
    """The mean rate per second over the step that ends at each time.

    Args:
        kind: each value is the sum over its own step, or since some start; there, sums that fall have begun anew at
            the time before. The first time of those has no step before it and becomes missing.

    Raises:
        DataError: there are no two times to tell the length of a step.
    """
    import numpy as np

    if time not in array.dims or array.sizes[time] < 2:
        raise DataError(f"{array.name!r} is a sum over time, but there are no two times along {time!r}")
    seconds = np.diff(array[time].values) / np.timedelta64(1, "s")
    steps = array[time].copy(data=np.concatenate([seconds[:1], seconds])).drop_vars(time)
    if kind == "per_step":
        rate = array / steps
    else:
        change = array - array.shift({time: 1})
        rate = change.where((change >= 0) | change.isnull(), array) / steps
    rate = rate.astype(array.dtype) if array.dtype.kind == "f" else rate
    rate.attrs = {**array.attrs, "units": per_second(str(array.attrs.get("units", "")))}
    rate.attrs["cell_methods"] = f"{time}: mean"
    rate.attrs.pop("standard_name", None)  # that of the sum
    return rate.transpose(*array.dims)
