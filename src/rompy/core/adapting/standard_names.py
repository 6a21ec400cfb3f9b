"""CF standard names and the units that belong to them, from the official table.

The table is that of cfconventions.org, aliases included, as the package ``cchdo.params`` brings it along: nothing is
looked up on the network. Reading it takes about half a second, so that it is only read when a name is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from rompy.errors import ConfigError, DataError

_MODIFIERS = {
    "detection_minimum": True,
    "number_of_observations": False,
    "standard_error": True,
    "status_flag": False,
}
"""What may follow a name (CF conventions, appendix C), and whether the units are still those of the name."""


@dataclass(frozen=True)
class StandardName:
    """A quantity of the table."""

    name: str
    """Its present name, where an alias was given."""
    units: str | None
    """Canonical units; None for what is not measured, such as names of platforms."""


def find_standard_name(text: str) -> StandardName | None:
    """The quantity that a name or an alias stands for; None for what the table does not have.

    >>> find_standard_name("sea_surface_elevation")
    StandardName(name='sea_surface_height_above_geoid', units='m')
    """
    name, *modifiers = text.split() or [""]
    entry = _table().get(name)
    if entry is None or len(modifiers) > 1 or not set(modifiers) <= set(_MODIFIERS):
        return None
    measured = all(_MODIFIERS[modifier] for modifier in modifiers)
    return StandardName(
        " ".join([entry.name, *modifiers]), (entry.canonical_units or None) if measured else None
    )


def standard_name(text: str, field: str | None = None) -> StandardName:
    """The quantity that a name or an alias stands for.

    Raises:
        ConfigError: the table has no such name; suggests those that look like it.
    """
    found = find_standard_name(text)
    if found is None:
        close = get_close_matches(text, _table(), n=3)
        raise ConfigError(
            f"{text!r} is no CF standard name" + (f". Did you mean {close[0]!r}?" if close else ""),
            field=field,
            hint=f"Names like it: {', '.join(close)}"
            if close[1:]
            else "The table: https://cfconventions.org",
        )
    return found


def check_units(given: str | None, name: str, variable: str) -> None:
    """Check that data in some unit can be a quantity.

    Args:
        given: unit of the data; None if they state none.
        name: standard name of the quantity.
        variable: name of the data, for messages.

    Raises:
        DataError: the unit is missing or unknown, or measures something else.
    """
    from rompy.core.adapting.units import measure, same_measure

    quantity = find_standard_name(name)
    if quantity is None or quantity.units is None or measure(quantity.units) is None:
        return
    if given is None:
        if not same_measure(quantity.units, "1"):
            raise DataError(
                f"{variable!r} does not say what it is in; {name} is measured in {quantity.units!r}",
                hint="State its unit: source_units",
            )
        return
    if " since " in given:  # times, which are not measured in seconds alone
        return
    if measure(given) is None:
        raise DataError(
            f"{variable!r} is in {given!r}, which is no known unit; {name} is measured in {quantity.units!r}",
            hint="State the true one: source_units",
        )
    if not same_measure(given, quantity.units):
        raise DataError(
            f"{variable!r} is in {given!r} ({measure(given)}), but {name} is measured in {quantity.units!r} "
            f"({measure(quantity.units)})",
            hint="Check which variable is meant; if the data state a wrong unit, give the true one: source_units",
        )


def check_name(name: str, units: str | None) -> None:
    """Check a standard name, and that what is wanted in ``units`` can be that quantity.

    Raises:
        ConfigError: there is no such name, or the unit measures something else.
    """
    standard_name(name, "standard_name")
    if units is None:
        return
    try:
        check_units(units, name, "the result")
    except DataError as error:
        raise ConfigError(error.message, field="units", hint="Give a unit that can be converted.") from None


def _table() -> Any:
    from cchdo.params import CFStandardNames

    return CFStandardNames
