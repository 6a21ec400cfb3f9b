"""Sums over time, such as rain since the start of a forecast, as rates."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator

from rompy.core.adapting.units import per_second
from rompy.core.duration import parse_duration
from rompy.errors import ConfigError, DataError

if TYPE_CHECKING:
    import xarray as xr

_KINDS = ("per_step", "since_start")


def _kind_or_length(value: Any) -> Any:
    if value is None or value in _KINDS:
        return value
    try:
        length = parse_duration(value)
    except ValueError as error:
        raise ConfigError(
            f"{value!r} does not say over which time values are summed",
            hint=f"Say {' or '.join(_KINDS)}, or a length such as 1h.",
        ) from error
    if length <= timedelta(0):
        raise ConfigError(f"values cannot be summed over {value!r}: the time must be longer than nothing")
    return length


Accumulated = Annotated[Literal["per_step", "since_start"] | timedelta, BeforeValidator(_kind_or_length)]
"""Over which time values are summed: each its own step, since some start, or a length of time that ends at each."""


def to_rate(
    array: xr.DataArray, time: str, kind: Literal["per_step", "since_start"] | timedelta
) -> xr.DataArray:
    """The mean rate per second over the time that ends at each label.

    Args:
        kind: each value is the sum over its own step; or since some start, where sums that fall have begun anew at
            the time before, and the first time has no step before it and becomes missing; or over a length of time
            whatever the steps are, as the sums of ERA5 are over an hour also in data with a value every three hours.

    Raises:
        DataError: there are no two times to tell the length of a step.
    """
    rate = array / kind.total_seconds() if isinstance(kind, timedelta) else _by_steps(array, time, kind)
    rate = rate.astype(array.dtype) if array.dtype.kind == "f" else rate
    rate.attrs = {**array.attrs, "units": per_second(str(array.attrs.get("units", "")))}
    rate.attrs["cell_methods"] = f"{time}: mean"
    rate.attrs.pop("standard_name", None)  # that of the sum
    return rate.transpose(*array.dims)


def _by_steps(array: xr.DataArray, time: str, kind: Literal["per_step", "since_start"]) -> xr.DataArray:
    import numpy as np

    if time not in array.dims or array.sizes[time] < 2:
        raise DataError(
            f"{array.name!r} is a sum over time, but there are no two times along {time!r}",
            hint="Say over which time it is summed: accumulated: 1h",
        )
    seconds = np.diff(array[time].values) / np.timedelta64(1, "s")
    steps = array[time].copy(data=np.concatenate([seconds[:1], seconds])).drop_vars(time)
    if kind == "per_step":
        return array / steps
    change = array - array.shift({time: 1})
    return change.where((change >= 0) | change.isnull(), array) / steps
