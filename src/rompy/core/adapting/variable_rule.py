"""What a single variable is said to be, and what becomes of it: unit, sign, datum, and rates instead of sums."""

import logging
from typing import TYPE_CHECKING

from pydantic import model_validator
from typing_extensions import Self

from rompy.core.adapting.accumulation import Accumulated
from rompy.core.adapting.datum import Upward
from rompy.core.adapting.standard_names import check_name
from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError, DataError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)


class VariableRule(RompyBaseModel):
    """What a variable is, and what becomes of it."""

    name: str | None = None
    """New name."""
    standard_name: str | None = None
    """CF standard name, one of the official table. Given to variables that have none; one that has another is refused,
    and so is one whose unit does not measure that."""
    source_standard_name: str | None = None
    """What the data call themselves wrongly, so that it is no reason to refuse them."""
    units: str | None = None
    """Unit to convert to, as CF writes it, such as ``m s-1``."""
    source_units: str | None = None
    """The true unit of the data, where they state none or a wrong one."""
    accumulated: Accumulated | None = None
    """The values are sums over time and become mean rates per second: sums over each step (``per_step``), since a start
    (``since_start``), or over a length of time that ends at each value, such as ``1h``."""
    positive: Upward | None = None
    """Which way values count in the end: heights ``up``, depths ``down``. The sign of data that count the other way is
    changed."""
    source_positive: Upward | None = None
    """Which way the data count, where neither their attribute ``positive`` nor their standard name says it."""
    negate: bool = False
    """Change the sign, whatever the data say."""
    datum: str | None = None
    """Vertical datum that the values refer to in the end, such as MSL. Data of another one are refused without a
    ``datum_shift``, and so are data of none that is known."""
    source_datum: str | None = None
    """Vertical datum of the data, where they do not state it."""
    datum_shift: float | None = None
    """Height of the datum of the data above ``datum``, in the unit that values have in the end: added to heights, taken
    from depths."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.negate and self.positive is not None:
            raise ConfigError(
                "negate changes any sign, positive only the wrong one: give one of them", field="negate"
            )
        if self.datum_shift is not None and self.datum is None:
            raise ConfigError("datum_shift leads to a datum: name it with datum", field="datum_shift")
        if self.standard_name is not None:
            check_name(self.standard_name, self.units)
        return self


def adapted(array: "xr.DataArray", rule: VariableRule, time: str | None) -> "xr.DataArray":
    """The variable as its rule wants it; sums are told by the coordinate ``time``.

    Raises:
        DataError: its quantity, unit, direction or datum does not fit.
    """
    from rompy.core.adapting.accumulation import to_rate
    from rompy.core.chunking import lazily

    stated = str(array.attrs.get("standard_name") or "")
    if rule.source_units is not None:
        array = array.assign_attrs(units=rule.source_units)
    if rule.accumulated is not None:
        array = to_rate(lazily(array), time or "time", rule.accumulated)
    _check_quantity(array, rule, stated)
    array = _levelled(_converted(array, rule), rule)
    return array if rule.standard_name is None else array.assign_attrs(standard_name=rule.standard_name)


def _check_quantity(array: "xr.DataArray", rule: VariableRule, stated: str) -> None:
    """Check that data are what the rule says they are, by what they call themselves and by their unit.

    Args:
        stated: what the data call themselves.
    """
    if rule.standard_name is None:
        return
    from rompy.core.adapting.standard_names import check_units, find_standard_name

    name, wanted = str(array.name), find_standard_name(rule.standard_name)
    found = find_standard_name(stated)
    turned = (rule.positive or rule.negate) and _are_opposite(stated, rule.standard_name)
    known = turned or rule.accumulated or stated == rule.source_standard_name
    if found is not None and found != wanted and not known:
        raise DataError(
            f"{name!r} is said to be {rule.standard_name!r}, but the data call it {stated!r}",
            hint=f"If the data are wrong, say so with source_standard_name: {stated}",
        )
    if found is None and stated not in ("", "unknown"):
        logger.warning(
            "%r is taken for %s; %r, as the data call it, is no CF name", name, rule.standard_name, stated
        )
    units = array.attrs.get("units")
    check_units(None if units is None else str(units), rule.standard_name, name)


def _are_opposite(one: str, other: str) -> bool:
    """Whether one standard name is that of a height and the other that of a depth."""
    from rompy.core.adapting.datum import direction_of_name

    return {direction_of_name(one), direction_of_name(other)} == {"up", "down"}


def _converted(array: "xr.DataArray", rule: VariableRule) -> "xr.DataArray":
    """Values in the unit of the rule."""
    from rompy.core.adapting.units import scale_and_offset

    if rule.units is None:
        return array
    given = array.attrs.get("units")
    if given is None:
        raise DataError(
            f"{array.name!r} is to be in {rule.units!r}, but the data do not say what they are in",
            hint="State their unit: source_units",
        )
    factor, summand = scale_and_offset(str(given), rule.units, str(array.name))
    return _on_line(array, factor, summand).assign_attrs(units=rule.units)


def _levelled(array: "xr.DataArray", rule: VariableRule) -> "xr.DataArray":
    """Values that count the way and from the datum of the rule, and say so."""
    from rompy.core.adapting.datum import described_datum, direction_of, referred_to

    if rule.source_positive is not None:
        array = array.assign_attrs(positive=rule.source_positive)
    way = direction_of(array)
    if rule.positive is not None and way is None:
        raise DataError(
            f"{array.name!r} does not say whether it counts up or down, and is to count {rule.positive}",
            hint="State it: source_positive",
        )
    if rule.negate or (rule.positive is not None and way != rule.positive):
        array = _turned(array, way)
    elif rule.positive is not None:
        array = array.assign_attrs(positive=rule.positive)
    if rule.datum is None:
        return array if rule.source_datum is None else described_datum(array, rule.source_datum)
    return referred_to(array, rule.datum, rule.datum_shift, rule.source_datum)


def _turned(array: "xr.DataArray", way: Upward | None) -> "xr.DataArray":
    """Values of the other sign, without a name that would be wrong for them."""
    array = _on_line(array, -1.0, 0.0)
    if way is not None:
        array.attrs["positive"] = "up" if way == "down" else "down"
        array.attrs.pop("standard_name", None)
    return array


def _on_line(array: "xr.DataArray", factor: float, summand: float) -> "xr.DataArray":
    from rompy.core.chunking import lazily

    if (factor, summand) == (1.0, 0.0):
        return array
    changed = lazily(array) * factor + summand if summand else lazily(array) * factor
    return changed.astype(array.dtype if array.dtype.kind == "f" else float).assign_attrs(array.attrs)
