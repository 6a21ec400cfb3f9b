"""Vectors as speed and direction, and as components towards east and north.

Directions are nautical: degrees clockwise from north, of where things come *from* (winds, waves) or go *to* (currents).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from rompy.core.precision import finer

if TYPE_CHECKING:
    import xarray as xr

Convention = Literal["from", "to"]


def to_components(
    speed: xr.DataArray, direction: xr.DataArray, convention: Convention
) -> tuple[xr.DataArray, xr.DataArray]:
    """Components towards east and north, in the unit of ``speed``."""
    import numpy as np

    angle = np.deg2rad(direction + 180.0 if convention == "from" else direction)
    exact = finer(angle)
    return speed * np.sin(exact).astype(angle.dtype), speed * np.cos(exact).astype(angle.dtype)


def to_polar(
    east: xr.DataArray, north: xr.DataArray, convention: Convention
) -> tuple[xr.DataArray, xr.DataArray]:
    """Speed, and direction within 0 to 360 degrees; where nothing moves the direction is 0 (180 for ``from``)."""
    import numpy as np

    turn = 180.0 if convention == "from" else 0.0
    speed: Any = np.hypot(east, north)
    angle: Any = np.arctan2(finer(east), finer(north)).astype(speed.dtype)
    return speed, (np.rad2deg(angle) + turn) % 360.0
