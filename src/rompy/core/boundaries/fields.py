"""Fields at the points of a model grid's boundary."""

import logging
from inspect import signature
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, field_validator

from rompy.core.crop import crop
from rompy.core.data import DataGrid
from rompy.core.ranges import GridRange
from rompy.core.seam import counted_as_in
from rompy.core.source.base import opened_once
from rompy.core.stations import MOST_MISSING
from rompy.core.time import TimeRange
from rompy.errors import ConfigError, CoverageError, DataError

if TYPE_CHECKING:
    import xarray as xr

logger = logging.getLogger(__name__)


class DataBoundary(DataGrid):
    """A field at the points of a grid's boundary, in the order of the boundary.

    Data on curved or unstructured grids, in other systems than the grid, or without values on land are brought to the
    points with ``regrid``; what data on a rectangular grid have there is taken by ``sel_method`` otherwise.
    """

    model_type: Literal["data_boundary", "boundary"] = "data_boundary"  # type: ignore[assignment]
    id: str
    """Name of the data, and of their file."""
    spacing: float | Literal["parent"] | None = None
    """Distance between the points, in the units of the grid; ``parent`` for that of the data; by default the grid's
    own points."""
    sel_method: Literal["sel", "interp"] = "sel"
    """Method of xarray that takes the data at the points."""
    sel_method_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for it, such as ``{method: nearest}``."""
    islands: bool = False
    """Whether points lie along the shores of islands too, after those on the outer outline."""
    tag: str | None = None
    """Points only along the edges of a mesh with this tag, such as its open boundary."""
    on_land: Literal["keep", "drop", "raise"] = "keep"
    """What becomes of points where no variable has a value at the first time: ``keep`` them with a warning, ``drop``
    them, or ``raise`` an error."""

    @field_validator("spacing")
    @classmethod
    def _is_positive(cls, value: Any) -> Any:
        if isinstance(value, float) and not value > 0:
            raise ConfigError(f"Spacing must be greater than zero, not {value}")
        return value

    def get(
        self, destdir: str | Path, grid: Any = None, time: TimeRange | None = None, **kwargs: Any
    ) -> Path:
        """Write the data along the boundary of ``grid`` to a netCDF file in ``destdir``, and return its path."""
        from rompy.core.netcdf import write_netcdf

        before = self.filter
        try:
            with opened_once():
                # The area is not cut: what is taken at the points may need neighbours outside the grid.
                self._crop_to(None, time)
                return write_netcdf(self._sel_boundary(grid), Path(destdir) / self.outfile, self._holes())
        finally:
            self._restore(before)

    def _source_grid_spacing(self, grid: Any = None) -> float:
        """The smallest spacing of the data's own grid."""
        ds = self.ds
        steps = [
            np.abs(np.diff(ds[name].values, axis=-1)) for name in (self._coords.x, self._coords.y) if name
        ]
        steps += [
            np.abs(np.diff(ds[name].values, axis=0)) for name in (self._coords.x, self._coords.y) if name
        ]
        positive = [step[step > 0].min() for step in steps if (step > 0).any()]
        if not positive:
            raise DataError(
                "the data have no spacing to take for 'parent': they lie at one point", field="spacing"
            )
        return float(min(positive))

    def _set_spacing(self, grid: Any = None) -> float | None:
        return self._source_grid_spacing(grid) if self.spacing == "parent" else self.spacing

    def _boundary_points(self, grid: Any) -> tuple[Any, Any]:
        """x and y of the points."""
        wanted = {name: value for name, value in (("islands", self.islands), ("tag", self.tag)) if value}
        known = signature(grid.boundary_points).parameters
        for name in wanted:
            if name not in known:
                raise ConfigError(
                    f"{name!r} asks for parts of the boundary that a {type(grid).__name__} does not tell apart",
                    field=name,
                    hint="Meshes of triangles have tags; grids with rows and columns, and meshes, have islands.",
                )
        return grid.boundary_points(spacing=self._set_spacing(grid), **wanted)

    def _sel_boundary(self, grid: Any) -> "xr.Dataset":
        """The data at the points, along ``site``, with the positions as ``x`` and ``y``.

        Raises:
            CoverageError: none of the points, or only a minor part of them, lies within the data.
            DataError: the data have no values at the very points, and nothing says how to find some.
        """
        x, y = (np.asarray(values) for values in self._boundary_points(grid))
        ds = self.ds
        selected = self._regridded(ds, x, y) if self.regrid is not None else self._selected(ds, x, y)
        return self._without_land(selected)

    def _selected(self, ds: "xr.Dataset", x: np.ndarray, y: np.ndarray) -> "xr.Dataset":
        import xarray as xr

        names = (self._coords.x, self._coords.y)
        # Data may count longitudes from elsewhere, or begin anew in the middle of the boundary.
        places = (counted_as_in(ds, names[0], x, interpolating=self.sel_method == "interp"), y)
        for name, values in zip(names, places, strict=True):
            self._check_cover(ds, name, values)
        points = {n: xr.DataArray(v, dims=("site",)) for n, v in zip(names, places, strict=True)}
        try:
            selected = getattr(ds, self.sel_method)(points, **self.sel_method_kwargs)
        except KeyError as error:
            raise DataError(
                f"the data have no values at the very points of the boundary: {error}",
                field="sel_method_kwargs",
                hint="Take those nearby with sel_method_kwargs: {method: nearest}, or set sel_method: interp.",
            ) from error
        selected = selected.rename({n: new for n, new in zip(names, ("x", "y"), strict=True) if n != new})
        if places[0] is x:
            return selected
        turns = 360.0 * np.round((x - places[0]) / 360.0)
        return selected.assign_coords(x=("site", selected["x"].values + turns, selected["x"].attrs))

    def _regridded(self, ds: "xr.Dataset", x: np.ndarray, y: np.ndarray) -> "xr.Dataset":
        """Data brought to the points by ``regrid``."""
        from rompy.core.crs import moved
        from rompy.core.regrid.located import names_of_axes
        from rompy.core.regrid.places import Scattered

        settings = self.regrid
        assert settings is not None
        old, system = names_of_axes(ds, self.coords), settings.system_of(ds, self.coords)
        points = Scattered(x, y, crs=settings.to_crs or system)
        if settings.fill is None:  # which may take values from far away
            ds = _around(ds, old, moved(np.column_stack([x, y]), points.crs, system))
        done = settings(ds, points, self.coords)
        new = next(names for names in (old, ("lon", "lat"), ("x", "y")) if set(names) <= set(done.coords))
        return done.rename({n: to for n, to in zip(new, ("x", "y"), strict=True) if n != to})

    def _without_land(self, selected: "xr.Dataset") -> "xr.Dataset":
        """Treat the points where there is no value as ``on_land`` says.

        Raises:
            DataError: there are such points and must not be, or there are no others.
        """
        land = _valueless(selected, self._coords.t)
        if not land.any():
            return selected
        x, y = selected["x"].values[land], selected["y"].values[land]
        found = (
            f"{land.sum()} of {land.size} boundary points, x {x.min():.6g} to {x.max():.6g}, "
            f"y {y.min():.6g} to {y.max():.6g}, have no value of any variable: they lie on the land of the data"
        )
        hint = (
            "Drop them with on_land: drop, or take values of the nearest water with regrid: {fill: nearest}."
        )
        if self.on_land == "raise" or land.all():
            raise DataError(found, field="on_land", hint=hint)
        if self.on_land == "keep":
            logger.warning("%s. %s", found, hint)
            return selected
        logger.info("%s; they are dropped", found)
        return selected.isel(site=np.flatnonzero(~land))

    def _check_cover(self, ds: "xr.Dataset", name: Any, points: np.ndarray) -> None:
        if name not in getattr(ds, "variables", ds.coords):  # a source of one variable gives a DataArray
            known = ", ".join(sorted(str(known) for known in ds.coords))
            raise DataError(
                f"the data have no coordinate {name!r}", field="coords", hint=f"They have: {known}"
            )
        labels = ds[name].values
        step = np.abs(np.diff(labels)).max() if labels.ndim == 1 and labels.size > 1 else 0
        low, high = labels.min() - step, labels.max() + step
        outside = (points < low) | (points > high)
        cover = f"{name} {labels.min():g} to {labels.max():g}"
        if outside.all():
            raise CoverageError(
                f"the boundary lies in {name} {points.min():g} to {points.max():g}, outside the data: {cover}",
                hint="Choose data that cover it, or bring both to one convention of longitudes.",
            )
        if outside.mean() > MOST_MISSING or (outside.any() and self.checks.coverage == "raise"):
            raise CoverageError(
                f"{outside.sum()} of {outside.size} boundary points, {name} {points.min():g} to {points.max():g}, lie "
                f"outside the data: {cover}",
                hint="Choose data that cover the boundary, as a model would run with these points closed; if it is "
                "less than half of them and does not matter, say so: checks: {coverage: warn}.",
            )
        if outside.any() and self.checks.coverage == "warn":
            logger.warning(
                "%d of %d boundary points lie outside the data: %s", outside.sum(), outside.size, cover
            )

    def plot(  # type: ignore[override]
        self, model_grid: Any = None, cmap: str = "turbo", fscale: float = 10, ax: Any = None, **kwargs: Any
    ) -> tuple[Any, Any]:
        """Draw where the data lie and, with a grid, its outline and the points on it; returns figure and axes.

        Args:
            cmap: colours of the points, in the order of the boundary.
            kwargs: for the points of the data.
        """
        figure, ax = self.scatter_plot(model_grid=model_grid, fscale=fscale, ax=ax, **kwargs)
        return (figure, ax) if model_grid is None else self.plot_boundary(model_grid, cmap=cmap, ax=ax)

    def scatter_plot(
        self, model_grid: Any = None, fscale: float = 10, ax: Any = None, **kwargs: Any
    ) -> tuple[Any, Any]:
        """Draw where the data lie, as far as the area around a grid if one is given."""
        from rompy.core.maps.map_axes import data_transform, map_axes, system_of, with_margin

        x, y = self._positions(self.ds)
        bounds = [np.nanmin(x), np.nanmin(y), np.nanmax(x), np.nanmax(y)]
        if model_grid is not None:
            bounds = model_grid.bbox(buffer=self.buffer)
        figure, ax = map_axes(with_margin(bounds), ax, None, fscale, crs=system_of(model_grid))
        style = {"s": 4, "color": "grey", "label": f"points of {self.id}", **data_transform(ax), **kwargs}
        ax.scatter(x, y, **style)
        ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.09), frameon=False)
        return figure, ax

    def plot_boundary(
        self, grid: Any, cmap: str = "turbo", fscale: float = 10, ax: Any = None, **kwargs: Any
    ) -> tuple[Any, Any]:
        """Draw the points on the boundary of a grid, coloured by their order."""
        from rompy.core.maps.map_axes import data_transform, map_axes, system_of, with_margin

        bounds = with_margin(grid.bbox(buffer=self.buffer))
        figure, ax = map_axes(bounds, ax, None, fscale, crs=system_of(grid))
        x, y = (np.asarray(values) for values in self._boundary_points(grid))
        style = data_transform(ax)
        ax.plot(*grid.boundary_points(), color="black", linewidth=0.8, **style)
        points = ax.scatter(x, y, c=np.arange(x.size), cmap=cmap, zorder=3, **{**style, **kwargs})
        figure.colorbar(points, ax=ax, shrink=0.8, label="place along the boundary")
        ax.set_title(f"{self.id} · {x.size} points on the boundary")
        return figure, ax

    def _positions(self, ds: "xr.Dataset") -> tuple[np.ndarray, np.ndarray]:
        """x and y of all points of the data."""
        x, y = ds[self._coords.x].values, ds[self._coords.y].values
        if x.ndim == y.ndim == 1 and ds[self._coords.x].dims != ds[self._coords.y].dims:
            x, y = np.meshgrid(x, y)
        return np.ravel(x), np.ravel(y)


def _around(ds: "xr.Dataset", names: tuple[str, str], points: np.ndarray) -> "xr.Dataset":
    """Rows and columns around points, as far as they can be told: longitudes that begin anew are left whole."""
    ranges = {}
    for name, values in zip(names, points.T, strict=True):
        if name in ds.indexes and np.isfinite(values).all():
            labels = np.asarray(ds.indexes[name])
            if labels.size > 1 and values.min() >= labels.min() and values.max() <= labels.max():
                ranges[name] = GridRange(start=values.min(), stop=values.max(), neighbours=True)
    return crop(ds, ranges)


def _valueless(selected: "xr.Dataset", time: str | None) -> np.ndarray:
    """Which points have no value in any variable at the first time."""
    land = np.ones(selected.sizes.get("site", 0), dtype=bool)
    variables = getattr(selected, "data_vars", {"": selected})  # a source of one variable gives a DataArray
    for variable in variables.values():
        if "site" in variable.dims and variable.dtype.kind == "f":
            first = variable.isel({time: 0}) if time in variable.dims and variable.sizes[time] else variable
            land &= first.isnull().all([dim for dim in first.dims if dim != "site"]).values
        elif "site" in variable.dims:
            return np.zeros_like(land)
    return land if any("site" in v.dims for v in variables.values()) else np.zeros_like(land)
