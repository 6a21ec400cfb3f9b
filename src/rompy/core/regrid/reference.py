"""Vectors on projected grids, and what a dataset says about its system."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core import crs as systems
from rompy.core.regrid.places import Places
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr


def positions(target: Places, crs: str) -> tuple[Any, Any]:
    """x and y of each value in another system."""
    moved = systems.moved(np.column_stack(target.points), target.crs, crs)
    return moved[:, 0], moved[:, 1]


def attributes_of_axis(name: str, target: Places) -> dict[str, str]:
    """CF attributes of the coordinate ``name``."""
    if target.is_geographic:
        if name == "lon":
            return {"standard_name": "longitude", "units": "degrees_east"}
        return {"standard_name": "latitude", "units": "degrees_north"}
    return {"standard_name": f"projection_{name}_coordinate", "units": "m"}


def with_system(out: xr.Dataset, moved: Iterable[Hashable], data: xr.Dataset, target: Places) -> xr.Dataset:
    """The dataset with the CF grid mapping of the target."""
    import xarray as xr

    old = {str(data[n].attrs.get("grid_mapping", data[n].encoding.get("grid_mapping", ""))) for n in moved}
    out = out.drop_vars([name for name in sorted(old) if name in out.variables])
    mapping = sorted(systems.known(target.crs).to_cf().items())
    out = out.assign_coords(crs=xr.Variable((), np.int32(0), dict(mapping)))
    return out.assign({name: out[name].assign_attrs(grid_mapping="crs") for name in moved})


def turned(
    out: xr.Dataset,
    vectors: Sequence[tuple[str, str]],
    source: Places,
    target: Places,
    shape: tuple[int, ...],
) -> xr.Dataset:
    """Components along x and y of the target's grid from such along those of the source's.

    Raises:
        DataError: a component is not among the variables.
    """
    import xarray as xr

    missing = sorted({name for pair in vectors for name in pair} - {str(name) for name in out.data_vars})
    if missing:
        raise DataError(f"there are no variables {', '.join(missing)} to turn", field="vectors")
    if not vectors or systems.same(source.crs, target.crs):
        return out
    angle = systems.convergence(*target.points, target.crs)
    x, y = positions(target, source.crs)
    angle = (angle - systems.convergence(x, y, source.crs)).reshape(shape)
    dims = out[vectors[0][0]].dims[-len(shape) :]
    turn = xr.DataArray(angle, dims=dims)
    for u, v in vectors:
        along = systems.rotated_to_grid(out[u], out[v], turn)
        for name, values, axis in zip((u, v), along, ("x", "y"), strict=True):
            attributes = dict(out[name].attrs)
            standard = str(attributes.get("standard_name", ""))
            for word in ("eastward", "northward"):
                attributes |= {"standard_name": standard.replace(word, axis)} if word in standard else {}
            out = out.assign(
                {name: values.transpose(*out[name].dims).astype(out[name].dtype).assign_attrs(attributes)}
            )
    return out
