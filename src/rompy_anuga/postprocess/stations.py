"""Time series at named points.

A station takes the values of the triangle that contains it: the scheme computes one value for each triangle, and
between a wet and a dry triangle nothing may be interpolated. A point outside the mesh is an error, since the nearest
triangle may be on the other side of a spit.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.atomic import replacing
from rompy.errors import PostprocessError
from rompy.postprocess import Origin
from rompy.postprocess.moments import iso
from rompy_anuga.crs import GEOGRAPHIC, moved
from rompy_anuga.postprocess.case_file import Case
from rompy_anuga.postprocess.discovery import Extent, global_attributes
from rompy_anuga.postprocess.locate import distance_to_mesh, face_at
from rompy_anuga.postprocess.netcdf_file import (
    LATITUDE,
    LONGITUDE,
    add_grid_mapping,
    add_time,
    add_variable,
    new_file,
    projection_attributes,
)
from rompy_anuga.postprocess.station_point import StationPoint
from rompy_anuga.postprocess.sww import Floats, Ints, Sww
from rompy_anuga.postprocess.vertical_datum import vertical_datum

if TYPE_CHECKING:
    import netCDF4

logger = logging.getLogger(__name__)

SERIES = ("water_level", "depth", "x_velocity", "y_velocity", "speed")

CSV_COLUMNS = (
    "station",
    "time_utc",
    "water_level_m",
    "depth_m",
    "x_velocity_m_s",
    "y_velocity_m_s",
    "speed_m_s",
)


@dataclass(frozen=True)
class Station:
    """A named point and the triangle that holds it."""

    name: str
    x: float
    y: float
    lon: float
    lat: float
    face: int
    bed_level: float
    """Bed level of the triangle, m above the datum."""


@dataclass(frozen=True)
class StationSeries:
    """What happened at a station; NaN while dry, except for the depth."""

    station: Station
    seconds: Floats
    """Model time, seconds since the start."""
    water_level: Floats
    depth: Floats
    x_velocity: Floats
    y_velocity: Floats
    speed: Floats


def place_stations(case: Case, points: Mapping[str, StationPoint]) -> list[Station]:
    """Find the triangle of each point in the output of a run, in the order given.

    Raises:
        PostprocessError: a point is outside the mesh; says by how far.
    """
    with Sww(case.sww) as output:
        nodes, faces, bed = output.nodes, output.faces, output.bed
    return [_placed(case, nodes, faces, bed, name, point) for name, point in points.items()]


def _placed(case: Case, nodes: Floats, faces: Ints, bed: Floats, name: str, point: StationPoint) -> Station:
    given = np.array([[point.first, point.second]])
    is_geographic = point.lon is not None
    x, y = (moved(given, GEOGRAPHIC, case.crs) if is_geographic else given)[0]
    lon, lat = (given if is_geographic else moved(given, case.crs, GEOGRAPHIC))[0]
    face = face_at(nodes, faces, x, y)
    if face is None:
        distance = distance_to_mesh(nodes, faces, x, y)
        raise PostprocessError(
            f"station {name!r} ({point}) is outside the mesh, {distance:,.0f} m from its nearest edge",
            field=f"stations.{name}",
            hint=f"Its place in {case.crs} is x {x:.1f}, y {y:.1f}; the mesh covers {_covered(nodes)}.",
        )
    lon = (lon + 180) % 360 - 180 if lon > 180 else lon
    return Station(name, float(x), float(y), float(lon), float(lat), face, float(bed[face]))


def _covered(nodes: Floats) -> str:
    (x0, y0), (x1, y1) = nodes.min(axis=0), nodes.max(axis=0)
    return f"x {x0:.0f} to {x1:.0f}, y {y0:.0f} to {y1:.0f}"


def read_series(ugrid: str | Path, stations: list[Station]) -> list[StationSeries]:
    """Read the series of all stations from a result file, one triangle at a time."""
    import netCDF4

    with netCDF4.Dataset(ugrid) as file:
        file.set_auto_mask(False)
        seconds = np.asarray(file["time"][:], dtype=np.float64)
        return [_read_one(file, station, seconds) for station in stations]


def _read_one(file: netCDF4.Dataset, station: Station, seconds: Floats) -> StationSeries:
    values = {name: np.asarray(file[name][:, station.face], dtype=np.float64) for name in SERIES}
    if np.isnan(values["water_level"]).all():
        logger.warning("station %s lies on a triangle that is never wet: its series are empty", station.name)
    return StationSeries(station, seconds, **values)


def write_station_file(
    case: Case, path: str | Path, series: list[StationSeries], origin: Origin, *, earlier: str = ""
) -> Path:
    """Write series as CF discrete sampling geometry (``featureType = timeSeries``); the same bytes for the same run.

    ``earlier`` is the history of the file that the series were read from.
    """
    stations = [one.station for one in series]
    with new_file(path) as file:
        file.setncatts({"Conventions": "CF-1.11, ACDD-1.3", "featureType": "timeSeries"})
        add_time(file, case, series[0].seconds)
        file.createDimension("station", len(stations))
        _add_names(file, [station.name for station in stations])
        _add_places(file, case, stations)
        add_grid_mapping(file, case)
        for name, attributes in _described(case).items():
            values = np.array([getattr(one, name) for one in series])
            add_variable(
                file, name, ("station", "time"), attributes, values, dtype="f4", has_gaps=name != "depth"
            )
        lon, lat, bed = (np.array([getattr(s, k) for s in stations]) for k in ("lon", "lat", "bed_level"))
        file.setncatts(
            global_attributes(
                case,
                origin,
                Extent(lon, lat, bed, series[0].seconds),
                title=f"{case.name}: water levels and currents at stations",
                summary=(
                    f"Water level, depth and depth-averaged velocity at {', '.join(s.name for s in stations)}: values "
                    "of the mesh triangle that contains the station."
                ),
                step="series at stations",
                earlier=earlier,
            )
        )
        file.setncattr("cdm_data_type", "TimeSeries")
    return Path(path)


def _add_names(file: netCDF4.Dataset, names: list[str]) -> None:
    """Station names as UTF-8 characters: variable-length strings would not be stored the same way each time."""
    encoded = [name.encode("utf-8") for name in names]
    length = max(map(len, encoded))
    file.createDimension("name_length", length)
    add_variable(
        file,
        "station_name",
        ("station", "name_length"),
        {"cf_role": "timeseries_id", "long_name": "name of the station", "_Encoding": "utf-8"},
        dtype="S1",
    )
    characters = np.array(encoded, dtype=f"S{length}").view("S1").reshape(len(names), length)
    variable = file["station_name"]
    variable.set_auto_chartostring(False)
    variable[...] = characters


def _add_places(file: netCDF4.Dataset, case: Case, stations: list[Station]) -> None:
    datum = vertical_datum(case.vertical_datum)
    bed = {
        "standard_name": datum.bed_standard_name,
        "long_name": "bed level of the triangle, positive up",
        "units": "m",
        "vertical_datum": datum.name,
        "coordinates": "lon lat x y station_name",
        "grid_mapping": "crs",
        "coverage_content_type": "modelResult",
    }
    described: dict[str, Mapping[str, Any]] = {
        "lon": LONGITUDE,
        "lat": LATITUDE,
        "x": projection_attributes("x"),
        "y": projection_attributes("y"),
        "bed_level": bed,
    }
    for name, attributes in described.items():
        add_variable(file, name, ("station",), attributes, [getattr(s, name) for s in stations])


def _described(case: Case) -> dict[str, dict[str, str | None]]:
    datum = vertical_datum(case.vertical_datum)
    names = {
        "water_level": (datum.level_standard_name, "water level", "m"),
        "depth": ("sea_floor_depth_below_sea_surface", "water depth", "m"),
        "x_velocity": ("sea_water_x_velocity", "depth-averaged velocity along x", "m s-1"),
        "y_velocity": ("sea_water_y_velocity", "depth-averaged velocity along y", "m s-1"),
        "speed": ("sea_water_speed", "depth-averaged current speed", "m s-1"),
    }
    return {
        name: {
            "standard_name": standard_name,
            "long_name": long_name,
            "units": units,
            "cell_methods": "time: point",
            "vertical_datum": datum.name if name == "water_level" else None,
            "coordinates": "lon lat x y station_name",
            "grid_mapping": "crs",
            "coverage_content_type": "modelResult",
        }
        for name, (standard_name, long_name, units) in names.items()
    }


def write_station_table(case: Case, path: str | Path, series: list[StationSeries]) -> Path:
    """Write all series as one CSV table, a row for each station and time; cells are empty while dry."""
    with replacing(path) as part, part.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(CSV_COLUMNS)
        for one in series:
            columns = [getattr(one, name) for name in SERIES]
            for moment, *values in zip(case.times(one.seconds), *columns, strict=True):
                writer.writerow([one.station.name, iso(moment), *map(_cell, values)])
    return Path(path)


def _cell(value: float) -> str:
    """Four decimals: tenths of a millimetre, finer than the 32-bit levels of the model at 100 m and more."""
    return "" if np.isnan(value) else f"{value:.4f}"
