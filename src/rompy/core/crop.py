"""Cut a dataset to ranges of its coordinates, whatever their direction and kind, and never to nothing.

Names may be those of dimensions (also without labels), of other coordinates with any number of dimensions, and of data
variables along a single dimension, as the positions of stations often are. Both ends of a range are included.
Everything stays lazy except the coordinates themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.duration import parse_duration
from rompy.core.instant import instants_named, parse_instant
from rompy.core.types import Slice
from rompy.errors import ConfigError, CoverageError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)


class GridRange(Slice):
    """A range that a model grid needs data in, not one that a user chose.

    Where fewer than two labels of a dimension lie in it, as in coarse data, its neighbours are kept too, because one
    row or column has no spacing and nothing to interpolate between.
    """

    neighbours: bool = False
    """Keep the labels next to the range in any case, as interpolation at its ends needs them."""


_LONGITUDES = ("lon", "longitude", "nav_lon", "grid_longitude")


def as_slice(limits: Any, name: str = "crop") -> Slice:
    """A range from a Slice, a Python slice or a mapping with ``start`` and ``stop``, either of which may be missing.

    Raises:
        ConfigError: it is none of these.
    """
    if isinstance(limits, Slice):
        return limits
    if isinstance(limits, slice):
        return Slice(start=_plain(limits.start), stop=_plain(limits.stop))
    if isinstance(limits, Mapping) and limits and set(limits) <= {"start", "stop"}:
        return Slice(start=_plain(limits.get("start")), stop=_plain(limits.get("stop")))
    raise ConfigError(f"the range of {name!r} must have a start and a stop, not {limits!r}", field="crop")


def crop(ds: xr.Dataset, ranges: Mapping[str, Any]) -> xr.Dataset:
    """``ds`` cut to the ``ranges`` of the named coordinates; a list of ranges for a name means all of them together.

    Names that the data do not have are logged and passed by.

    Raises:
        CoverageError: nothing lies in a range, or nothing in all of them together; says what the data cover.
        ConfigError: a range does not fit the kind of its coordinate, or ends before it starts.
    """
    limits = {name: _all_slices(given, name) for name, given in ranges.items()}
    along = {name: slices for name, slices in limits.items() if name in ds.dims}
    ds = ds.isel({name: _compact(_inside_all(ds, name, slices)) for name, slices in along.items()})
    masks: dict[tuple[Any, ...], np.ndarray] = {}
    for name, slices in limits.items():
        if name not in along and _is_maskable(ds, name, slices):
            dims = ds[name].dims
            masks[dims] = masks.get(dims, True) & _inside_all(ds, name, slices)
            if not masks[dims].any():
                raise _nothing_together(", ".join(map(str, dims)), limits)
    for dims, mask in masks.items():
        ds = _masked(ds, dims, mask)
    return ds


@dataclass(frozen=True)
class Coordinate:
    """The labels of one coordinate, and which of them lie in a range."""

    name: str
    values: np.ndarray
    units: str
    is_longitude: bool
    """Whether the labels are degrees of longitude, which come round again after 360."""
    is_index: bool
    """Whether the labels run along a dimension of the same name, so that their order must be kept."""

    @classmethod
    def of(cls, ds: xr.Dataset, name: str) -> Coordinate:
        """The coordinate ``name`` of a dataset; dimensions without labels count from 0."""
        if name not in ds.variables:
            return cls(name, np.arange(ds.sizes[name]), "", False, True)
        variable = ds.variables[name]
        values = ds.indexes[name].to_numpy() if name in ds.indexes else np.asarray(variable.values)
        if values.dtype.kind in "Mm":
            # Ranges may reach beyond 2262, where nanoseconds end.
            values = values.astype(f"{values.dtype.kind}8[us]")
        units = str(variable.attrs.get("units", ""))
        longitude = (
            name.lower() in _LONGITUDES
            or variable.attrs.get("standard_name") == "longitude"
            or units.lower() in ("degrees_east", "degree_east")
        )
        return cls(name, values, units, longitude and values.dtype.kind in "iuf", name in ds.dims)

    def inside(self, range_: Slice) -> np.ndarray:
        """Which labels lie in a range, as a mask of at least one.

        Raises:
            CoverageError: none does.
            ConfigError: the range does not fit the labels.
        """
        low, high = self._limits(range_)
        mask = np.ones(self.values.shape, dtype=bool)
        if isinstance(range_, GridRange) and range_.neighbours and not self.is_index:
            if self.values.ndim < 2:
                return mask  # nothing tells which of scattered points are next to the range
            step = self._largest_step()
            low, high = (None if low is None else low - step), (None if high is None else high + step)
        if self.is_longitude and not self.is_index and low is not None and high is not None:
            # Stations stay where they are in the file, so that it does not matter from where their longitudes count.
            mask = (self.values - low) % 360 <= high - low
        else:
            with np.errstate(invalid="ignore"):
                mask &= True if low is None else self.values >= low
                mask &= True if high is None else self.values <= high
        if isinstance(range_, GridRange) and self.is_index and (mask.sum() < 2 or range_.neighbours):
            return self._with_neighbours(mask, low, high)
        if not mask.any():
            raise self._nothing(low, high)
        return mask

    def _largest_step(self) -> float:
        """The largest difference within a mesh of a grid; 0 for labels that are no numbers."""
        if self.values.dtype.kind not in "iuf":
            return 0.0
        step = 0.0
        for axis in range(self.values.ndim):
            found = np.abs(np.diff(self.values, axis=axis))
            found = found[found < 180] if self.is_longitude else found[np.isfinite(found)]
            step += float(found.max()) if found.size else 0.0
        return step

    def _with_neighbours(self, mask: np.ndarray, low: Any, high: Any) -> np.ndarray:
        """A mask of less than two labels and the ones on either side, if the range lies among the labels at all."""
        labels = self.values
        step = np.abs(np.diff(labels)).max() if labels.size > 1 and labels.dtype.kind in "iuf" else 0
        if (
            not step
            or low is None
            or high is None
            or high < labels.min() - step / 2
            or low > labels.max() + step / 2
        ):
            if not mask.any():
                raise self._nothing(low, high)
            return mask
        order = np.argsort(labels, kind="stable")
        first = np.searchsorted(labels[order], low, side="right") - 1
        last = np.searchsorted(labels[order], high, side="left")
        first, last = max(min(first, labels.size - 2), 0), min(max(last, 1), labels.size - 1)
        wider = np.zeros_like(mask)
        wider[order[first : last + 1]] = True
        logger.log(
            logging.WARNING if mask.sum() < 2 else logging.DEBUG,
            "%d of %r lie in %s to %s: %s to %s are kept, because the data come every %s",
            mask.sum(),
            self.name,
            *map(self._text, (low, high, labels[wider].min(), labels[wider].max(), step)),
        )
        return wider

    def _limits(self, range_: Slice) -> tuple[Any, Any]:
        low, high = self._label(range_.start, last=False), self._label(range_.stop, last=True)
        if low is None or high is None or low <= high:
            return low, high
        if self.is_index and self.values.size > 1 and self.values[0] > self.values[-1]:
            # Written in the direction of the coordinate, as label-based slices of descending ones have to be.
            return self._label(range_.stop, last=False), self._label(range_.start, last=True)
        raise ConfigError(
            f"the range of {self.name!r} ends at {self._text(high)}, before it starts at {self._text(low)}",
            field="crop",
        )

    def _label(self, limit: Any, *, last: bool) -> Any:
        """A limit of a range as something that compares with the labels."""
        if limit is None:
            return None
        kind, first = self.values.dtype.kind, self.values.flat[0] if self.values.size else None
        try:
            if kind == "M" or hasattr(first, "calendar"):
                named = instants_named(limit) if isinstance(limit, str) else [parse_instant(limit)] * 2
                return self._time(named[last])
            if kind == "m":
                return np.timedelta64(parse_duration(limit))
            if kind in "iuf":
                return float(limit)
            if isinstance(first, str) or kind in "US":
                return str(limit)
        except (TypeError, ValueError) as error:
            raise self._unfit(limit, str(error)) from None
        raise self._unfit(limit, f"labels of type {self.values.dtype} cannot be compared")

    def _time(self, moment: datetime) -> Any:
        first = self.values.flat[0]
        if hasattr(first, "calendar"):  # a cftime object
            return type(first)(*moment.timetuple()[:6], moment.microsecond)
        return np.datetime64(moment, "us")

    def _unfit(self, limit: Any, reason: str) -> ConfigError:
        what = {"M": "times", "m": "durations", "i": "numbers", "u": "numbers", "f": "numbers"}
        return ConfigError(
            f"the range of {self.name!r} holds {limit!r}, but its labels are "
            f"{what.get(self.values.dtype.kind, 'texts')} ({reason.splitlines()[0]})",
            field="crop",
        )

    def _nothing(self, low: Any, high: Any) -> CoverageError:
        labels = self.values.ravel()
        labels = np.sort(labels[labels == labels])  # NaN and NaT differ from themselves
        asked = f"{self._text(low)} to {self._text(high)}{self._unit}"
        if not labels.size:
            return CoverageError(f"the data hold no {self.name!r} at all; {asked} is asked for", field="crop")
        covered = f"{self._text(labels[0])} to {self._text(labels[-1])}{self._unit}"
        if high is not None and high < labels[0]:
            miss = f"which begins {self._gap(labels[0], high)} later"
        elif low is not None and low > labels[-1]:
            miss = f"which ends {self._gap(low, labels[-1])} earlier"
        else:
            after = int(np.searchsorted(labels, low))
            neighbours = labels[max(after - 1, 0) : after + 1]
            miss = f"but nothing between {' and '.join(map(self._text, neighbours))}{self._unit}"
        return CoverageError(
            f"no {self.name!r} of the data lies in {asked}: they cover {covered}, {miss}",
            hint=self._hint(low, high, labels),
        )

    def _hint(self, low: Any, high: Any, labels: np.ndarray) -> str | None:
        if self.is_longitude and low is not None and high is not None:
            for turn in (360.0, -360.0):
                if low + turn <= labels[-1] and high + turn >= labels[0]:
                    return (
                        f"{low + turn:g} to {high + turn:g} is the same stretch of longitudes and is covered: "
                        "bring the data and the grid to one convention, -180 to 180 or 0 to 360."
                    )
        return "Choose data that cover it, or check the order, the units and the names of the coordinates."

    def _gap(self, later: Any, earlier: Any) -> str:
        if self.values.dtype.kind in "Mm":
            return str((later - earlier).astype("timedelta64[s]").astype(object))
        if self.values.dtype.kind in "iuf":
            return f"{later - earlier:g}{self._unit}"
        return str(later - earlier) if hasattr(later, "calendar") else "somewhat"

    @property
    def _unit(self) -> str:
        known = self.units if self.values.dtype.kind in "iuf" else ""
        return f" {known}" if known and known != "1" else ""

    def _text(self, label: Any) -> str:
        if label is None:
            return "anywhere"
        if isinstance(label, np.datetime64):
            return str(label.astype("datetime64[s]"))
        if isinstance(label, np.timedelta64):
            return str(label.astype("timedelta64[s]").astype(object))
        return f"{label:g}" if isinstance(label, (int, float, np.number)) else str(label)


def _plain(limit: Any) -> Any:
    """A limit without numpy's or pandas' types, as descriptions hold plain values."""
    kind = getattr(getattr(limit, "dtype", None), "kind", "")
    if kind == "M" or isinstance(limit, datetime):
        return parse_instant(limit)
    return limit.item() if kind in ("i", "u", "f") else limit


def _all_slices(given: Any, name: str) -> list[Slice]:
    return [as_slice(limits, name) for limits in (given if isinstance(given, list) else [given])]


def _inside_all(ds: xr.Dataset, name: str, slices: list[Slice]) -> np.ndarray:
    coordinate = Coordinate.of(ds, name)
    mask = np.logical_and.reduce([coordinate.inside(range_) for range_ in slices])
    if not mask.any():
        raise _nothing_together(name, {name: slices})
    return mask


def _compact(mask: np.ndarray) -> slice | np.ndarray:
    """Positions of a mask, as a slice where they are one: slices of lazy data are read in one piece."""
    positions = np.flatnonzero(mask)
    first, last = int(positions[0]), int(positions[-1])
    return slice(first, last + 1) if last - first + 1 == positions.size else positions


def _is_maskable(ds: xr.Dataset, name: str, slices: list[Slice]) -> bool:
    """Whether the data can be cut by a name that is no dimension; says so in the log if not."""
    if name not in ds.variables:
        known = ", ".join(sorted({str(known) for known in (*ds.coords, *ds.dims)}))
        # Depths and other things that do not change are given the period of the run like all data.
        unneeded = _is_period(slices) and not any(_holds_times(c) for c in ds.coords.values())
        level = logging.DEBUG if unneeded else logging.WARNING
        logger.log(
            level, "the range of %r is ignored: the data have no such coordinate, only %s", name, known
        )
        return False
    if ds[name].ndim == 0:
        logger.debug("the range of %r is ignored: the data lie at one place", name)
        return False
    if name not in ds.coords and ds[name].ndim > 1:
        logger.warning(
            "the range of %r is ignored: it is a variable along %s, not a coordinate", name, ds[name].dims
        )
        return False
    return True


def _is_period(slices: list[Slice]) -> bool:
    return all(isinstance(limit, datetime) for range_ in slices for limit in (range_.start, range_.stop))


def _holds_times(coordinate: xr.DataArray) -> bool:
    return coordinate.dtype.kind == "M" or (
        coordinate.dtype.kind == "O" and "calendar" in coordinate.encoding
    )


def _masked(ds: xr.Dataset, dims: tuple[Any, ...], mask: np.ndarray) -> xr.Dataset:
    """``ds`` without what a mask leaves out; where that is not a whole row or column, values become missing."""
    import xarray as xr

    kept = {
        dim: _compact(np.any(mask, axis=tuple(i for i in range(mask.ndim) if i != axis)))
        for axis, dim in enumerate(dims)
    }
    ds = ds.isel(kept)
    if mask.ndim == 1:
        return ds
    inner = xr.DataArray(mask, dims=dims).isel(kept)
    affected = {name: v.where(inner) for name, v in ds.data_vars.items() if set(dims) <= set(v.dims)}
    return ds.assign({name: v.transpose(*ds[name].dims) for name, v in affected.items()})


def _nothing_together(along: str, limits: Mapping[str, list[Slice]]) -> CoverageError:
    ranges = ", ".join(
        f"{name} {range_.start} to {range_.stop}" for name, slices in limits.items() for range_ in slices
    )
    return CoverageError(
        f"nothing along {along} lies in all of these ranges together: {ranges}",
        hint="Each range alone holds something. Choose data that cover the run, or ranges that meet.",
    )
