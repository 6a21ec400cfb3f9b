"""Source of scattered points in text files, as gridded data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator
from typing_extensions import Self

from rompy.core.source.base import SourceBase
from rompy.errors import DataError
from rompy_anuga.crs_field import ProjectedCrs
from rompy_anuga.table import read_numbers

if TYPE_CHECKING:
    import xarray as xr


class SourceXYZText(SourceBase):
    """Values at points, on a regular grid: linear between neighbouring points, nothing far outside them.

    The points stand in one file with the columns x, y and value, or in three files of one shape, as grids that are
    rotated or curved are often written: a matrix of x, one of y and one of values. Numbers are separated by blanks or
    commas.
    """

    model_type: Literal["xyz_text"] = "xyz_text"  # type: ignore[assignment]
    is_settled: ClassVar[bool] = True
    uri: str | Path | None = None
    """A file with three columns: a path, or ``package://name/inner/path``."""
    x: str | Path | None = None
    """A file with the x of every point, instead of ``uri``."""
    y: str | Path | None = None
    """A file with the y of every point."""
    z: str | Path | None = None
    """A file with the value of every point."""
    resolution: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """Spacing of the grid (m); its nodes lie at multiples of it."""
    reach: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """How far outside the points the nearest one's value is taken (m).

    Points in three columns count as neighbours when they are at most twice as far apart; matrices say themselves which
    points are neighbours."""
    variable: str = "elevation"
    """Name to give to the values."""
    units: str = "m"
    """Unit of the values."""
    positive: Literal["up", "down"] = "up"
    """Which way the values count."""
    crs: ProjectedCrs | None = None
    """System of x and y, which text does not state."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        matrices = [name for name in ("x", "y", "z") if getattr(self, name) is not None]
        if len(matrices) not in (0, 3) or (self.uri is None) == (not matrices):
            raise ValueError("give either uri, or all of x, y and z")
        return self

    def named_files(self) -> dict[str, Any]:
        """The table, or the files of x, y and z."""
        named = {name: getattr(self, name) for name in ("uri", "x", "y", "z")}
        return {name: value for name, value in named.items() if value is not None}

    def _open(self) -> xr.Dataset:
        import xarray as xr

        from rompy_anuga import raster

        points, known, triangles = self._cloud() if self.uri is not None else self._net()
        x, y = raster.axes(points, self.resolution, self.reach)
        values = raster.linear(points, known, triangles, x, y)
        values = raster.filled_near(values, x, y, points, known, self.reach)
        attributes = {
            "units": self.units,
            "positive": self.positive,
            "long_name": f"{self.variable} of points",
        }
        return raster.dataset(
            {self.variable: xr.DataArray(values, dims=("y", "x"), attrs=attributes)}, x, y, self.crs
        )

    def _cloud(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points of shape (n, 2), their values, and Delaunay triangles between those that are near enough."""
        from scipy.spatial import Delaunay, QhullError

        table = read_numbers(str(self.uri))
        if table.shape[1] != 3:
            raise DataError(f"three columns were expected, found {table.shape[1]}", file=str(self.uri))
        table = table[np.isfinite(table).all(axis=1)]
        points = table[:, :2]
        try:
            triangles = Delaunay(points - points.min(axis=0)).simplices
        except (QhullError, ValueError) as error:
            raise DataError("the points do not span an area", file=str(self.uri)) from error
        sides = points[triangles] - points[np.roll(triangles, 1, axis=1)]
        # Longer sides span bays of the points' outline, where nothing is known.
        near = np.hypot(sides[..., 0], sides[..., 1]).max(axis=1) <= 2 * self.reach
        return points, table[:, 2], triangles[near]

    def _net(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Points of shape (n, 2), their values, and two triangles in each cell whose four corners have values."""
        matrices = [read_numbers(path) for path in (self.x, self.y, self.z) if path is not None]
        if len({matrix.shape for matrix in matrices}) > 1:
            shapes = ", ".join(" by ".join(map(str, matrix.shape)) for matrix in matrices)
            raise DataError(f"x, y and z have different shapes: {shapes}", file=str(self.z))
        if min(matrices[0].shape) < 2:
            raise DataError("the matrices have a single row or column; there are no cells", file=str(self.z))
        table = np.column_stack([matrix.ravel() for matrix in matrices])
        whole = np.isfinite(table).all(axis=1)
        number = np.arange(len(table)).reshape(matrices[0].shape)
        a, b, c, d = (
            number[rows, columns].ravel()
            for rows, columns in ((_FIRST, _FIRST), (_FIRST, _LAST), (_LAST, _LAST), (_LAST, _FIRST))
        )
        triangles = np.concatenate([np.column_stack([a, b, c]), np.column_stack([a, c, d])])
        triangles = triangles[np.tile(whole[np.column_stack([a, b, c, d])].all(axis=1), 2)]
        position = np.cumsum(whole) - 1
        return table[whole, :2], table[whole, 2], position[triangles]


_FIRST, _LAST = slice(None, -1), slice(1, None)
