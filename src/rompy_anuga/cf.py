"""CF metadata of the files of a case."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy_anuga import crs as systems

if TYPE_CHECKING:
    import xarray as xr

CONVENTIONS = {"Conventions": "CF-1.11"}

AXIS_ATTRS: dict[str, dict[str, str]] = {
    "x": {"standard_name": "projection_x_coordinate", "long_name": "easting", "units": "m", "axis": "X"},
    "y": {"standard_name": "projection_y_coordinate", "long_name": "northing", "units": "m", "axis": "Y"},
    "time": {"standard_name": "time", "axis": "T"},
}
"""Attributes of the coordinates."""


def grid_mapping(crs: str) -> xr.DataArray:
    """The grid mapping variable of a system."""
    import xarray as xr

    attributes = sorted(systems.known(crs).to_cf().items())
    return xr.DataArray(0, attrs={name: value for name, value in attributes if value is not None})
