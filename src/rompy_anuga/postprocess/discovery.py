"""Global attributes of the result files of this model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rompy.postprocess import Coverage, Origin
from rompy_anuga.postprocess.case_file import Case
from rompy_anuga.postprocess.sww import Floats
from rompy_anuga.postprocess.vertical_datum import vertical_datum

KEYWORDS = "oceans > coastal processes, oceans > tides > water level, oceans > ocean circulation > currents"


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
    datum = vertical_datum(case.vertical_datum)
    coverage = Coverage(
        lon=_limits(extent.lon),
        lat=_limits(extent.lat),
        vertical=_limits(extent.bed),
        vertical_crs=datum.vertical_crs,
        times=case.times(extent.seconds),
    )
    return origin.described(
        title=title,
        summary=summary,
        step=step,
        coverage=coverage,
        earlier=[earlier],
        more={
            "id": origin.identity or case.name,
            "source": f"ANUGA {origin.model_version}".strip()
            + " (shallow-water equations, finite volumes on triangles)",
            "keywords": KEYWORDS,
            "standard_name_vocabulary": "CF Standard Name Table v93",
            "vertical_datum": datum.name,
        },
    )


def _limits(values: Floats) -> tuple[float, float]:
    return float(values.min()), float(values.max())
