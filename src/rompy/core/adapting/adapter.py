"""Adapter: brings data as they come to the conventions that their user counts on, and refuses what cannot be."""

import logging
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator
from typing_extensions import Self

from rompy.core.adapting.accumulation import Accumulated
from rompy.core.adapting.datum import Upward
from rompy.core.adapting.longitudes import Longitudes
from rompy.core.adapting.times import TimeAxis
from rompy.core.adapting.vectors import Convention
from rompy.core.filters import require_variables
from rompy.core.gaps import Missing, with_policy
from rompy.core.source.wanted import Limits, Wanted
from rompy.core.types import DatasetCoords, RompyBaseModel
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


def check_name(name: str, units: str | None) -> None:
    """Check a standard name, and that what is wanted in ``units`` can be that quantity.

    Raises:
        ConfigError: there is no such name, or the unit measures something else.
    """
    from rompy.core.adapting.standard_names import check_units, standard_name

    standard_name(name, "standard_name")
    if units is None:
        return
    try:
        check_units(units, name, "the result")
    except DataError as error:
        raise ConfigError(error.message, field="units", hint="Give a unit that can be converted.") from None


class Components(RompyBaseModel):
    """Speed and direction that become components."""

    speed: str
    """Name of the speed."""
    direction: str
    """Name of the direction (degrees clockwise from north)."""
    convention: Convention
    """Whether directions are those that things come ``from`` (winds, waves) or go ``to`` (currents)."""
    east: str
    """Name of the new component towards east."""
    north: str
    """Name of the new component towards north."""


class Polar(RompyBaseModel):
    """Components that become speed and direction."""

    east: str
    """Name of the component towards east."""
    north: str
    """Name of the component towards north."""
    convention: Convention
    """Whether directions shall be those that things come ``from`` or go ``to``."""
    speed: str
    """Name of the new speed."""
    direction: str
    """Name of the new direction (degrees clockwise from north)."""


class Adapter(RompyBaseModel):
    """What is done to data right after they are opened, before variables are chosen and filters applied.

    Names in ``variables`` are those of the data; everything after that uses the new names. Nothing is read before it
    is used, and packing of values that are changed is given up, since it would not fit them any more.
    """

    variables: dict[str, VariableRule] = Field(default_factory=dict)
    """What becomes of variables and coordinates, by their names in the data. Those not named stay as they are."""
    only_present: bool = False
    """Pass by those of ``variables`` that the data do not have, instead of refusing the data."""
    components: list[Components] = Field(default_factory=list)
    """Vectors to be resolved into components."""
    polar: list[Polar] = Field(default_factory=list)
    """Vectors to be given as speed and direction."""
    longitudes: Longitudes | None = None
    """Convention of longitudes to bring the data to; one of them is right for a domain across the date line."""
    ascending: bool = False
    """Turn coordinates that descend, as latitudes often do."""
    times: TimeAxis = Field(default_factory=TimeAxis)
    """What is demanded of the times."""
    missing: Missing = "ignore"
    """What becomes of missing values: raise, warn, ignore, or fill with ``fill_value``."""
    fill_value: float = 0.0
    """Value to fill missing ones with."""
    land: bool = True
    """Whether places without a value at the first time are land, where values may always be missing."""

    def __call__(self, ds: Any, coords: DatasetCoords | None = None) -> Any:
        """The data brought to the conventions; a DataArray comes back as one.

        Raises:
            DataError: a variable is not there, or units, directions, times or calendars do not fit.
        """
        import xarray as xr

        if isinstance(ds, xr.DataArray):
            rule = self.variables.get(str(ds.name))
            return self(ds.to_dataset(), coords)[(rule.name if rule else None) or ds.name]
        coords = coords or DatasetCoords()
        close = ds._close
        ds = self._described(ds, coords)
        for vector in self.components:
            ds = _resolved(ds, vector)
        for pair in self.polar:
            ds = _as_polar(ds, pair)
        if self.longitudes is not None:
            from rompy.core.adapting.longitudes import to_convention

            ds = to_convention(ds, coords.x or "longitude", self.longitudes)
        if self.ascending:
            ds = _ascending(ds)
        if coords.t:
            ds = self.times.adapt(ds, coords.t)
        ds = with_policy(ds, self.missing, self.fill_value, coords.t if self.land else None)
        ds.set_close(close)
        return ds

    def before(self, wanted: Wanted) -> Wanted:
        """What is wanted, in names and units of the data; what cannot be told beforehand is left open."""
        old = {rule.name: name for name, rule in self.variables.items() if rule.name}
        changed = {
            name
            for name, rule in self.variables.items()
            if rule.units or rule.negate or rule.positive or rule.datum_shift
        }
        coords = DatasetCoords(
            **{key: old.get(name, name) for key, name in wanted.coords.model_dump().items()}
        )
        ranges: dict[str, Limits] = {}
        for name, limits in wanted.ranges.items():
            turned = self.longitudes is not None and name == wanted.coords.x
            timed = name == wanted.coords.t and (
                self.times.changes or any(r.accumulated for r in self.variables.values())
            )
            if old.get(name, name) not in changed and not turned and not timed:
                ranges[old.get(name, name)] = limits
        made = {name: (v.speed, v.direction) for v in self.components for name in (v.east, v.north)}
        made |= {name: (v.east, v.north) for v in self.polar for name in (v.speed, v.direction)}
        names = [old.get(part, part) for name in wanted.variables for part in made.get(name, (name,))]
        if wanted.variables and (self.components or self.polar):
            # The others are made too, and need what they are made of.
            names += [old.get(part, part) for parts in made.values() for part in parts]
        return Wanted(tuple(dict.fromkeys(names)), ranges, coords)

    def _described(self, ds: "xr.Dataset", coords: DatasetCoords) -> "xr.Dataset":
        rules = {n: rule for n, rule in self.variables.items() if n in ds.variables or not self.only_present}
        require_variables(ds, rules)
        ds = _unpacked(ds)
        time = next((n for n, rule in rules.items() if rule.name == coords.t and coords.t), coords.t)
        for name, rule in rules.items():
            variable = _adapted(ds[name], rule, time)
            ds = ds.assign_coords({name: variable}) if name in ds.coords else ds.assign({name: variable})
        names = {name: rule.name for name, rule in rules.items() if rule.name and rule.name != name}
        try:
            return ds.rename(names)
        except ValueError as error:
            raise DataError(f"cannot rename: {error}", field="adapter") from error


def _adapted(array: "xr.DataArray", rule: VariableRule, time: str | None) -> "xr.DataArray":
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


def _unpacked(ds: "xr.Dataset") -> "xr.Dataset":
    """``ds`` with true values, where its source has left them packed."""
    if any("scale_factor" in v.attrs or "add_offset" in v.attrs for v in ds.variables.values()):
        import xarray as xr

        return xr.decode_cf(ds, decode_times=False, decode_coords=False)
    return ds


def _resolved(ds: "xr.Dataset", vector: Components) -> "xr.Dataset":
    from rompy.core.adapting.vectors import to_components
    from rompy.core.chunking import lazily

    require_variables(ds, [vector.speed, vector.direction])
    speed, direction = ds[vector.speed], ds[vector.direction]
    said = str(direction.attrs.get("standard_name", ""))
    other = "to" if vector.convention == "from" else "from"
    if f"_{other}_direction" in said:
        raise DataError(
            f"{vector.direction!r} is said to be where it is {vector.convention!r}, but the data call it {said!r}"
        )
    east, north = to_components(lazily(speed), lazily(direction), vector.convention)
    kept = {key: speed.attrs[key] for key in ("units",) if key in speed.attrs}
    return ds.drop_vars([vector.speed, vector.direction]).assign(
        {vector.east: east.assign_attrs(kept), vector.north: north.assign_attrs(kept)}
    )


def _as_polar(ds: "xr.Dataset", vector: Polar) -> "xr.Dataset":
    from rompy.core.adapting.vectors import to_polar
    from rompy.core.chunking import lazily

    require_variables(ds, [vector.east, vector.north])
    east, north = ds[vector.east], ds[vector.north]
    speed, direction = to_polar(lazily(east), lazily(north), vector.convention)
    kept = {key: east.attrs[key] for key in ("units",) if key in east.attrs}
    return ds.drop_vars([vector.east, vector.north]).assign(
        {vector.speed: speed.assign_attrs(kept), vector.direction: direction.assign_attrs(units="degree")}
    )


def _ascending(ds: "xr.Dataset") -> "xr.Dataset":
    for name, index in ds.indexes.items():
        if index.size > 1 and index.dtype.kind in "iufM" and index.is_monotonic_decreasing:
            ds = ds.isel({name: slice(None, None, -1)})
    return ds
