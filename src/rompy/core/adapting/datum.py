"""Vertical datums: what heights are counted from and which way, stated with the data and never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, cast

from rompy.errors import ConfigError, DataError

if TYPE_CHECKING:
    import xarray as xr

Upward = Literal["up", "down"]
"""Which way values count: heights up, depths down."""

ATTRIBUTE = "vertical_datum"
"""Attribute of a variable that names its datum, such as MSL, LAT or AHD."""


def datum_of(field: xr.DataArray) -> str | None:
    """The datum that a field states, if it states one."""
    stated = field.attrs.get(ATTRIBUTE)
    return None if stated is None else str(stated)


def direction_of(field: xr.DataArray) -> Upward | None:
    """Which way a field counts, by its attribute ``positive`` or by its standard name; None if neither says it.

    >>> import xarray as xr
    >>> direction_of(xr.DataArray(3.0, attrs={"standard_name": "sea_floor_depth_below_geoid"}))
    'down'
    """
    positive = str(field.attrs.get("positive", "")).lower()
    if positive in ("up", "down"):
        return cast(Upward, positive)
    return direction_of_name(str(field.attrs.get("standard_name", "")))


def direction_of_name(standard_name: str) -> Upward | None:
    """Which way a quantity counts by its standard name; None for what is no level."""
    words = standard_name.split("_")
    if "depth" in words:
        return "down"
    return "up" if {"height", "altitude", "elevation"} & set(words) and "wave" not in words else None


def described_datum(field: xr.DataArray, stated: str) -> xr.DataArray:
    """The field, saying what it is counted from.

    Raises:
        ConfigError: it says something else already.
    """
    own = datum_of(field)
    if own is not None and not same_datum(own, stated):
        raise ConfigError(f"{field.name!r} says that it is counted from {own}, not from {stated}")
    return field.assign_attrs({ATTRIBUTE: own or stated})


def referred_to(
    field: xr.DataArray, datum: str, offset: float | xr.DataArray | None = None, stated: str | None = None
) -> xr.DataArray:
    """Heights or depths counted from another datum, and saying so. Lazy.

    Args:
        field: heights (m, positive up), or depths, known by ``positive: down`` or the standard name of a depth.
        datum: what they are to be counted from.
        offset: height of the field's datum above ``datum`` (m), as a number or a field of its own: added to heights and
            taken from depths. With mean sea level 0.9 m above the lowest tide, 0.9 refers MSL to LAT.
        stated: datum of the field where it does not state one itself.

    Raises:
        DataError: nobody says what the field is counted from, or the offset between two datums is not given.
        ConfigError: what is stated contradicts the field, or an offset is given between a datum and itself.
    """
    own = datum_of(field if stated is None else described_datum(field, stated))
    if own is None:
        raise DataError(
            f"{field.name!r} does not say what it is counted from, and {datum} is needed",
            hint=f"State its datum, even if that is {datum} (source_datum in an adapter): charts count from low tides, "
            "models from the mean.",
        )
    if same_datum(own, datum):
        if offset is not None:
            raise ConfigError(f"{field.name!r} is counted from {datum} already; an offset would move it")
        return field.assign_attrs({ATTRIBUTE: datum})
    if offset is None:
        raise DataError(
            f"{field.name!r} is counted from {own}, and {datum} is needed",
            hint=f"Give the offset, the height of {own} above {datum} at the place (m): datum_shift in an adapter.",
        )
    moved = field - offset if direction_of(field) == "down" else field + offset
    moved = moved.astype(field.dtype if field.dtype.kind == "f" else "float64").rename(field.name)
    return moved.assign_attrs({**field.attrs, ATTRIBUTE: datum})


def same_datum(one: str, other: str) -> bool:
    """Whether two names mean one datum, however they are written."""
    return one.strip().upper() == other.strip().upper()
