"""Where data lie, by their coordinates and grid mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core import crs as systems
from rompy.core.regrid.places import Curved, Places, Rectangular, Scattered
from rompy.core.types import DatasetCoords
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr


def places_in(data: xr.Dataset, names: tuple[str, str], crs: str | None = None) -> Places:
    """Where the data lie, by their coordinates.

    Raises:
        DataError: the coordinates make no grid, or latitudes are none.
    """
    x, y = (data[name] for name in names)
    crs = crs or stated_system(data) or systems.GEOGRAPHIC
    if x.ndim == y.ndim == 1:
        kind: Any = Rectangular if x.dims != y.dims else Scattered
    elif x.dims == y.dims and x.ndim == 2:
        kind = Curved
    else:
        raise DataError(f"{names[0]!r} along {x.dims} and {names[1]!r} along {y.dims} make no grid")
    found: Places = kind(x.to_numpy(), y.to_numpy(), crs=crs)
    if found.is_geographic and np.nanmax(np.abs(found.y)) > 90.001:
        raise DataError(
            f"{names[1]!r} runs to {np.nanmax(np.abs(found.y)):g}, which is no latitude",
            hint="State the system of the data with crs.",
        )
    return found


def names_of_axes(data: xr.Dataset, coords: DatasetCoords | None) -> tuple[str, str]:
    """Names of the coordinates x and y: those given, else the usual ones.

    Raises:
        DataError: there are none of these.
    """
    coords = coords or DatasetCoords()
    pairs = [(coords.x, coords.y), ("lon", "lat"), ("longitude", "latitude"), ("x", "y")]
    for x, y in pairs:
        if x in data.variables and y in data.variables:
            return str(x), str(y)
    known = ", ".join(sorted(map(str, data.coords))) or "none"
    raise DataError(
        f"the data have no coordinates {coords.x!r} and {coords.y!r}",
        hint=f"They have: {known}; name them in coords: {{x: ..., y: ...}}.",
    )


def stated_system(data: xr.Dataset) -> str | None:
    """The system that the grid mapping of the data names; None if there is none.

    Raises:
        DataError: the grid mapping cannot be understood.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    named = {v.attrs.get("grid_mapping", v.encoding.get("grid_mapping")) for v in data.variables.values()}
    for name in sorted({str(n) for n in named if n} | {"spatial_ref"}):
        if name in data.variables:
            try:
                return systems.text_of(CRS.from_cf(dict(data[name].attrs)))
            except (CRSError, KeyError) as error:
                raise DataError(
                    f"the grid mapping {name!r} cannot be understood: {error}",
                    hint="State the system with crs.",
                ) from error
    return None
