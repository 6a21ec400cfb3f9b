"""Vectors as speed and direction, and as components towards east and north.

Directions are nautical: degrees clockwise from north, of where things come *from* (winds, waves) or go *to* (currents).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import xarray as xr

Convention = Literal["from", "to"]


def to_components(
    speed: xr.DataArray, direction: xr.DataArray, convention: Convention
) -> tuple[xr.DataArray, xr.DataArray]:
    """Components towards east and north, in the unit of ``speed``."""
    import numpy as np

    angle = np.deg2rad(direction + 180.0 if convention == "from" else direction)
    return speed * np.sin(angle), speed * np.cos(angle)


def to_polar(
    east: xr.DataArray, north: xr.DataArray, convention: Convention
) -> tuple[xr.DataArray, xr.DataArray]:
    """Speed, and direction within 0 to 360 degrees; where nothing moves the direction is 0 (180 for ``from``)."""
    import numpy as np

    turn = 180.0 if convention == "from" else 0.0
    return np.hypot(east, north), (np.rad2deg(np.arctan2(east, north)) + turn) % 360.0  # type: ignore[return-value]
