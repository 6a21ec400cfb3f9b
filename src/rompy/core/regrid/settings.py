"""Settings of regridding, as they stand in a description."""

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from rompy.core.types import DatasetCoords, RompyBaseModel

if TYPE_CHECKING:
    import xarray as xr


class Regridding(RompyBaseModel):
    """How data are brought to the points or cells of a model grid."""

    method: Literal["bilinear", "conservative", "nearest"] = "bilinear"
    """Bilinear between the points of the data, the mean over each cell, or the nearest value."""
    crs: str | None = None
    """System of the data, such as EPSG:4326; unless given that of their grid mapping, else longitude and latitude."""
    to_crs: str | None = None
    """System of the model grid; that of the data unless given."""
    vectors: list[tuple[str, str]] = Field(default_factory=list)
    """Pairs of variables that are components towards east and north; turned to x and y of the model grid."""
    fill: Literal["nearest", "diffusion"] | None = None
    """What is put where values are missing before regridding; by default they stay missing."""
    least: Annotated[float, Field(gt=0, le=1)] | None = None
    """Part of each value that must come from valid ones; 1 by default, 0.5 for conservative."""
    reach: Annotated[float, Field(gt=0)] | None = None
    """For nearest: the largest distance in the units of the data; their own spacing unless given."""

    def system_of(self, data: "xr.Dataset", coords: DatasetCoords | None = None) -> str:
        """System of the data: as stated, else of their grid mapping, else longitude and latitude."""
        from rompy.core.regrid.located import names_of_axes, places_in

        return places_in(data, names_of_axes(data, coords), self.crs).crs

    def __call__(self, data: "xr.Dataset", grid: Any, coords: DatasetCoords | None = None) -> "xr.Dataset":
        """The data on a grid; see ``rompy.core.regrid.regrid``."""
        from rompy.core.regrid.fields import regrid

        options = {
            name: getattr(self, name) for name in ("crs", "to_crs", "vectors", "fill", "least", "reach")
        }
        return regrid(data, grid, self.method, coords=coords, **options)

    def box(
        self, bounds: tuple[float, float, float, float], system: str
    ) -> tuple[float, float, float, float]:
        """West, south, east, north of the model grid in the ``system`` of the data, bulging sides included."""
        if self.to_crs is None:
            return bounds
        from rompy.core.crs import transformer

        west, south, east, north = transformer(self.to_crs, system).transform_bounds(*bounds)
        return west, south, (east + 360.0 if east < west else east), north
