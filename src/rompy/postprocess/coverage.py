"""Where and when the values of a file lie, as attributes of ACDD 1.3 tell it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

Span = tuple[float, float]

_EAST = ("degrees_east", "degree_east", "degrees_E", "degree_E", "degreesE", "degreeE")
_NORTH = ("degrees_north", "degree_north", "degrees_N", "degree_N", "degreesN", "degreeN")


@dataclass(frozen=True)
class Coverage:
    """Limits of the values of a file; what is not known is None."""

    lon: Span | None = None
    """West and east, degrees."""
    lat: Span | None = None
    """South and north, degrees."""
    vertical: Span | None = None
    """Lowest and highest, m."""
    positive: Literal["up", "down"] = "up"
    vertical_crs: str | None = None
    """EPSG code of the vertical system."""
    times: np.ndarray | None = None
    """All times of the file, UTC, increasing."""

    @classmethod
    def of(cls, ds: xr.Dataset) -> Coverage:
        """Of a dataset, by its CF coordinates: longitudes, latitudes, a vertical axis and times."""
        vertical, positive = _vertical(ds)
        return cls(
            lon=_limits(_found(ds, "longitude", _EAST)),
            lat=_limits(_found(ds, "latitude", _NORTH)),
            vertical=vertical,
            positive=positive,
            times=_times(ds),
        )

    def attributes(self) -> dict[str, Any]:
        """The attributes ``geospatial_*`` and ``time_coverage_*``."""
        return {**self._place(), **self._depths(), **self._period()}

    def _place(self) -> dict[str, Any]:
        if self.lon is None or self.lat is None:
            return {}
        (west, east), (south, north) = self.lon, self.lat
        corners = [(south, west), (south, east), (north, east), (north, west), (south, west)]
        return {
            "geospatial_lon_min": west,
            "geospatial_lon_max": east,
            "geospatial_lon_units": "degrees_east",
            "geospatial_lat_min": south,
            "geospatial_lat_max": north,
            "geospatial_lat_units": "degrees_north",
            "geospatial_bounds": "POLYGON ((" + ", ".join(f"{y:.6f} {x:.6f}" for y, x in corners) + "))",
            "geospatial_bounds_crs": "EPSG:4326",
        }

    def _depths(self) -> dict[str, Any]:
        if self.vertical is None:
            return {}
        told = {
            "geospatial_vertical_min": self.vertical[0],
            "geospatial_vertical_max": self.vertical[1],
            "geospatial_vertical_units": "m",
            "geospatial_vertical_positive": self.positive,
        }
        return told | ({"geospatial_bounds_vertical_crs": self.vertical_crs} if self.vertical_crs else {})

    def _period(self) -> dict[str, str]:
        if self.times is None or not len(self.times):
            return {}
        import numpy as np

        from rompy.postprocess.moments import iso

        times = self.times.astype("datetime64[ns]")
        seconds = (times - times[0]) / np.timedelta64(1, "s")
        told = {
            "time_coverage_start": iso(times[0]),
            "time_coverage_end": iso(times[-1]),
            "time_coverage_duration": f"PT{seconds[-1]:.12g}S",
        }
        if len(times) > 1:
            told["time_coverage_resolution"] = f"PT{np.median(np.diff(seconds)):.12g}S"
        return told


def _found(ds: xr.Dataset, standard_name: str, units: tuple[str, ...]) -> Iterator[xr.Variable]:
    for variable in ds.variables.values():
        if variable.attrs.get("standard_name") == standard_name or variable.attrs.get("units") in units:
            yield variable


def _limits(variables: Iterator[Any]) -> Span | None:
    import numpy as np

    finite = [
        values[np.isfinite(values)] for values in (np.asarray(v.values, float).ravel() for v in variables)
    ]
    finite = [values for values in finite if values.size]
    if not finite:
        return None
    return min(float(values.min()) for values in finite), max(float(values.max()) for values in finite)


def _vertical(ds: xr.Dataset) -> tuple[Span | None, Literal["up", "down"]]:
    for name in ds.coords:
        variable = ds[name].variable
        positive = str(variable.attrs.get("positive", "")).lower()
        if positive in ("up", "down") and variable.attrs.get("units") in (
            "m",
            "meter",
            "metre",
            "meters",
            "metres",
        ):
            return _limits(iter([variable])), "up" if positive == "up" else "down"
    return None, "up"


def _times(ds: xr.Dataset) -> np.ndarray | None:
    import numpy as np

    for name in ("time", *ds.coords):
        if name in ds.coords and ds[name].dtype.kind == "M":
            values = np.sort(ds[name].values.ravel())
            return values[~np.isnat(values)]
    return None
