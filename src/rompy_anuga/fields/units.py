"""Units that data come in, and what turns them into the ones the model wants."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from rompy.errors import DataError

FACTORS: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "m": {
            "m": 1.0,
            "metre": 1.0,
            "metres": 1.0,
            "meter": 1.0,
            "meters": 1.0,
            "cm": 0.01,
            "mm": 0.001,
            "km": 1000.0,
        },
        "m s-1": {
            "m s-1": 1.0,
            "m s**-1": 1.0,
            "m/s": 1.0,
            "m.s-1": 1.0,
            "km h-1": 1 / 3.6,
            "km/h": 1 / 3.6,
            "knot": 1852 / 3600,
            "knots": 1852 / 3600,
            "kt": 1852 / 3600,
        },
        "Pa": {
            "Pa": 1.0,
            "hPa": 100.0,
            "mbar": 100.0,
            "mb": 100.0,
            "millibar": 100.0,
            "millibars": 100.0,
            "kPa": 1000.0,
        },
        "mm h-1": {
            "mm h-1": 1.0,
            "mm h**-1": 1.0,
            "mm/h": 1.0,
            "mm/hr": 1.0,
            "mm hr-1": 1.0,
            "mm s-1": 3600.0,
            # A kilogram of fresh water on a square metre stands one millimetre high.
            "kg m-2 s-1": 3600.0,
            "kg m**-2 s**-1": 3600.0,
            "kg/m2/s": 3600.0,
            "kg m-2 h-1": 1.0,
            "m s-1": 3.6e6,
            "m s**-1": 3.6e6,
        },
        "s m-1/3": {"s m-1/3": 1.0, "s m^-1/3": 1.0, "s/m^(1/3)": 1.0, "s m-0.333": 1.0, "1": 1.0, "": 1.0},
    }
)
"""For each unit of the model, the factor by which values in another unit are multiplied."""


def factor(found: str | None, wanted: str, what: str) -> float:
    """The factor from one unit to another; data that state none are taken to be in the wanted one.

    Raises:
        DataError: the unit is not known here.
    """
    if found is None:
        return 1.0
    known = FACTORS[wanted]
    text = " ".join(found.split())
    if text in known:
        return known[text]
    lowered = {name.lower(): value for name, value in known.items()}
    if text.lower() in lowered:
        return lowered[text.lower()]
    raise DataError(
        f"{what} comes in {found!r}; {wanted} is wanted",
        hint=f"Known units: {', '.join(name for name in known if name)}. State the right one with units.",
    )
