"""What levels are measured from, and the CF standard names that say so.

CF has separate names for heights above mean sea level, above the geoid or a levelling datum, and above anything else
(https://cfconventions.org/standard-names.html, table 93).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class VerticalDatum:
    """A datum and how metadata speak of it."""

    name: str
    """As the case gives it; ``unknown`` when it does not."""
    bed_standard_name: str | None
    """None when CF has no name for a bed level above such a datum."""
    level_standard_name: str
    vertical_crs: str | None = None
    """EPSG code of heights above this datum."""
    is_geopotential: bool = False
    """Whether grid mappings name it as ``geopotential_datum_name``."""


LEVELLING = {
    "AHD": "EPSG:5711",
    "NAP": "EPSG:5709",
    "NAVD88": "EPSG:5703",
    "ODN": "EPSG:5701",
    "NZVD2016": "EPSG:7839",
    "DHHN2016": "EPSG:7837",
    "EVRF2007": "EPSG:5621",
}
"""National levelling datums and their EPSG codes."""


def vertical_datum(name: str) -> VerticalDatum:
    """The datum of that name, upper or lower case; one without a particular meaning if it is not known."""
    known = name.strip().upper()
    if known == "MSL":
        return VerticalDatum(
            name="MSL",
            bed_standard_name="height_above_mean_sea_level",
            level_standard_name="sea_surface_height_above_mean_sea_level",
            vertical_crs="EPSG:5714",
        )
    if known in LEVELLING:
        return VerticalDatum(
            name=known,
            bed_standard_name="height_above_geopotential_datum",
            level_standard_name="sea_surface_height_above_geopotential_datum",
            vertical_crs=LEVELLING[known],
            is_geopotential=True,
        )
    return VerticalDatum(
        name=name.strip() or "unknown",
        bed_standard_name=None,
        level_standard_name="water_surface_height_above_reference_datum",
    )
