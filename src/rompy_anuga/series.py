"""Series of water level for the period of a run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np

from rompy.core.filters import Filter
from rompy.core.types import DatasetCoords, Slice
from rompy.errors import DataError
from rompy_anuga.datum import Stated, check_datum
from rompy_anuga.period import Period, text_of

if TYPE_CHECKING:
    import xarray as xr


class SeriesSettings(Stated, Protocol):
    """What a boundary condition says about its series; see ``WaterLevel``."""

    source: Any
    variable: str | None
    coords: DatasetCoords | None
    filter: Filter | None
    units: str | None
    offset: float
    max_gap: timedelta | None


@dataclass(frozen=True)
class Levels:
    """Water levels (m above the datum of the run) at times (UTC), from before the start to after the end of a run."""

    times: Any
    values: Any

    def at(self, moment: np.datetime64) -> float:
        """The level at a moment, linear between the times."""
        seconds = (self.times - self.times[0]) / np.timedelta64(1, "s")
        return float(np.interp((moment - self.times[0]) / np.timedelta64(1, "s"), seconds, self.values))

    def write(self, path: Path) -> None:
        """Write them as ``water_level(time)``."""
        import xarray as xr

        from rompy.core.netcdf import write_netcdf
        from rompy_anuga import cf

        level = xr.DataArray(
            self.values,
            {"time": ("time", self.times, cf.AXIS_ATTRS["time"])},
            ("time",),
            attrs={"units": "m", "positive": "up", "long_name": "water level above the vertical datum"},
        )
        write_netcdf(xr.Dataset({"water_level": level}, attrs=cf.CONVENTIONS), path)


def read_levels(boundary: SeriesSettings, period: Period, field: str, datum: str | None = None) -> Levels:
    """The levels of a boundary condition.

    Args:
        datum: what levels of the run are above, if that is said.

    Raises:
        DataError: no such variable, more than a series, an unknown unit, missing values, another datum.
        CoverageError: the series does not cover the period; tells both.
    """
    from rompy_anuga.fields.units import factor

    time = (boundary.coords.t if boundary.coords else None) or "time"
    ranges = {time: _range_to_ask_for(boundary, time, period, field)}
    filters = (boundary.filter or Filter()).within(
        {name: limits for name, limits in ranges.items() if limits}
    )
    data = boundary.source.open(filters=filters, coords=boundary.coords)
    series = _along_time_alone(_series_of(data, boundary.variable, field), time, field)
    times = series[time].to_numpy()
    what = f"the series {series.name!r}"
    check_datum(series, datum, boundary, what, field)
    steps = period.steps_of(times, what, field)
    period.check_gaps(times, boundary.max_gap, what, field)
    scale = factor(boundary.units or series.attrs.get("units"), "m", what)
    values = series[steps].to_numpy().astype(float) * scale + boundary.offset
    missing = ~np.isfinite(values)
    if missing.any():
        raise DataError(
            f"{what} has no value at {missing.sum()} of {len(values)} times, "
            f"the first at {text_of(times[steps][missing][0])}",
            field=field,
        )
    return Levels(times[steps].astype("datetime64[ns]"), values)


def _along_time_alone(series: xr.DataArray, time: str, field: str) -> xr.DataArray:
    """A series without dimensions of a single entry.

    Raises:
        DataError: it has no times, or runs along something else too.
    """
    if time not in series.coords:
        there = ", ".join(map(str, series.coords)) or "none"
        raise DataError(
            f"the series has no time coordinate {time!r}",
            field=field,
            hint=f"Coordinates: {there}. Name it with coords.",
        )
    along = series[time].dims
    series = series.squeeze([d for d in series.dims if series.sizes[d] == 1 and d != along[0]], drop=True)
    if series.dims != series[time].dims:
        raise DataError(
            f"{series.name!r} is not a series in time alone; it runs along {', '.join(map(str, series.dims))}",
            field=field,
            hint="Select one place with filter.",
        )
    return series


def _range_to_ask_for(boundary: SeriesSettings, time: str, period: Period, field: str) -> Slice | None:
    """The range that brackets the period: from the series' own times, or the period for sources that make theirs.

    Without times of that name there is none, since a filter may make them.
    """
    coordinates = boundary.source.coordinates
    if time not in coordinates:
        return None
    times = np.atleast_1d(coordinates[time].to_numpy())
    if len(times) == 2 and not period.is_within(times):
        # A source that makes its times when asked shows two, just to tell its step.
        return Slice(start=_datetime(period.start), stop=_datetime(period.end))
    steps = period.steps_of(times, "the series", field)
    # Looked at among all times: a gap as long as the run leaves but two of them.
    period.check_gaps(times, boundary.max_gap, "the series", field)
    times = times[steps]
    return Slice(start=_datetime(times[0]), stop=_datetime(times[-1]))


def _datetime(moment: np.datetime64) -> datetime:
    return cast("datetime", moment.astype("datetime64[us]").item())


def _series_of(data: xr.Dataset | xr.DataArray, variable: str | None, field: str) -> xr.DataArray:
    dataset: Any = data if hasattr(data, "data_vars") else data.to_dataset(name=data.name or "water_level")
    names = sorted(map(str, dataset.data_vars))
    if variable is None and len(names) == 1:
        variable = names[0]
    if variable is None or variable not in names:
        asked = "no variable is named" if variable is None else f"there is no variable {variable!r}"
        raise DataError(asked, field=f"{field}.variable", hint=f"Variables: {', '.join(names) or 'none'}")
    series: xr.DataArray = dataset[variable]
    return series
