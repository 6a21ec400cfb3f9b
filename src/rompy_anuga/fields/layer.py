"""One variable of a gridded dataset in a common form: lazy values on ascending axes of a known system."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.types import DatasetCoords
from rompy.errors import ConfigError, CoverageError, DataError
from rompy_anuga import crs as systems
from rompy_anuga.fields.axes import Axes, Floats

if TYPE_CHECKING:
    import xarray as xr

    from rompy_anuga.period import Period

MARGIN = 2
"""Nodes kept beyond the area on each side."""
BLOCK = 4_000_000
"""Numbers held at once of fields that change in time (32 MB)."""
LEAST = 1_000
"""Nodes that a grid counts as at least, since it may be moved to a finer one."""


@dataclass(frozen=True)
class Layer:
    """A variable and where it lies."""

    values: xr.DataArray
    """Dimensions ``([time,] y, x)``, called so."""
    axes: Axes

    @property
    def times(self) -> Any:
        """Times as an array, None for a layer without any."""
        return self.values["time"].to_numpy() if "time" in self.values.dims else None

    def around(self, points: Floats, what: str, field: str) -> Layer:
        """The part around points given in the layer's own system, shape (n, 2), with a margin.

        Raises:
            CoverageError: some of the points lie outside; tells both extents and that they may be in another system.
        """
        layer = self._turned_to(points) if systems.is_geographic(self.axes.crs) else self
        windows = []
        for axis, wanted in zip((layer.axes.x, layer.axes.y), points.T, strict=True):
            slack = 1e-6 * (axis[-1] - axis[0])
            if (
                not np.isfinite(wanted).all()
                or wanted.min() < axis[0] - slack
                or wanted.max() > axis[-1] + slack
            ):
                raise _not_covered(layer.axes, points, what, field)
            first = int(np.searchsorted(axis, wanted.min(), side="right")) - 1 - MARGIN
            last = int(np.searchsorted(axis, wanted.max(), side="left")) + MARGIN
            windows.append(slice(max(first, 0), last + 1))
        columns, rows = windows
        axes = replace(layer.axes, x=layer.axes.x[columns], y=layer.axes.y[rows])
        return Layer(layer.values.isel(x=columns, y=rows), axes)

    def during(self, period: Period, what: str, field: str) -> Layer:
        """The times from the last one not after the start to the first one not before the end, in lazy blocks.

        Raises:
            CoverageError: there is none such; tells both periods.
        """
        steps = period.steps_of(self.times, what, field)
        at_once = max(1, BLOCK // max(self.axes.x.size * self.axes.y.size, LEAST))
        return replace(self, values=self.values.isel(time=steps).chunk(time=at_once, x=-1, y=-1))

    def _turned_to(self, points: Floats) -> Layer:
        """The same with longitudes counted within half a turn of the points, whatever convention they came in."""
        centre = float(points[:, 0].mean()) if np.isfinite(points).all() else 0.0
        x = self.axes.x
        if x[-1] - x[0] + 1.5 * np.diff(x).max() < 360.0:
            turns = 360.0 * round((centre - (x[0] + x[-1]) / 2) / 360.0)
            return Layer(self.values, replace(self.axes, x=x + turns))
        turned, order = np.unique(
            np.round((x - centre + 180.0) % 360.0 - 180.0 + centre, 9), return_index=True
        )
        return Layer(self.values.isel(x=order), replace(self.axes, x=turned))


def layer_of(
    dataset: xr.Dataset, name: str, coords: DatasetCoords | None, stated: str | None, run_crs: str, field: str
) -> Layer:
    """Find a variable, its axes and their system in a dataset.

    Args:
        dataset: what a source gave.
        name: the variable.
        coords: names of the coordinates; found by their attributes and usual names when None.
        stated: system of the coordinates; found from the data when None (see :func:`_system_of`).
        run_crs: system of the run, taken for coordinates in metres that say no more.
        field: where in the description this is, for messages.

    Raises:
        DataError: the variable or its axes are not there or not of a kind that can be used.
    """
    if name not in dataset.data_vars and name not in dataset.coords:
        there = ", ".join(sorted(map(str, dataset.data_vars))) or "none"
        raise DataError(f"there is no variable {name!r} in the data", field=field, hint=f"Variables: {there}")
    values = dataset[name]
    names = _axis_names(values, coords, field)
    axes = {axis: values[label] for axis, label in names.items()}
    crs = _system_of(dataset, values, axes, stated, run_crs, field)
    values = _oriented(values, axes, names, field)
    x, y = (np.asarray(values[axis], dtype=float) for axis in ("x", "y"))
    _check_degrees(x, y, crs, stated, field)
    return Layer(values, Axes(x, y, crs))


_STANDARD_NAMES = {
    "x": ("longitude", "projection_x_coordinate"),
    "y": ("latitude", "projection_y_coordinate"),
    "t": ("time",),
}
_USUAL_NAMES = {
    "x": ("x", "lon", "longitude", "easting"),
    "y": ("y", "lat", "latitude", "northing"),
    "t": ("time", "valid_time", "t"),
}


def _axis_names(values: xr.DataArray, coords: DatasetCoords | None, field: str) -> dict[str, str]:
    """Names of the coordinates along x, y and, where there is one, time."""
    if coords is not None:
        named = {"x": coords.x, "y": coords.y, "t": coords.t}
        found = {axis: label for axis, label in named.items() if label is not None and label in values.coords}
    else:
        found = {axis: label for axis in ("x", "y", "t") if (label := _found(values, axis)) is not None}
    if "x" not in found or "y" not in found:
        raise DataError(
            f"the coordinates of {values.name!r} along x and y are not to be told",
            field=field,
            hint=f"Coordinates: {', '.join(map(str, values.coords)) or 'none'}. Name them with coords: {{x: , y: }}.",
        )
    if "t" in found and not values[found["t"]].dims:
        del found["t"]
    return found


def _found(values: xr.DataArray, axis: str) -> str | None:
    labels = sorted(map(str, values.coords))
    by_standard = [n for n in labels if values[n].attrs.get("standard_name") in _STANDARD_NAMES[axis]]
    by_name = [n for usual in _USUAL_NAMES[axis] for n in labels if n.lower() == usual]
    # Of two systems in one file, the one that the dimensions run along is meant.
    candidates = sorted(by_standard + by_name, key=lambda n: n not in values.dims)
    return candidates[0] if candidates else None


def _oriented(
    values: xr.DataArray, axes: dict[str, xr.DataArray], names: dict[str, str], field: str
) -> xr.DataArray:
    """The variable with dimensions ``([time,] y, x)``, x and y ascending, and no other coordinates."""
    dims = {}
    for axis, label in axes.items():
        if label.ndim != 1:
            raise DataError(
                f"the coordinate {names[axis]!r} has {label.ndim} dimensions; one is needed, as on a rectangular grid",
                field=field,
                hint="Grid the data first; the sources anuga_mesh and xyz_text do so for meshes and scattered points.",
            )
        dims[axis] = str(label.dims[0])
    values = values.squeeze(
        [d for d in values.dims if d not in dims.values() and values.sizes[d] == 1], drop=True
    )
    others = [str(d) for d in values.dims if d not in dims.values()]
    if others:
        raise DataError(
            f"{values.name!r} has more dimensions than can be used: {', '.join(others)}",
            field=field,
            hint="Select one entry of each with filter.",
        )
    order = [axis for axis in ("t", "y", "x") if axis in dims]
    labels = {"t": "time", "y": "y", "x": "x"}
    marks = {labels[axis]: axes[axis].to_numpy() for axis in order}
    bare = values.transpose(*(dims[axis] for axis in order)).reset_coords(drop=True)
    bare = bare.drop_vars(list(bare.coords))
    bare = bare.rename({dims[a]: labels[a] for a in order if dims[a] != labels[a]}).assign_coords(marks)
    for axis in ("x", "y"):
        bare = _ascending(bare, axis, names[axis], field)
    return bare


def _ascending(values: xr.DataArray, axis: str, label: str, field: str) -> xr.DataArray:
    steps = np.diff(np.asarray(values[axis], dtype=float))
    if not len(steps):
        raise DataError(f"the data have a single {label}; at least two are needed", field=field)
    if (steps < 0).all():
        return values.isel({axis: slice(None, None, -1)})
    if not (steps > 0).all():
        raise DataError(f"the coordinate {label!r} neither ascends nor descends throughout", field=field)
    return values


def _system_of(
    dataset: xr.Dataset,
    values: xr.DataArray,
    axes: dict[str, xr.DataArray],
    stated: str | None,
    run_crs: str,
    field: str,
) -> str:
    """The system of the coordinates: as stated, else of the CF grid mapping, else told by units and names.

    Degrees are EPSG:4326; metres, and coordinates that say nothing, are in the system of the run.
    """
    degrees = any(_in_degrees(axes[axis]) for axis in ("x", "y"))
    if stated is not None:
        if degrees and not systems.is_geographic(stated):
            raise ConfigError(f"the data are in degrees, {stated} is not", field=f"{field}.crs")
        return stated
    mapped = _mapped_system(dataset, values, field)
    if mapped is not None:
        found = systems.known(mapped)
        if degrees and not found.is_geographic and found.geodetic_crs is not None:
            return systems.text_of(found.geodetic_crs)
        return mapped
    return systems.GEOGRAPHIC if degrees else run_crs


def _in_degrees(axis: xr.DataArray) -> bool:
    units = str(axis.attrs.get("units", "")).lower()
    if units:
        return units.startswith("deg")
    return str(axis.name).lower() in ("lon", "longitude", "lat", "latitude")


def _mapped_system(dataset: xr.Dataset, values: xr.DataArray, field: str) -> str | None:
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    name = values.attrs.get("grid_mapping", values.encoding.get("grid_mapping", "spatial_ref"))
    if name not in dataset.variables:
        return None
    try:
        return systems.text_of(CRS.from_cf(dict(dataset[name].attrs)))
    except (CRSError, KeyError) as error:
        raise DataError(
            f"the grid mapping {name!r} cannot be understood: {error}",
            field=field,
            hint="State the system with crs.",
        ) from error


def _check_degrees(x: Floats, y: Floats, crs: str, stated: str | None, field: str) -> None:
    if systems.is_geographic(crs) and (np.abs(y).max() > 90.001 or np.abs(x).max() > 720):
        message = f"{crs} has degrees, but the coordinates run to {x[-1]:.7g} and {y[-1]:.7g}"
        raise ConfigError(message, field=f"{field}.crs" if stated else field)


def _not_covered(axes: Axes, points: Floats, what: str, field: str) -> CoverageError:
    x0, y0, x1, y1 = axes.extent
    (a0, b0), (a1, b1) = points.min(axis=0), points.max(axis=0)
    name = systems.known(axes.crs).name
    return CoverageError(
        f"{what} does not cover the domain: in {axes.crs if len(axes.crs) < 20 else name} it spans "
        f"x {x0:.7g} to {x1:.7g}, y {y0:.7g} to {y1:.7g}, "
        f"and the domain x {a0:.7g} to {a1:.7g}, y {b0:.7g} to {b1:.7g}",
        field=field,
        hint="Give data that cover it; if they do, a crs (of the run, the domain or the data) is wrong.",
    )
