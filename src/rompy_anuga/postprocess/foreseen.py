"""Stations that will lie outside the mesh, told before it is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np

from rompy.errors import ConfigError
from rompy_anuga.crs import GEOGRAPHIC, moved
from rompy_anuga.postprocess.station_point import StationPoint

if TYPE_CHECKING:
    from rompy_anuga.area import Area

_ON_THE_EDGE = 1e-3
"""Coordinates of the domain are written with millimetres (m)."""


def stations_outside(stations: Mapping[str, StationPoint], area: Area, crs: str) -> Iterator[ConfigError]:
    """An error for each station that is not in the area of the model, whose triangles fill just that."""
    from shapely import Point

    x0, y0, x1, y1 = area.extent
    for name, point in stations.items():
        given = np.array([[point.first, point.second]])
        x, y = (moved(given, GEOGRAPHIC, crs) if point.lon is not None else given)[0]
        distance = area.polygon.distance(Point(x, y))
        if distance <= _ON_THE_EDGE:
            continue
        yield ConfigError(
            f"station {name!r} ({point}) is outside the domain, {distance:,.0f} m from its nearest edge",
            field=f"postprocessor.stations.{name}",
            hint=f"Its place in {crs} is x {x:.1f}, y {y:.1f}; the domain covers x {x0:.0f} to {x1:.0f}, "
            f"y {y0:.0f} to {y1:.0f}.",
        )
