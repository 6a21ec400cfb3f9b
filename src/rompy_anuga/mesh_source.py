"""Source of values that a triangle mesh bears at its nodes, as gridded data."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field

from rompy.core.source.base import SourceBase
from rompy.errors import DataError
from rompy_anuga.crs_field import ProjectedCrs

if TYPE_CHECKING:
    import xarray as xr

    from rompy.core.grid import UnstructuredGrid
    from rompy_anuga.mesh_file import TriangleMesh


class SourceAnugaMesh(SourceBase):
    """Bed levels of a ``.tsh`` or ``.msh`` mesh on a regular grid, linear within each triangle.

    Outside the mesh there is no value, except within ``extrapolate`` of a node, where the nearest node's is taken:
    a mesh made anew from a simplified outline reaches a little beyond the old one. Levels are metres, positive up.
    """

    model_type: Literal["anuga_mesh"] = "anuga_mesh"  # type: ignore[assignment]
    is_settled: ClassVar[bool] = True
    uri: str | Path
    """The mesh file: a path, or ``package://name/inner/path``."""
    resolution: Annotated[float, Field(gt=0, allow_inf_nan=False)]
    """Spacing of the grid (m); its nodes lie at multiples of it."""
    extrapolate: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    """How far outside the mesh the nearest node's value is taken (m)."""
    variable: str = "elevation"
    """Name of the nodes' attribute."""
    crs: ProjectedCrs | None = None
    """System of the mesh, which its file does not state."""

    @property
    def mesh(self) -> TriangleMesh:
        """The mesh itself.

        Raises:
            MissingFileError: no such file.
            DataError: it is not a mesh of ANUGA.
        """
        from rompy_anuga.mesh_file import read_mesh
        from rompy_anuga.ring_file import local_file

        return read_mesh(local_file(self.uri))

    @property
    def triangulation(self) -> UnstructuredGrid:
        """The mesh as a grid of rompy, with the tags of its outline."""
        from rompy.core.grid import UnstructuredGrid

        mesh = self.mesh
        tags: dict[str, list[tuple[int, int]]] = {}
        for start, end, tag in mesh.boundary:
            tags.setdefault(tag, []).append((start, end))
        return UnstructuredGrid.from_arrays(mesh.nodes[:, 0], mesh.nodes[:, 1], mesh.triangles, tags)

    def _open(self) -> xr.Dataset:
        import xarray as xr

        from rompy_anuga import raster

        mesh = self.mesh
        known = self._values_of(mesh)
        x, y = raster.axes(mesh.nodes, self.resolution, self.extrapolate)
        values = raster.linear(mesh.nodes, known, mesh.triangles, x, y)
        values = raster.filled_near(values, x, y, mesh.nodes, known, self.extrapolate)
        attributes = {"units": "m", "positive": "up", "long_name": f"{self.variable} of the nodes of a mesh"}
        return raster.dataset(
            {self.variable: xr.DataArray(values, dims=("y", "x"), attrs=attributes)}, x, y, self.crs
        )

    def _values_of(self, mesh: TriangleMesh) -> np.ndarray:
        if self.variable not in mesh.attributes:
            there = ", ".join(mesh.attributes) or "none"
            raise DataError(
                f"the nodes of the mesh have no attribute {self.variable!r}",
                file=str(self.uri),
                hint=f"They have: {there}",
            )
        return mesh.attributes[self.variable]
