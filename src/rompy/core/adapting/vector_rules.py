"""Which variables together are a vector, and in which form it is wanted."""

from typing import TYPE_CHECKING

from rompy.core.adapting.vectors import Convention, to_components, to_polar
from rompy.core.filters import require_variables
from rompy.core.types import RompyBaseModel
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr


class Components(RompyBaseModel):
    """Speed and direction that become components."""

    speed: str
    """Name of the speed."""
    direction: str
    """Name of the direction (degrees clockwise from north)."""
    convention: Convention
    """Whether directions are those that things come ``from`` (winds, waves) or go ``to`` (currents)."""
    east: str
    """Name of the new component towards east."""
    north: str
    """Name of the new component towards north."""


class Polar(RompyBaseModel):
    """Components that become speed and direction."""

    east: str
    """Name of the component towards east."""
    north: str
    """Name of the component towards north."""
    convention: Convention
    """Whether directions shall be those that things come ``from`` or go ``to``."""
    speed: str
    """Name of the new speed."""
    direction: str
    """Name of the new direction (degrees clockwise from north)."""


def resolved(ds: "xr.Dataset", vector: Components) -> "xr.Dataset":
    """The data with two components in place of speed and direction.

    Raises:
        DataError: one of them is not there, or the directions are said to be of the other convention.
    """
    from rompy.core.chunking import lazily

    require_variables(ds, [vector.speed, vector.direction])
    speed, direction = ds[vector.speed], ds[vector.direction]
    said = str(direction.attrs.get("standard_name", ""))
    other = "to" if vector.convention == "from" else "from"
    if f"_{other}_direction" in said:
        raise DataError(
            f"{vector.direction!r} is said to be where it is {vector.convention!r}, but the data call it {said!r}"
        )
    east, north = to_components(lazily(speed), lazily(direction), vector.convention)
    kept = {key: speed.attrs[key] for key in ("units",) if key in speed.attrs}
    return ds.drop_vars([vector.speed, vector.direction]).assign(
        {vector.east: east.assign_attrs(kept), vector.north: north.assign_attrs(kept)}
    )


def as_polar(ds: "xr.Dataset", vector: Polar) -> "xr.Dataset":
    """The data with speed and direction in place of two components.

    Raises:
        DataError: one of these is not there.
    """
    from rompy.core.chunking import lazily

    require_variables(ds, [vector.east, vector.north])
    east, north = ds[vector.east], ds[vector.north]
    speed, direction = to_polar(lazily(east), lazily(north), vector.convention)
    kept = {key: east.attrs[key] for key in ("units",) if key in east.attrs}
    return ds.drop_vars([vector.east, vector.north]).assign(
        {vector.speed: speed.assign_attrs(kept), vector.direction: direction.assign_attrs(units="degree")}
    )
