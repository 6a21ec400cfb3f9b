"""Filter: what is done to a dataset between opening and using it."""

import logging
from collections.abc import Callable, Hashable, Iterable, Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from pydantic import Field, PrivateAttr, field_validator
from typing_extensions import Self

from rompy.core.duration import parse_duration
from rompy.core.expression import Expression
from rompy.core.types import RompyBaseModel, Slice
from rompy.errors import ConfigError, DataError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

_KEYS = {
    "sort": ("coords",),
    "subset": ("data_vars",),
    "timenorm": ("interval", "reftime"),
    "derived": ("derived_variables",),
}
"""Keys that each step knows. ``crop`` and ``rename`` take names of the data instead."""


class Filter(RompyBaseModel):
    """Steps that are applied to a dataset in the order of the fields; empty ones do nothing.

    >>> import xarray as xr
    >>> ds = xr.Dataset({"u": ("x", [3.0, 6.0, 9.0])}, coords={"x": [30, 20, 10]})
    >>> cut = Filter(crop={"x": {"start": 15, "stop": 40}}, derived={"derived_variables": {"twice": "2 * u"}})
    >>> cut(ds).twice.values.tolist()
    [6.0, 12.0]
    """

    sort: dict[str, Any] | None = Field(default_factory=dict)
    """``coords``: name or names of coordinates to sort by, ascending."""
    subset: dict[str, Any] | None = Field(default_factory=dict)
    """``data_vars``: name or names of variables to keep."""
    crop: dict[str, Any] | None = Field(default_factory=dict)
    """A range with ``start`` and ``stop``, both included, by name of coordinate."""
    timenorm: dict[str, Any] | None = Field(default_factory=dict)
    """``reftime``: variable with the start of a forecast; ``interval``: unit of the lead time that replaces time."""
    rename: dict[str, Any] | None = Field(default_factory=dict)
    """New names by old names."""
    derived: dict[str, Any] | None = Field(default_factory=dict)
    """``derived_variables``: formulas by name of the new variable, such as ``hypot(u10, v10)``."""

    _within: dict[str, Slice] = PrivateAttr(default_factory=dict)
    """Ranges of the run that is being prepared; no part of the description."""
    _area: frozenset[str] = PrivateAttr(default=frozenset())
    """Which of them are the run's area, without which there is no telling what is needed."""

    @field_validator("sort", "subset", "timenorm", "derived")
    @classmethod
    def _known_keys(cls, value: dict[str, Any] | None, info: Any) -> dict[str, Any] | None:
        unknown = set(value or ()) - set(_KEYS[info.field_name])
        if unknown:
            raise ConfigError(
                f"{info.field_name} knows no {', '.join(map(repr, sorted(unknown)))}",
                hint=f"It takes: {', '.join(_KEYS[info.field_name])}",
            )
        return value

    @field_validator("crop", mode="before")
    @classmethod
    def _ranges(cls, value: Any) -> Any:
        from rompy.core.ranges import as_slice

        if not isinstance(value, Mapping):
            return value
        return {name: as_slice(limits, str(name)) for name, limits in value.items()}

    @field_validator("timenorm")
    @classmethod
    def _has_reftime(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        if value and not value.get("reftime"):
            raise ConfigError(_NO_REFTIME)
        return value

    @field_validator("derived")
    @classmethod
    def _formulas(cls, value: dict[str, Any] | None) -> dict[str, Any] | None:
        for name, text in ((value or {}).get("derived_variables") or {}).items():
            Expression.parse(text, str(name))
        return value

    def within(self, ranges: Mapping[str, Slice], *, area: bool = False) -> Self:
        """The same filter that keeps also to other ranges, by name, until it is told others for the same name.

        The new filter compares and dumps as this one does, since the ranges are none of the user's. Data without
        such a coordinate are passed by, as constant fields are by a period; those of an ``area`` must have it, and
        leave the filter with ascending labels, as models that read a corner and a spacing understand them.
        """
        other = self.model_copy()
        other._within = {**self._within, **ranges}
        other._area = self._area | set(ranges) if area else self._area - set(ranges)
        return other

    def without_ranges(self, *names: str) -> Self:
        """The same filter without the ranges that ``within`` added, for some names or for all."""
        other = self.model_copy()
        other._within = {name: limits for name, limits in self._within.items() if names and name not in names}
        return other

    def ignoring(self, name: str) -> Self:
        """The same filter without any range for a name, the user's included."""
        other = self.without_ranges(name)
        other.crop = {key: limits for key, limits in (self.crop or {}).items() if key != name}
        return other

    @property
    def ranges(self) -> dict[str, list[Slice]]:
        """All ranges to keep to, by name: those of ``crop``, and those added by ``within``."""
        from rompy.core.ranges import as_slice

        ranges = {name: [as_slice(limits, name)] for name, limits in (self.crop or {}).items()}
        for name, limits in self._within.items():
            ranges.setdefault(name, []).append(limits)
        return ranges

    def get_filter_fns(self) -> dict[str, Callable[..., "xr.Dataset"]]:
        """The functions behind the steps, by name and in order."""
        return {
            "sort": sort_filter,
            "subset": subset_filter,
            "crop": crop_filter,
            "timenorm": timenorm_filter,
            "rename": rename_filter,
            "derived": derived_filter,
        }

    def __call__(self, ds: Any) -> Any:
        """``ds`` after all steps; a DataArray comes back as one.

        Raises:
            CoverageError: a range selects nothing.
            DataError: a name is not in the data.
        """
        import xarray as xr

        if isinstance(ds, xr.DataArray):
            name = "data" if ds.name is None else str(ds.name)
            filtered = self(ds.to_dataset(name=name))[(self.rename or {}).get(name, name)]
            return filtered.rename(None) if ds.name is None else filtered
        for step, function in self.get_filter_fns().items():
            if step == "crop":
                ds, parameters = _within_reach(ds, self._ranges_in(ds))
            else:
                parameters = getattr(self, step)
            if parameters:
                ds = function(ds, **parameters)
            if step == "crop":
                ds = _ascending(ds, {self._name_in(ds, name) for name in self._area & set(self._within)})
        return ds

    def _ranges_in(self, ds: "xr.Dataset") -> dict[str, list[Slice]]:
        """All ranges by the names that a dataset has, without those of the run that it cannot have.

        Raises:
            DataError: it has not the coordinates of the run's area.
        """
        found: dict[str, list[Slice]] = {}
        for name, ranges in self.ranges.items():
            known = self._name_in(ds, name)
            if known in ds.variables or known in ds.dims or name in (self.crop or {}):
                found.setdefault(known, []).extend(ranges)
            elif name in self._area and name in self._within:
                raise DataError(
                    f"the data have no coordinate {name!r} to cut them to the area of the run",
                    field="coords",
                    hint=f"They have: {_listed({*ds.coords, *ds.dims})}. Name them: coords: {{x: ..., y: ...}}, or set "
                    "crop_data: false to use the data as they are.",
                )
        return found

    def _name_in(self, ds: "xr.Dataset", name: str) -> str:
        """What a coordinate is called before it is renamed, if that is what the filter does."""
        if name in ds.variables or name in ds.dims:
            return name
        return next((old for old, new in (self.rename or {}).items() if new == name), name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filter) and all(
            getattr(self, step) == getattr(other, step) for step in type(self).model_fields
        )


def _ascending(ds: "xr.Dataset", names: Iterable[str]) -> "xr.Dataset":
    """``ds`` with the labels of some dimensions ascending; lazy, as it only turns what descends."""
    turned = {}
    for name in sorted(names):
        labels = ds.indexes.get(name)
        if labels is not None and labels.size > 1 and labels.is_monotonic_decreasing:
            turned[name] = slice(None, None, -1)
    return ds.isel(turned)


def _within_reach(
    ds: "xr.Dataset", ranges: dict[str, list[Slice]]
) -> tuple["xr.Dataset", dict[str, list[Slice]]]:
    """``ds`` with longitudes joined where ranges reach across their seam, and the ranges for them.

    Raises:
        CoverageError, DataError: a range says what a run needs, and the data do not have all of it.
    """
    from rompy.core.reach import NeededArea, NeededPeriod
    from rompy.core.seam import across_seam

    cut: dict[str, list[Slice]] = {}
    for name, given in ranges.items():
        ds, cut[name] = across_seam(ds, name, given)
        for range_ in cut[name]:
            if isinstance(range_, (NeededArea, NeededPeriod)):
                range_.check(ds, name)
    return ds, cut


def names_of(value: str | Iterable[str] | None) -> list[str]:
    """A name or several as a list; nothing as an empty one."""
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def sort_filter(ds: "xr.Dataset", coords: str | Iterable[str] | None = None) -> "xr.Dataset":
    """Sort by each of the coordinates that the data have."""
    for name in names_of(coords):
        if name in ds.variables:
            ds = ds.sortby(name)
        else:
            logger.warning("cannot sort by %r: the data have only %s", name, _listed(ds.coords))
    return ds


def subset_filter(ds: "xr.Dataset", data_vars: str | Iterable[str] | None = None) -> "xr.Dataset":
    """Keep some variables.

    Raises:
        DataError: one does not exist.
    """
    names = names_of(data_vars)
    require_variables(ds, names)
    return ds[names] if names else ds


def crop_filter(ds: "xr.Dataset", /, **ranges: Any) -> "xr.Dataset":
    """Keep what lies in the ranges; see ``rompy.core.crop``."""
    from rompy.core.crop import crop

    return crop(ds, ranges)


def timenorm_filter(ds: "xr.Dataset", interval: str = "hour", reftime: str | None = None) -> "xr.Dataset":
    """Replace the dimension ``time`` by ``lead``, the time since the forecast began, in units of ``interval``.

    ``reftime`` names the variable that holds the beginning, kept as the coordinate ``init``.

    Raises:
        ConfigError: there is no ``reftime``.
        DataError: the data have no such variable or no ``time``.
    """
    import numpy as np

    if not reftime:
        raise ConfigError(_NO_REFTIME)
    require_variables(ds, ["time", reftime])
    unit = np.timedelta64(parse_duration(f"1 {interval}" if interval.isalpha() else interval))
    init = ds[reftime].squeeze(drop=True).reset_coords(drop=True)
    lead = (ds["time"] - init) / unit
    if bool((lead == lead.round()).all()):
        lead = lead.round().astype("int64")
    lead.attrs = {"long_name": f"time since init in units of one {interval}"}
    return ds.assign_coords(init=init, lead=lead).swap_dims(time="lead")


def rename_filter(ds: "xr.Dataset", /, **names: str) -> "xr.Dataset":
    """Give new names.

    Raises:
        DataError: an old name does not exist, or a new one is taken.
    """
    require_variables(ds, [name for name in names if name not in ds.dims])
    try:
        return ds.rename(names)
    except ValueError as error:
        raise DataError(f"cannot rename: {error}") from error


def derived_filter(ds: "xr.Dataset", derived_variables: Mapping[str, str] | None = None) -> "xr.Dataset":
    """Add variables computed by formulas, which may use the ones before them.

    Raises:
        ConfigError: a text is not a formula.
        DataError: a formula names a variable that does not exist, or cannot be computed.
    """
    for name, text in (derived_variables or {}).items():
        ds = ds.assign({name: Expression.parse(text, name).evaluate(ds)})
    return ds


def require_variables(ds: "xr.Dataset", names: Iterable[Hashable]) -> None:
    """Check that a dataset has some variables.

    Raises:
        DataError: it does not; lists what is asked for, what exists and what is missing.
    """
    asked = [str(name) for name in names]
    known = sorted(str(name) for name in ds.variables)
    missing = [name for name in asked if name not in known]
    if missing:
        close = [(name, get_close_matches(name, known, n=1)) for name in missing]
        guesses = " ".join(f"Did you mean {match[0]!r} for {name!r}?" for name, match in close if match)
        raise DataError(
            f"the data have no {', '.join(map(repr, missing))}",
            hint=f"Asked for: {', '.join(asked)}. Available: {', '.join(known)}. {guesses}".strip(),
        )


def _listed(names: Iterable[Hashable]) -> str:
    return ", ".join(sorted(map(str, names)))


_NO_REFTIME = "timenorm needs reftime: the name of the variable that holds the start of the forecast"
