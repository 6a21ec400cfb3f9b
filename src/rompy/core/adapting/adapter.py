"""Adapter: brings data as they come to the conventions that their user counts on, and refuses what cannot be."""

from typing import TYPE_CHECKING, Any

from pydantic import Field

from rompy.core.adapting.longitudes import Longitudes
from rompy.core.adapting.missing import Missing, with_policy
from rompy.core.adapting.times import TimeAxis
from rompy.core.adapting.variable_rule import VariableRule, adapted
from rompy.core.adapting.vector_rules import Components, Polar, as_polar, resolved
from rompy.core.filters import require_variables
from rompy.core.source.wanted import Limits, Wanted
from rompy.core.types import DatasetCoords, RompyBaseModel
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr


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
            ds = resolved(ds, vector)
        for pair in self.polar:
            ds = as_polar(ds, pair)
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
            variable = adapted(ds[name], rule, time)
            ds = ds.assign_coords({name: variable}) if name in ds.coords else ds.assign({name: variable})
        names = {name: rule.name for name, rule in rules.items() if rule.name and rule.name != name}
        try:
            return ds.rename(names)
        except ValueError as error:
            raise DataError(f"cannot rename: {error}", field="adapter") from error


def _unpacked(ds: "xr.Dataset") -> "xr.Dataset":
    """``ds`` with true values, where its source has left them packed."""
    if any("scale_factor" in v.attrs or "add_offset" in v.attrs for v in ds.variables.values()):
        import xarray as xr

        return xr.decode_cf(ds, decode_times=False, decode_coords=False)
    return ds


def _ascending(ds: "xr.Dataset") -> "xr.Dataset":
    for name, index in ds.indexes.items():
        if index.size > 1 and index.dtype.kind in "iufM" and index.is_monotonic_decreasing:
            ds = ds.isel({name: slice(None, None, -1)})
    return ds
