"""The history of a dataset without what readers and services write into it about this very reading.

They tell when and how they were asked. That is no part of the data, and would make other files of them each time.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import xarray as xr

_GRIB_READ = re.compile(r"^\S+ (GRIB to CDM\+CF via \S+) with \{.*\}$", re.MULTILINE)
"""What cfgrib writes: the time, and the path as seen from the current folder."""


def without_history(ds: xr.Dataset) -> xr.Dataset:
    """A dataset of a service without its history, to which services add each request."""
    return _with_attributes(
        ds, {name: value for name, value in ds.attrs.items() if str(name).lower() != "history"}
    )


def without_reading(ds: xr.Dataset) -> xr.Dataset:
    """A dataset whose history says by what it was read from GRIB, if it was, and not when and from which folder."""
    history = ds.attrs.get("history")
    if not isinstance(history, str) or not _GRIB_READ.search(history):
        return ds
    return _with_attributes(ds, {**ds.attrs, "history": _GRIB_READ.sub(r"\1", history)})


def _with_attributes(ds: xr.Dataset, attributes: dict[str, object]) -> xr.Dataset:
    """A shallow copy with other attributes, which closes what ``ds`` does."""
    found = ds.copy(deep=False)
    found.attrs = attributes
    found.set_close(ds._close)
    return found
