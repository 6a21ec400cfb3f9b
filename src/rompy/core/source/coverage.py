"""Whether data reach as far as is asked for, with the numbers when they do not."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from rompy.core.source.wanted import Wanted

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr


def shortfall(
    ds: xr.Dataset, wanted: Wanted, max_gap: timedelta | None, *, is_cut: bool = False
) -> str | None:
    """Why data do not cover the period and the area that are wanted, with no greater gap in time; None if they do.

    Longitudes of any convention are understood.

    Args:
        is_cut: the data were cut to what is wanted: the next label may lie beyond it, so that a step may be missing.
    """
    return _of_period(ds, wanted, max_gap, is_cut) or _of_area(ds, wanted, is_cut)


def _of_period(ds: xr.Dataset, wanted: Wanted, max_gap: timedelta | None, is_cut: bool) -> str | None:
    import numpy as np

    times = _values(ds, wanted.coords.t)
    start, end = (None if moment is None else np.datetime64(moment, "ns") for moment in wanted.period)
    if times is None or times.dtype.kind != "M":
        return None if start is None and max_gap is None else "its times are not known"
    times = np.sort(times.astype("datetime64[ns]"))
    if not times.size:
        return "it has no times"
    step = np.diff(times).min() if is_cut and times.size > 1 else np.timedelta64(0, "ns")
    if (start is not None and times[0] - step > start) or (end is not None and times[-1] + step < end):
        return f"it covers {_day(times[0])} to {_day(times[-1])}, not {_day(start)} to {_day(end)}"
    if max_gap is None or times.size < 2:
        return None
    first = 0 if start is None else max(int(np.searchsorted(times, start, "right")) - 1, 0)
    last = times.size if end is None else int(np.searchsorted(times, end, "left")) + 1
    gaps = np.diff(times[first:last])
    if gaps.size and gaps.max() > np.timedelta64(max_gap):
        where = first + int(gaps.argmax())
        hours = gaps.max() / np.timedelta64(1, "h")
        return f"it has a gap of {hours:g} hours after {_day(times[where])}, more than {max_gap} are not accepted"
    return None


def _of_area(ds: xr.Dataset, wanted: Wanted, is_cut: bool) -> str | None:
    for name, limits in zip((wanted.coords.x, wanted.coords.y), wanted.box, strict=True):
        values = _values(ds, name)
        if values is None or not values.size or not all(isinstance(limit, (int, float)) for limit in limits):
            continue
        step = _step(values) if is_cut else 0.0
        low, high = float(values.min()) - step, float(values.max()) + step
        turns = (0, 360, -360) if name == wanted.coords.x else (0,)
        is_global = name == wanted.coords.x and _spans_the_globe(values)
        if not is_global and not any(low <= limits[0] + turn and limits[1] + turn <= high for turn in turns):
            return f"its {name} covers {low:g} to {high:g}, not {limits[0]:g} to {limits[1]:g}"
    return None


def _spans_the_globe(values: np.ndarray) -> bool:

    if values.ndim != 1 or values.size < 3:
        return False
    step = _step(values)
    width = float(values.max() - values.min())
    return width <= 360.001 and width + step >= 359.999


def _step(values: np.ndarray) -> float:
    """The usual distance between neighbouring labels; zero if there are no neighbours."""
    import numpy as np

    return float(np.median(np.abs(np.diff(np.sort(values))))) if values.ndim == 1 and values.size > 1 else 0.0


def _values(ds: xr.Dataset, name: str | None) -> Any:
    return ds.coords[name].values if name is not None and name in ds.coords else None


def _day(moment: Any) -> str:
    return "any time" if moment is None else str(moment)[:16].replace("T", " ")
