"""Wave spectra along the boundary of a model grid, from stations."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import Self

from rompy.core.boundaries.fields import DataBoundary
from rompy.core.crop import crop
from rompy.core.source.base import opened_once
from rompy.core.stations import MOST_MISSING, TOLERANCE, select_spectra
from rompy.core.time import TimeRange
from rompy.core.types import Slice
from rompy.errors import ConfigError, CoverageError, DataError, WorkspaceError

if TYPE_CHECKING:
    import xarray as xr

_SPECTRA = ("efth", "lon", "lat")
"""Variables of stations in wavespectra's conventions."""


class BoundaryWaveStation(DataBoundary):
    """Wave spectra along the boundary of a grid, from stations in wavespectra's conventions.

    Stations lie along ``site`` at ``lon`` and ``lat`` (degrees), which may be coordinates or variables, with
    ``efth`` (m2 Hz-1 degree-1) over time, freq and dir, the direction that waves come from.
    """

    grid_type: Literal["boundary_wave_station"] = "boundary_wave_station"
    sel_method: Literal["idw", "nearest"] = "idw"  # type: ignore[assignment]
    """Weight the stations around a point by the inverse of their distance, or take the nearest."""
    sel_method_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for wavespectra's selection, such as ``tolerance`` (degrees) and ``max_sites``."""
    buffer: float = 2.0
    """Margin around the grid in which stations are used (degrees)."""

    @model_validator(mode="after")
    def _spectra_and_positions(self) -> Self:
        self.__dict__["variables"] = list(_SPECTRA)
        if self.regrid is not None:
            raise ConfigError(
                "spectra come from stations, not from a grid: sel_method says how they are brought to the points",
                field="regrid",
            )
        return self

    @property
    def ds(self) -> "xr.Dataset":
        """The spectra of the stations, lazy.

        Raises:
            CoverageError: the filter leaves nothing.
        """
        import wavespectra  # noqa: F401 - gives datasets their accessor ``spec``, which users of this one count on

        ds = super().ds
        if not ds["efth"].size:
            raise CoverageError(f"Empty dataset after applying filter {self.filter}")
        return ds

    def get(
        self, destdir: str | Path, grid: Any = None, time: TimeRange | None = None, **kwargs: Any
    ) -> Path:
        """Write the spectra along the boundary of ``grid`` in wavespectra's netCDF format; returns the path.

        Raises:
            WorkspaceError: there is no folder ``destdir``.
            CoverageError: no station, period or point of the boundary is left of the data.
        """
        from rompy.core.atomic import replacing

        path = Path(destdir) / self.outfile
        if not path.parent.is_dir():
            raise WorkspaceError(f"there is no folder {path.parent} to write {path.name} in")
        before = self.filter
        try:
            with opened_once(), replacing(path) as temporary:
                self._crop_to(grid, time)
                self._sel_boundary(grid).spec.to_netcdf(temporary)
        finally:
            self._restore(before)
        return path

    def _filter_grid(self, grid: Any) -> None:
        """Cut ``ds`` to the stations around a grid."""
        margin = max(self.buffer, self.sel_method_kwargs.get("tolerance", TOLERANCE))
        x0, y0, x1, y1 = grid.bbox(buffer=margin)
        self._keep_within({"lon": Slice(start=x0, stop=x1), "lat": Slice(start=y0, stop=y1)}, area=True)

    @contextmanager
    def _all_stations(self) -> Iterator[None]:
        """Within this block ``ds`` holds the stations of all places, cut in time only."""
        cut = self.filter
        if cut is not None:
            self.__dict__["filter"] = cut.without_ranges("lon", "lat")
        try:
            yield
        finally:
            self.__dict__["filter"] = cut

    def _source_grid_spacing(self, grid: Any = None) -> float:
        """The smallest distance between two stations around a grid."""
        ds = self.ds
        if grid is not None:
            x0, y0, x1, y1 = grid.bbox(buffer=self.buffer)
            ds = crop(ds, {"lon": Slice(start=x0, stop=x1), "lat": Slice(start=y0, stop=y1)})
        return find_minimum_distance(list(zip(*self._positions(ds), strict=True)))

    def _sel_boundary(self, grid: Any) -> "xr.Dataset":
        """Spectra at the points, along ``site``, in memory and free to be changed.

        Which stations are used, and how, is the same as for a selection by wavespectra from the full dataset.

        Raises:
            CoverageError: there are no stations near the boundary.
        """
        with opened_once():
            x, y = self._boundary_points(grid)
            _ = self.ds  # says how far off the stations are if there are none around the grid
            with self._all_stations():
                accepted = 0.0 if self.checks.coverage == "raise" else MOST_MISSING
                return select_spectra(
                    self.ds, x, y, self.sel_method, most_missing=accepted, **self.sel_method_kwargs
                )

    def _positions(self, ds: "xr.Dataset") -> tuple[np.ndarray, np.ndarray]:
        return ds["lon"].values, ds["lat"].values


def find_minimum_distance(points: list[tuple[float, float]]) -> float:
    """The distance between the two nearest of some points, not counting those at one place.

    >>> find_minimum_distance([(0, 0), (3, 4), (3, 5), (0, 0)])
    1.0

    Raises:
        DataError: there are no two points at different places.
    """
    from scipy.spatial import cKDTree

    places = np.unique(np.asarray(points, dtype=float), axis=0)
    if len(places) < 2:
        raise DataError("there are no two points to take a distance between")
    distances, _ = cKDTree(places).query(places, k=2)
    return float(distances[:, 1].min())
