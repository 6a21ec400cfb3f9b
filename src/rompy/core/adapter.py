"""Adapter: brings data as they come to the conventions that their user counts on, and refuses what cannot be."""

from typing import TYPE_CHECKING, Any

from pydantic import Field

from rompy.core.accumulation import Accumulated
from rompy.core.filters import require_variables
from rompy.core.gaps import Missing, with_policy
from rompy.core.longitudes import Longitudes
from rompy.core.source.wanted import Limits, Wanted
from rompy.core.times import TimeAxis
from rompy.core.types import DatasetCoords, RompyBaseModel
from rompy.core.vectors import Convention
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr


class VariableRule(RompyBaseModel):
    """What a variable is, and what becomes of it."""

    name: str | None = None
    """New name."""
    standard_name: str | None = None
    """CF standard name. Given to variables that have none; one that has another is refused."""
    units: str | None = None
    """Unit to convert to, as CF writes it, such as ``m s-1``."""
    source_units: str | None = None
    """The true unit of the data, where they state none or a wrong one."""
    accumulated: Accumulated | None = None
    """The values are sums over time and become mean rates per second."""
    negate: bool = False
    """Change the sign: heights positive up become depths positive down, and the other way round."""
    datum: str | None = None
    """Vertical datum that the values refer to in the end."""
    datum_shift: float = 0.0
    """What is added to get there, in ``units``: the height of the old datum above the new one."""


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
            from rompy.core.longitudes import to_convention

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
            name for name, rule in self.variables.items() if rule.units or rule.negate or rule.datum_shift
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
        require_variables(ds, self.variables)
        ds = _unpacked(ds)
        time = next((n for n, rule in self.variables.items() if rule.name == coords.t and coords.t), coords.t)
        for name, rule in self.variables.items():
            variable = _adapted(ds[name], rule, time)
            ds = ds.assign_coords({name: variable}) if name in ds.coords else ds.assign({name: variable})
        names = {name: rule.name for name, rule in self.variables.items() if rule.name and rule.name != name}
        try:
            return ds.rename(names)
        except ValueError as error:
            raise DataError(f"cannot rename: {error}", field="adapter") from error


def _adapted(array: "xr.DataArray", rule: VariableRule, time: str | None) -> "xr.DataArray":
    from rompy.core.accumulation import to_rate
    from rompy.core.chunking import lazily

    name, attrs = str(array.name), dict(array.attrs)
    stated = attrs.get("standard_name")
    if (
        rule.standard_name
        and stated not in (None, "", "unknown", rule.standard_name)
        and not rule.accumulated
    ):
        raise DataError(f"{name!r} is said to be {rule.standard_name!r}, but the data call it {stated!r}")
    if rule.source_units is not None:
        array = array.assign_attrs(units=rule.source_units)
    if rule.accumulated is not None:
        array = to_rate(lazily(array), time or "time", rule.accumulated)
    factor, summand = _line(array, rule, name)
    factor, summand = (-factor, -summand) if rule.negate else (factor, summand)
    if (factor, summand) != (1.0, 0.0):
        changed = lazily(array) * factor + summand
        array = changed.astype(array.dtype if array.dtype.kind == "f" else float).assign_attrs(array.attrs)
    news = {"standard_name": rule.standard_name, "units": rule.units, "vertical_datum": rule.datum}
    return array.assign_attrs({key: value for key, value in news.items() if value is not None})


def _line(array: "xr.DataArray", rule: VariableRule, name: str) -> tuple[float, float]:
    from rompy.core.units import scale_and_offset

    if rule.units is None:
        return 1.0, rule.datum_shift
    given = array.attrs.get("units")
    if given is None:
        raise DataError(
            f"{name!r} is to be in {rule.units!r}, but the data do not say what they are in",
            hint="State their unit: source_units",
        )
    factor, summand = scale_and_offset(str(given), rule.units, name)
    sign = -1.0 if rule.negate else 1.0  # the shift belongs to the values as they are in the end
    return factor, summand + sign * rule.datum_shift


def _unpacked(ds: "xr.Dataset") -> "xr.Dataset":
    """``ds`` with true values, where its source has left them packed."""
    if any("scale_factor" in v.attrs or "add_offset" in v.attrs for v in ds.variables.values()):
        import xarray as xr

        return xr.decode_cf(ds, decode_times=False, decode_coords=False)
    return ds


def _resolved(ds: "xr.Dataset", vector: Components) -> "xr.Dataset":
    from rompy.core.chunking import lazily
    from rompy.core.vectors import to_components

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
    from rompy.core.chunking import lazily
    from rompy.core.vectors import to_polar

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
