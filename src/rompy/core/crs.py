"""Coordinate reference systems: what a text means, moving points between systems, and where grid north is."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.precision import finer
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
    return np.asarray(np.arctan2(finer(np.asarray(x1 - x0)), finer(np.asarray(y1 - y0))), dtype=float)


def rotated_to_grid(east: Floats, north: Floats, angle: Floats) -> tuple[Floats, Floats]:
    """Components towards true east and north turned into components along x and y of the grid.

    ``angle`` is that of :func:`convergence`: true north points to (sin angle, cos angle) on the grid and true east to
    (cos angle, -sin angle). The negative angle turns them back.
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


def near(longitudes: ArrayLike, centre: float) -> NDArray[np.float64]:
    """Longitudes counted within half a turn of a centre; those that are so already stay as they are to the last bit.

    >>> near([359.0, 181.0], 0.0).tolist()
    [-1.0, -179.0]
    """
    found = np.asarray(longitudes, dtype=float)
    return np.where(np.abs(found - centre) <= 180.0, found, (found - centre + 180.0) % 360.0 - 180.0 + centre)
