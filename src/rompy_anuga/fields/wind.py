"""Wind."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np

from rompy_anuga import crs as systems
from rompy_anuga.fields.gridded import GriddedField, Setting, check_fields, write_fields

if TYPE_CHECKING:
    import xarray as xr

    from rompy_anuga.fields.layer import Layer


class Wind(GriddedField):
    """Wind at 10 m on a grid in time, as two components; in the case in m/s, blowing towards x and y of the run's grid.

    Data usually give components towards true east and north. A projected grid's y axis points to grid north, which
    differs by the meridian convergence (up to some 3 degrees inside a UTM zone); components are turned by it at every
    node. Components along the axes of the data's own projected grid are turned from there.
    """

    x_wind: str = "u10"
    """Variable with the component towards east, or towards x of the data's grid."""
    y_wind: str = "v10"
    """Variable with the component towards north, or towards y of the data's grid."""
    components: Literal["east_north", "grid"] | None = None
    """What the components run along. Unless given: as standard names say, else true east and north for data in
    degrees and the data's grid for projected data."""
    units: str | None = None
    """Unit of the data; that of the data themselves unless given, and m s-1 if they state none."""

    name: ClassVar[str] = "wind"
    varies: ClassVar[bool] = True
    limits: ClassVar[tuple[float, float]] = (-120.0, 120.0)

    def made(self, setting: Setting) -> dict[str, str]:
        from rompy_anuga.fields.regrid import on_run_grid

        dataset = self.opened()
        layers = [self.layer(dataset, variable, setting) for variable in (self.x_wind, self.y_wind)]
        along_grid = self._along_grid(layers[0])
        scaled = [self._in_metres_per_second(layer) for layer in layers]
        east, north = (on_run_grid(layer, setting.area, setting.crs) for layer in scaled)
        x, y = self._turned(east, north, layers[0].axes.crs if along_grid else None, setting.crs)
        path = setting.folder / f"{self.name}.nc"
        write_fields({"u10": _described(x, "x"), "v10": _described(y, "y")}, setting, path)
        check_fields(path, dict.fromkeys(("u10", "v10"), self.limits), setting, self.what, self.field)
        return {"file": path.name, "x_wind": "u10", "y_wind": "v10"}

    def _along_grid(self, layer: Layer) -> bool:
        if self.components is not None:
            return self.components == "grid"
        name = layer.values.attrs.get("standard_name")
        if name in ("eastward_wind", "x_wind"):
            return bool(name == "x_wind") and not systems.is_geographic(layer.axes.crs)
        return not systems.is_geographic(layer.axes.crs)

    def _in_metres_per_second(self, layer: Layer) -> Layer:
        from rompy_anuga.fields.units import factor

        found = self.units or layer.values.attrs.get("units")
        scale = factor(found, "m s-1", f"the wind ({layer.values.name!r})")
        values = layer.values.drop_attrs()
        values = values if values.dtype.kind == "f" else values.astype(float)
        return type(layer)(values if scale == 1.0 else values * scale, layer.axes)

    @staticmethod
    def _turned(
        x: xr.DataArray, y: xr.DataArray, own: str | None, crs: str
    ) -> tuple[xr.DataArray, xr.DataArray]:
        """Components along the run's grid, from such towards true north or along the grid ``own``."""
        import xarray as xr

        if own is not None and systems.same(own, crs):
            return x, y
        at_x, at_y = np.meshgrid(x["x"].to_numpy(), x["y"].to_numpy())
        angle = systems.convergence(at_x, at_y, crs)
        if own is not None:
            points = systems.moved(np.column_stack([at_x.ravel(), at_y.ravel()]), crs, own)
            angle = angle - systems.convergence(points[:, 0], points[:, 1], own).reshape(angle.shape)
        turn = xr.DataArray(angle, {"y": x["y"], "x": x["x"]}, ("y", "x"))
        along_x, along_y = systems.rotated_to_grid(x, y, turn)
        return along_x.transpose("time", "y", "x"), along_y.transpose("time", "y", "x")


def _described(component: xr.DataArray, axis: str) -> xr.DataArray:
    return component.drop_attrs().assign_attrs(
        units="m s-1", standard_name=f"{axis}_wind", long_name=f"wind at 10 m towards {axis} of the grid"
    )
