"""Global attributes after the Attribute Convention for Data Discovery 1.3 (ACDD), without a clock.

Files that are made again from the same run must be the same files, so the moment of writing is left out unless
``SOURCE_DATE_EPOCH`` (https://reproducible-builds.org/specs/source-date-epoch/) fixes it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

import numpy as np

import rompy
from rompy.errors import PostprocessError
from rompy_anuga.postprocess.case_file import Case
from rompy_anuga.postprocess.sww import Floats
from rompy_anuga.postprocess.vertical_datum import vertical_datum


@dataclass(frozen=True)
class Origin:
    """What a result file says about where it comes from."""

    identity: str = ""
    """The run's identity; the case's name if empty."""
    model_version: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Global attributes of the user's, such as ``institution`` or ``license``; they win over ours."""
    input_sha256: str = ""
    """Digest of everything that was generated for the model: by it the record of the run is found again."""


@dataclass(frozen=True)
class Extent:
    """Where and when the values of a file lie."""

    lon: Floats
    lat: Floats
    bed: Floats
    """Levels, m, positive up."""
    seconds: Floats
    """Output times, seconds since the start."""


def global_attributes(
    case: Case, origin: Origin, extent: Extent, *, title: str, summary: str, step: str, earlier: str = ""
) -> dict[str, Any]:
    """All global attributes but ``Conventions``.

    Args:
        step: what the history says was done.
        earlier: history of what the file was made from; ours is added to it.
    """
    written = written_at()
    attributes: dict[str, Any] = {
        "title": title,
        "summary": summary,
        "id": origin.identity or case.name,
        "source": f"ANUGA {origin.model_version}".strip()
        + " (shallow-water equations, finite volumes on triangles)",
        "product_version": f"rompy {rompy.__version__}",
        "keywords": "oceans > coastal processes, oceans > tides > water level, oceans > ocean circulation > currents",
        "standard_name_vocabulary": "CF Standard Name Table v93",
        "vertical_datum": vertical_datum(case.vertical_datum).name,
        **_place(case, extent),
        **_period(case, extent.seconds),
    }
    if written:
        attributes["date_created"] = written
    if origin.input_sha256:
        attributes["rompy_input_sha256"] = origin.input_sha256
    attributes |= dict(origin.attributes)
    lines = [earlier, origin.attributes.get("history", ""), _history(step, written)]
    return attributes | {"history": "\n".join(line.rstrip("\n") for line in lines if line)}


def written_at() -> str | None:
    """The moment that ``SOURCE_DATE_EPOCH`` gives as ISO 8601; None when it is not set."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if not epoch:
        return None
    try:
        return iso(datetime.fromtimestamp(int(epoch), timezone.utc))
    except (ValueError, OverflowError, OSError):
        raise PostprocessError(
            f"SOURCE_DATE_EPOCH is {epoch!r}, which is not a number of seconds since 1970",
            hint="Unset it, or set it to a whole number.",
        ) from None


def iso(moment: datetime | np.datetime64) -> str:
    """A UTC moment in ISO 8601 to the second, ending in Z."""
    if isinstance(moment, np.datetime64):
        return f"{np.datetime_as_string(moment, unit='s')}Z"
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _history(step: str, written: str | None) -> str:
    line = f"rompy {rompy.__version__}: {step}"
    return f"{written} {line}" if written else line


def _place(case: Case, extent: Extent) -> dict[str, Any]:
    west, east = float(extent.lon.min()), float(extent.lon.max())
    south, north = float(extent.lat.min()), float(extent.lat.max())
    corners = [(south, west), (south, east), (north, east), (north, west), (south, west)]
    datum = vertical_datum(case.vertical_datum)
    attributes: dict[str, Any] = {
        "geospatial_lon_min": west,
        "geospatial_lon_max": east,
        "geospatial_lon_units": "degrees_east",
        "geospatial_lat_min": south,
        "geospatial_lat_max": north,
        "geospatial_lat_units": "degrees_north",
        "geospatial_bounds": "POLYGON ((" + ", ".join(f"{lat:.6f} {lon:.6f}" for lat, lon in corners) + "))",
        "geospatial_bounds_crs": "EPSG:4326",
        "geospatial_vertical_min": float(extent.bed.min()),
        "geospatial_vertical_max": float(extent.bed.max()),
        "geospatial_vertical_units": "m",
        "geospatial_vertical_positive": "up",
    }
    if datum.vertical_crs:
        attributes["geospatial_bounds_vertical_crs"] = datum.vertical_crs
    return attributes


def _period(case: Case, seconds: Floats) -> dict[str, str]:
    first, last = case.times(seconds[[0, -1]])
    attributes = {
        "time_coverage_start": iso(first),
        "time_coverage_end": iso(last),
        "time_coverage_duration": f"PT{seconds[-1] - seconds[0]:.12g}S",
    }
    if len(seconds) > 1:
        attributes["time_coverage_resolution"] = f"PT{np.median(np.diff(seconds)):.12g}S"
    return attributes
