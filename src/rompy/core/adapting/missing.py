"""Missing values: refused, warned of, left alone or filled, at the moment they are read."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Literal

from rompy.errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

logger = logging.getLogger(__name__)

Missing = Literal["raise", "warn", "ignore", "fill"]


def with_policy(ds: xr.Dataset, policy: Missing, fill_value: float, time: str | None) -> xr.Dataset:
    """``ds`` whose values obey a policy, checked piece by piece when they are read.

    Args:
        time: dimension of time; places without a value at its first label are land and left as they are. None if
            there is no land.
    """
    if policy == "ignore":
        return ds
    new = {
        name: _checked(v, policy, fill_value, time) for name, v in ds.data_vars.items() if v.dtype.kind == "f"
    }
    return ds.assign(new)


def _checked(array: xr.DataArray, policy: Missing, fill_value: float, time: str | None) -> xr.DataArray:
    import xarray as xr

    from rompy.core.chunking import lazily

    lazy = lazily(array)
    inputs = [lazy]
    if time in array.dims:
        inputs.append(lazy.isel({time: 0}, drop=True).isnull())
    checked: xr.DataArray = xr.apply_ufunc(
        _obey,
        *inputs,
        kwargs={"policy": policy, "fill_value": fill_value, "name": str(array.name)},
        dask="parallelized",
        output_dtypes=[array.dtype],
        keep_attrs="override",
    )
    checked = checked.transpose(*array.dims)
    checked.encoding = dict(array.encoding)
    return checked


def _obey(
    values: np.ndarray, land: Any = False, *, policy: Missing, fill_value: float, name: str
) -> np.ndarray:
    import numpy as np

    missing = np.isnan(values) & ~np.asarray(land)
    if not missing.any():
        return values
    if policy == "fill":
        return np.where(missing, np.asarray(fill_value, dtype=values.dtype), values)
    text = f"{int(missing.sum())} of {missing.size} values of {name!r} are missing"
    if policy == "raise":
        raise DataError(text, hint="Fill them with missing: fill, or choose other data.")
    logger.warning("%s", text)
    return values
