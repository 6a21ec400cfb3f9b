"""Vertical datums: what heights are counted from, stated with the data and never guessed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.errors import ConfigError, DataError

if TYPE_CHECKING:
    import xarray as xr

ATTRIBUTE = "vertical_datum"
"""Attribute of a variable that names its datum, such as MSL, LAT or AHD."""


def datum_of(field: xr.DataArray) -> str | None:
    """The datum that a field states, if it states one."""
    stated = field.attrs.get(ATTRIBUTE)
    return None if stated is None else str(stated)


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
    own = datum_of(field)
    if own is not None and stated is not None and not _same(own, stated):
        raise ConfigError(f"{field.name!r} says that it is counted from {own}, not from {stated}")
    own = own or stated
    if own is None:
        raise DataError(
            f"{field.name!r} does not say what it is counted from, and {datum} is needed",
            hint=f"State its datum, even if that is {datum}: charts count from low tides, models from the mean.",
        )
    if _same(own, datum):
        if offset is not None:
            raise ConfigError(f"{field.name!r} is counted from {datum} already; an offset would move it")
        return field.assign_attrs({ATTRIBUTE: datum})
    if offset is None:
        raise DataError(
            f"{field.name!r} is counted from {own}, and {datum} is needed",
            hint=f"Give the offset: the height of {own} above {datum} at the place (m).",
        )
    moved = field - offset if _is_depth(field) else field + offset
    moved = moved.astype(field.dtype if field.dtype.kind == "f" else "float64").rename(field.name)
    return moved.assign_attrs({**field.attrs, ATTRIBUTE: datum})


def _same(one: str, other: str) -> bool:
    return one.strip().upper() == other.strip().upper()


def _is_depth(field: xr.DataArray) -> bool:
    positive = field.attrs.get("positive")
    if positive is not None:
        return str(positive).lower() == "down"
    return "depth" in str(field.attrs.get("standard_name", ""))
