"""Coordinate reference systems: those of rompy, and which ones ANUGA can use."""

from __future__ import annotations

from rompy.core.crs import (
    GEOGRAPHIC,
    convergence,
    is_geographic,
    known,
    moved,
    rotated_to_grid,
    same,
    text_of,
    transformer,
)
from rompy.errors import ConfigError

__all__ = [
    "GEOGRAPHIC",
    "convergence",
    "is_geographic",
    "known",
    "moved",
    "require_projected_metres",
    "rotated_to_grid",
    "same",
    "text_of",
    "transformer",
]


def require_projected_metres(text: str) -> str:
    """The text unchanged, once its system is known to be projected with both axes in metres.

    Raises:
        ConfigError: it is geographic, geocentric, or in feet.
    """
    crs = known(text)
    if not crs.is_projected:
        raise ConfigError(
            f"{text} ({crs.name}) is not projected; the model computes in metres on a plane",
            hint="Use the UTM zone or the national grid of the place, for example EPSG:28355 for 150 E, 37 S.",
        )
    units = {axis.unit_name for axis in crs.axis_info[:2]}
    if units != {"metre"}:
        raise ConfigError(f"{text} ({crs.name}) counts in {', '.join(sorted(units))}, not in metres")
    return text
