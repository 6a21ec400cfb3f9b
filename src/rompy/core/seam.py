"""Stretches of longitude across the seam of data: where 360 becomes 0, or 180 becomes -180.

A range such as -10 to 10 lies at both ends of data that count from 0 to 360. Its two halves are joined, counted as the
range counts them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.chunking import lazily
from rompy.core.labels import Labels
from rompy.core.types import Slice
from rompy.errors import CoverageError

if TYPE_CHECKING:
    import xarray as xr

_MARGIN = 2
"""Labels that are kept on either side of a range, for interpolation at its ends."""
_OUTDATED = ("valid_min", "valid_max", "valid_range", "actual_range")
"""Attributes of longitudes that are wrong once they are counted in another way."""


def across_seam(ds: xr.Dataset, name: str, ranges: list[Slice]) -> tuple[xr.Dataset, list[Slice]]:
    """``ds`` whose longitudes ``name`` count as the last of some ranges does, if it reaches across the seam.

    Comes with the ranges, those before the last counted in the same way. Data that have all that is to be had of the
    range, or no longitudes along a dimension, stay as they are. Lazy.
    """
    limits = _limits(ranges[-1])
    if limits is None or name not in ds.indexes or not Labels.of(ds, name).is_longitude:
        return ds, ranges
    labels = np.asarray(ds.indexes[name], dtype=float)
    if labels.size < 2 or (labels.min() <= limits[0] and limits[1] <= labels.max()):
        return ds, ranges
    step = float(np.abs(np.diff(labels)).max())
    middle = (limits[0] + limits[1]) / 2
    new = labels + 360 * np.ceil((middle - 180 - labels) / 360)  # whole turns, which add no rounding
    if not (_goes_round(labels, step) or _hits(new, limits, step) > _hits(labels, limits, step)):
        return ds, ranges
    joined = _joined(ds, name, new, (limits[0] - _MARGIN * step, limits[1] + _MARGIN * step))
    return joined, [*(_counted_like(range_, limits) for range_ in ranges[:-1]), ranges[-1]]


def counted_as_in(ds: xr.Dataset, name: str | None, x: np.ndarray, *, interpolating: bool) -> np.ndarray:
    """Longitudes of points counted as the labels ``name`` of data are; ``x`` itself where nothing is to be done.

    Args:
        interpolating: values between the labels are wanted, not those of the nearest.

    Raises:
        CoverageError: points lie between the last longitude of a globe and the first, and are to be interpolated.
    """
    if name is None or name not in ds.indexes or not Labels.of(ds.coords.to_dataset(), name).is_longitude:
        return x
    labels = np.asarray(ds.indexes[name], dtype=float)
    step = np.abs(np.diff(labels)).max() if labels.size > 1 else 0.0
    low, high = labels.min(), labels.max()
    turned = x
    for turn in (360.0, -360.0):
        misses = (turned < low - step) | (turned > high + step)
        fits = (turned + turn >= low - step / 2) & (turned + turn <= high + step / 2)
        turned = np.where(misses & fits, turned + turn, turned)
    goes_round = high - low + 1.5 * step >= 360.0
    if goes_round and interpolating and ((turned < low) | (turned > high)).any():
        raise CoverageError(
            f"points of the boundary lie between the last longitude of the data, {high:g}, and the first, {low:g}, "
            "one turn later",
            field="sel_method",
            hint="Use regrid: {method: bilinear} instead of sel_method, which knows that the globe is round.",
        )
    if goes_round:
        turned = _on_the_nearer_side(turned, low, high)
    return x if np.array_equal(turned, x) else turned


def _on_the_nearer_side(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """Longitudes in the seam of a globe, counted so that the nearest of its labels is told right."""
    in_gap = (x > high) & (x - high > low + 360.0 - x)
    x = np.where(in_gap, x - 360.0, x)
    in_gap = (x < low) & (low - x > x + 360.0 - high)
    return np.where(in_gap, x + 360.0, x)


def _limits(range_: Slice) -> tuple[float, float] | None:
    """Both ends of a range of numbers, in order."""
    if not all(isinstance(limit, (int, float)) for limit in (range_.start, range_.stop)):
        return None
    low, high = sorted((float(range_.start), float(range_.stop)))  # type: ignore[arg-type]
    return low, high


def _goes_round(labels: np.ndarray, step: float) -> bool:
    width = float(labels.max() - labels.min())
    return width < 360.001 and width + 1.5 * step >= 360


def _hits(labels: np.ndarray, limits: tuple[float, float], step: float) -> int:
    """How many labels lie in a range or next to it, those at one place counted once."""
    near = labels[(labels >= limits[0] - step) & (labels <= limits[1] + step)]
    return int(np.unique(near.round(6)).size)


def _joined(ds: xr.Dataset, name: str, new: np.ndarray, window: tuple[float, float]) -> xr.Dataset:
    """What lies in a window, in the order of the new labels; places that come twice are kept once."""
    import xarray as xr

    order = np.argsort(new, kind="stable")
    order = order[(new[order] >= window[0]) & (new[order] <= window[1])]
    order = order[np.concatenate([[True], np.diff(new[order]) > 1e-6])]
    parts = [
        _part(ds, name, new, run) for run in np.split(order, np.flatnonzero(np.abs(np.diff(order)) != 1) + 1)
    ]
    joined = parts[0]
    if len(parts) > 1:
        options: Any = {"data_vars": "minimal", "coords": "minimal", "compat": "override", "join": "override"}
        joined = xr.concat(parts, dim=name, combine_attrs="override", **options)
    joined.encoding = dict(ds.encoding)
    joined.set_close(ds._close)
    return joined


def _part(ds: xr.Dataset, name: str, new: np.ndarray, run: np.ndarray) -> xr.Dataset:
    """Neighbouring places of the data, with new labels; in chunks where their values are still in the file."""
    step = -1 if run.size > 1 and run[0] > run[-1] else 1
    stop = int(run[-1]) + step
    part = ds.isel({name: slice(int(run[0]), None if stop < 0 else stop, step)})
    old = part[name]
    label = old.copy(data=new[run].astype(old.dtype if old.dtype.kind == "f" else float))
    label.attrs = {key: value for key, value in old.attrs.items() if key not in _OUTDATED}
    label.encoding = {
        key: value for key, value in old.encoding.items() if key != "dtype" or old.dtype.kind == "f"
    }
    part = part.assign_coords({name: label})
    return part.assign({n: lazily(v) for n, v in part.data_vars.items() if name in v.dims})


def _counted_like(range_: Slice, limits: tuple[float, float]) -> Slice:
    """A range with whole turns added that bring it nearest to another one."""
    own = _limits(range_)
    if own is None:
        return range_
    turn = 360.0 * round((sum(limits) - sum(own)) / 720)
    return range_.model_copy(update={"start": own[0] + turn, "stop": own[1] + turn})
