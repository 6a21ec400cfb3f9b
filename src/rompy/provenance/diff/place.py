"""Where the values of a netCDF variable lie: on triangles and other faces, at nodes, or on a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_UNITS_OF_ANUGA = {
    "stage": "m",
    "elevation": "m",
    "height": "m",
    "friction": "s m-1/3",
    "xmomentum": "m2 s-1",
    "ymomentum": "m2 s-1",
    "xvelocity": "m s-1",
    "yvelocity": "m s-1",
}
"""Its files do not tell."""
_GEOGRAPHIC = ("degree", "degrees_east", "degrees_north", "degrees")


@dataclass(frozen=True)
class Place:
    """Dimensions in space, and the coordinates along them."""

    dimensions: tuple[str, ...]
    x: np.ndarray
    """Of nodes, of points, or of the grid (one or two dimensions)."""
    y: np.ndarray
    faces: np.ndarray | None = None
    """Numbers of the nodes at the corners of each face, -1 where a face has fewer; None for a grid."""
    on_nodes: bool = False
    """Whether values are at nodes rather than on faces."""
    is_geographic: bool = False
    """Whether coordinates are degrees rather than metres."""
    names: tuple[str, str] = ("x", "y")
    made_of: tuple[str, ...] = ()
    """Variables of the file that say where it is."""


def place_of(file: Any, name: str) -> Place | None:
    """Where a variable of an open file lies; None for what has no place on a map."""
    variable = file[name]
    if not variable.dimensions:
        return None
    return _on_ugrid(file, variable) or _on_sww(file, variable) or _on_grid(file, variable)


def units_of(file: Any, variable: Any) -> str:
    """Units of a variable of an open file; empty when they are not known."""
    known = _UNITS_OF_ANUGA if _is_sww(file) else {}
    return str(
        getattr(variable, "units", known.get(variable.name.removesuffix("_c").removesuffix("_range"), ""))
    )


def _is_sww(file: Any) -> bool:
    return {"x", "y", "volumes"} <= set(file.variables)


def _on_ugrid(file: Any, variable: Any) -> Place | None:
    mesh = file.variables.get(getattr(variable, "mesh", ""))
    location = getattr(variable, "location", "")
    connectivity = None if mesh is None else file.variables.get(getattr(mesh, "face_node_connectivity", ""))
    if mesh is None or connectivity is None or location not in ("face", "node"):
        return None
    names = str(getattr(mesh, "node_coordinates", "")).split()
    if len(names) < 2 or any(name not in file.variables for name in names[:2]):
        return None
    x, y = file[names[0]], file[names[1]]
    faces = np.ma.filled(np.ma.asarray(connectivity[:], dtype=np.int64), -1)
    start = int(getattr(connectivity, "start_index", 0))
    faces = np.where(faces >= start, faces - start, -1)
    return Place(
        (variable.dimensions[-1],),
        _plain(x),
        _plain(y),
        faces,
        location == "node",
        _is_geographic(x),
        (_label(x), _label(y)),
        (x.name, y.name, connectivity.name),
    )


def _on_sww(file: Any, variable: Any) -> Place | None:
    """Output of ANUGA: values on ``number_of_volumes`` or ``number_of_points``."""
    if not _is_sww(file):
        return None
    dimension = variable.dimensions[-1]
    if dimension not in (file["volumes"].dimensions[0], file["x"].dimensions[0]):
        return None
    x, y = (_plain(file[n]) + float(getattr(file, f"{n}llcorner", 0.0)) for n in ("x", "y"))
    faces = np.asarray(file["volumes"][:], dtype=np.int64)
    on_nodes = dimension == file["x"].dimensions[0]
    names = ("easting", "northing")
    return Place((dimension,), x, y, faces, on_nodes, False, names, ("x", "y", "volumes"))


def _on_grid(file: Any, variable: Any) -> Place | None:
    if variable.ndim < 2:
        return None
    dimensions = variable.dimensions[-2:]
    named = [
        file.variables[n] for n in str(getattr(variable, "coordinates", "")).split() if n in file.variables
    ]
    own = [file.variables[d] for d in dimensions if d in file.variables]
    for candidates in (named, own):
        x, y = (_first(candidates, axis) for axis in ("x", "y"))
        if x is not None and y is not None and _fit(x, y, dimensions):
            transposed = x.ndim == 1 and x.dimensions == dimensions[:1]
            kept = dimensions[::-1] if transposed else dimensions
            names, made_of = (_label(x), _label(y)), (x.name, y.name)
            return Place(kept, _plain(x), _plain(y), None, False, _is_geographic(x), names, made_of)
    return None


def _fit(x: Any, y: Any, dimensions: tuple[str, ...]) -> bool:
    if x.ndim == 1 and y.ndim == 1:
        return {x.dimensions[0], y.dimensions[0]} == set(dimensions)
    return bool(x.dimensions == dimensions and y.dimensions == dimensions)


def _first(variables: list[Any], axis: str) -> Any:
    wanted = {"x": ("lon", "longitude", "x", "easting"), "y": ("lat", "latitude", "y", "northing")}[axis]
    standard = {"x": ("longitude", "projection_x_coordinate"), "y": ("latitude", "projection_y_coordinate")}[
        axis
    ]
    for variable in variables:
        if (
            getattr(variable, "standard_name", "") in standard
            or getattr(variable, "axis", "").lower() == axis
        ):
            return variable
    return next((v for v in variables if v.name.lower() in wanted), None)


def _plain(variable: Any) -> np.ndarray:
    return np.ma.filled(np.ma.asarray(variable[:], dtype=np.float64), np.nan)


def _is_geographic(variable: Any) -> bool:
    return str(getattr(variable, "units", "")).lower().startswith(_GEOGRAPHIC)


def _label(variable: Any) -> str:
    name = str(getattr(variable, "long_name", getattr(variable, "standard_name", variable.name)))
    return name.replace("_", " ")
