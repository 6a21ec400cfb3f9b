"""Units of measurement, as CF writes them, through pint and cf-xarray: checked and converted."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from rompy.errors import ConfigError, DataError

_SPELLINGS = (
    "@alias degree_Celsius = degrees_C = degree_C = deg_C",
    "@alias degree = degrees_true = degree_true",
)
"""Spellings of UDUNITS that files of the ocean use, and cf-xarray does not know."""


def scale_and_offset(given: str, wanted: str, name: str) -> tuple[float, float]:
    """The straight line from values in one unit to values in another, as factor and summand.

    Raises:
        DataError: the data's unit is not known, or measures something else than what is wanted.
        ConfigError: the unit that is wanted is not known.
    """
    if given == wanted:
        return 1.0, 0.0
    source = _quantity(given)
    if source is None:
        raise DataError(
            f"{name!r} is in {given!r}, which is no known unit", hint="State the true one: source_units"
        )
    target = _quantity(wanted)
    if target is None:
        raise ConfigError(f"{wanted!r} is no known unit", field="units")
    (source_scale, source_unit), (target_scale, target_unit) = source, target
    if source_unit.dimensionality != target_unit.dimensionality:
        raise DataError(
            f"{name!r} is in {given!r} ({_measures(source_unit)}), which cannot become {wanted!r} "
            f"({_measures(target_unit)})",
            hint="Check which variable is meant; if the data state a wrong unit, give the true one: source_units",
        )
    registry = _registry()
    zero, one = (
        float(registry.Quantity(value * source_scale, source_unit).to(target_unit).magnitude) / target_scale
        for value in (0.0, 1.0)
    )
    return one - zero, zero


def per_second(unit: str) -> str:
    """The unit of a rate of what is measured in ``unit``."""
    return "s-1" if unit in ("", "1") else f"{unit} s-1"


def measure(unit: str) -> str | None:
    """What a unit measures, in words such as ``length / time``; None for what is no known unit."""
    found = _quantity(unit)
    return None if found is None else _measures(found[1])


def same_measure(one: str, other: str) -> bool:
    """Whether two units measure the same, so that one can be converted into the other."""
    first, second = _quantity(one), _quantity(other)
    return first is not None and second is not None and first[1].dimensionality == second[1].dimensionality


def _quantity(text: str) -> tuple[float, Any] | None:
    """A unit as pint knows it, with a number before it as in ``1e-3 s-1``; None for what is not known."""
    registry = _registry()
    first, _, rest = text.strip().partition(" ")
    try:
        number, text = float(first), rest
    except ValueError:
        number = 1.0
    try:
        return number, registry.Unit(text or "1")
    except Exception:  # noqa: BLE001 - pint raises its own, tokenize's and others for texts that are no units
        return None


def _measures(unit: Any) -> str:
    return str(unit.dimensionality).replace("[", "").replace("]", "")


@lru_cache(maxsize=1)
def _registry() -> Any:
    import cf_xarray.units

    registry = cf_xarray.units.units
    for line in _SPELLINGS:
        registry.define(line)
    return registry
