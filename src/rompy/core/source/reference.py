"""When the data of a source are from."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy.errors import RompyError

if TYPE_CHECKING:
    import xarray as xr

_NAMES = ("forecast_reference_time", "reference_time", "analysis_time")


def reference_time(source: Any, ds: xr.Dataset) -> datetime | None:
    """The reference time in the data, else when the source's file was last modified (UTC, without zone); or None."""
    return _in_data(ds) or _of_file(getattr(source, "uri", None) or getattr(source, "filename", None))


def _in_data(ds: xr.Dataset) -> datetime | None:
    for name, variable in ds.coords.items():
        standard = variable.attrs.get("standard_name")
        if (name in _NAMES or standard in _NAMES) and variable.size == 1 and variable.dtype.kind == "M":
            return variable.values.ravel()[0].astype("datetime64[s]").item()
    return None


def _of_file(uri: Any) -> datetime | None:
    from rompy.core.resolve import resolve
    from rompy.transfer import get_transfer

    if uri is None:
        return None
    try:
        place = resolve(uri)
        if isinstance(place, Path) and not place.is_file():
            return None  # a folder's time says little of what is in it
        modified = get_transfer(place).stat(place)["modified"]
    except (RompyError, OSError):
        return None
    return modified.astimezone(timezone.utc).replace(tzinfo=None) if modified is not None else None
