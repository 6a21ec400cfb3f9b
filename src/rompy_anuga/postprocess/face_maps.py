"""What does not depend on time in a result file: mesh, bed and maxima, for stations, summary and pictures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from rompy_anuga.postprocess.sww import Floats, Ints

FIELDS = ("bed_level", "max_water_level", "max_depth", "max_speed", "max_speed_time", "wet_fraction")


@dataclass(frozen=True)
class FaceMaps:
    """Arrays on faces of a file that :func:`~rompy_anuga.postprocess.ugrid.write_ugrid` wrote. NaN: never wet."""

    nodes: Floats
    """x and y, shape (nodes, 2), m."""
    faces: Ints
    """Node numbers, shape (faces, 3)."""
    lon: Floats
    lat: Floats
    bed_level: Floats
    """m above the datum, positive up."""
    max_water_level: Floats
    max_depth: Floats
    max_speed: Floats
    max_speed_time: Floats
    """Seconds since the start."""
    wet_fraction: Floats

    @cached_property
    def centres(self) -> Floats:
        """x and y of the middle of each face, shape (faces, 2)."""
        return np.asarray(self.nodes[self.faces].mean(axis=1))


def read_face_maps(path: str | Path) -> FaceMaps:
    """Read the static fields of a result file."""
    import netCDF4

    with netCDF4.Dataset(path) as file:
        file.set_auto_mask(False)
        return FaceMaps(
            nodes=np.column_stack([file["mesh2d_node_x"][:], file["mesh2d_node_y"][:]]),
            faces=np.asarray(file["mesh2d_face_nodes"][:], dtype=np.int64),
            lon=file["mesh2d_face_lon"][:],
            lat=file["mesh2d_face_lat"][:],
            **{name: np.asarray(file[name][:], dtype=np.float64) for name in FIELDS},
        )
