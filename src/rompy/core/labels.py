"""The labels of a coordinate, of whatever kind and direction, and which of them lie in a range."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.duration import parse_duration
from rompy.core.instant import instants_named, parse_instant
from rompy.core.ranges import GridRange
from rompy.core.types import Slice
from rompy.errors import ConfigError, CoverageError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)

_LONGITUDES = ("lon", "longitude", "nav_lon", "grid_longitude")


@dataclass(frozen=True)
class Labels:
    """The labels of one coordinate, and which of them lie in a range."""

    name: str
    values: np.ndarray
    units: str
    is_longitude: bool
    """Whether the labels are degrees of longitude, which come round again after 360."""
    is_index: bool
    """Whether the labels run along a dimension of the same name, so that their order must be kept."""

    @classmethod
    def of(cls, ds: xr.Dataset, name: str) -> Labels:
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
