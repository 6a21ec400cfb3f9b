"""Coordinate reference systems: which ones ANUGA can use, moving points between them, and where grid north is."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.errors import ConfigError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray
    from pyproj import CRS, Transformer

Floats = Any  # an array of floats of any shape; numpy's own alias needs the package at import

GEOGRAPHIC = "EPSG:4326"
"""Longitude and latitude, for data that say degrees and no more."""


@lru_cache(maxsize=64)
def known(text: str) -> CRS:
    """The system that a text means: ``EPSG:28355``, WKT, PROJ strings.

    Raises:
        ConfigError: PROJ does not know it.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    try:
        return CRS.from_user_input(text)
    except CRSError as error:
        raise ConfigError(
            f"{text!r} is not a coordinate reference system that PROJ knows",
            hint="Name it by its EPSG code, for example EPSG:28355.",
        ) from error


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


@lru_cache(maxsize=64)
def transformer(source: str, target: str) -> Transformer:
    """Moves x and y (longitude first) from one system to another."""
    from pyproj import Transformer

    return Transformer.from_crs(known(source), known(target), always_xy=True)


def moved(points: ArrayLike, source: str, target: str) -> NDArray[np.float64]:
    """Points of shape (n, 2) in another system; unchanged when both are the same."""
    points = np.asarray(points, dtype=float)
    if same(source, target):
        return points
    return np.column_stack(transformer(source, target).transform(points[:, 0], points[:, 1]))


def convergence(x: ArrayLike, y: ArrayLike, crs: str) -> NDArray[np.float64]:
    """Direction of true north seen on the grid, in radians clockwise from grid north, at points of a projected system.

    Zero on the central meridian of a transverse Mercator projection; east of it positive in the southern hemisphere
    and negative in the northern one (tables that give the grid's deviation from true north have the other sign).
    Found by a small step along the meridian, so that it holds for any projection. Zero for geographic systems.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    if not known(crs).is_projected:
        return np.zeros(np.broadcast(x, y).shape)
    to_degrees, back = transformer(crs, GEOGRAPHIC), transformer(GEOGRAPHIC, crs)
    lon, lat = to_degrees.transform(x, y)
    step = 1e-4  # degrees, about 11 m: small against the curvature of meridians, large against rounding
    x1, y1 = back.transform(lon, np.asarray(lat) + step)
    x0, y0 = back.transform(lon, np.asarray(lat) - step)
    return np.arctan2(np.asarray(x1) - x0, np.asarray(y1) - y0)


def rotated_to_grid(east: Floats, north: Floats, angle: Floats) -> tuple[Floats, Floats]:
    """Components towards true east and north turned into components along x and y of the grid.

    ``angle`` is that of :func:`convergence`: true north points to (sin angle, cos angle) on the grid and true east to
    (cos angle, -sin angle).
    """
    sin, cos = np.sin(angle), np.cos(angle)
    return cos * east + sin * north, cos * north - sin * east


def same(one: str, other: str) -> bool:
    """Whether two texts mean one system; the order in which an authority lists its axes does not matter."""
    return one == other or known(one).equals(known(other), ignore_axis_order=True)


def is_geographic(text: str) -> bool:
    """Whether coordinates are longitude and latitude."""
    return known(text).is_geographic


def text_of(crs: CRS) -> str:
    """A short text that means the system: its authority code, else WKT."""
    authority = crs.to_authority()
    return ":".join(authority) if authority else str(crs.to_wkt())
