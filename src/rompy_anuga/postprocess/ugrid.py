"""The model's output as a CF and UGRID-1.0 netCDF file: one value for each triangle (face).

Velocities and levels on dry faces are missing; depth there is what little water the scheme leaves. Maxima are those of
the output times, so they are as good as the output interval is short. The file is written in blocks of output times:
memory depends on the number of triangles, not on the length of the run.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.postprocess import Origin
from rompy_anuga.crs import GEOGRAPHIC, moved
from rompy_anuga.mesh_file import TriangleMesh
from rompy_anuga.postprocess.case_file import Case
from rompy_anuga.postprocess.discovery import Extent, global_attributes
from rompy_anuga.postprocess.maxima import Maxima
from rompy_anuga.postprocess.netcdf_file import (
    FACES_PER_CHUNK,
    LATITUDE,
    LONGITUDE,
    add_grid_mapping,
    add_time,
    add_variable,
    new_file,
    projection_attributes,
    time_chunk,
    time_units,
)
from rompy_anuga.postprocess.sww import Block, Sww
from rompy_anuga.postprocess.vertical_datum import vertical_datum

if TYPE_CHECKING:
    import netCDF4

CONVENTIONS = "CF-1.11, UGRID-1.0, ACDD-1.3"
FACE = "mesh2d_nFaces"
NODE = "mesh2d_nNodes"

BLOCK_MEMORY = 64 * 1024**2
"""Bytes that a block of output times may take while it is worked on."""


def write_ugrid(
    case: Case, path: str | Path, origin: Origin, *, dry_depth: float = 0.01, memory: int = BLOCK_MEMORY
) -> Path:
    """Convert the output of a finished run. ``dry_depth`` (m): faces with less water are dry.

    The same run gives the same bytes. The file appears when it is complete.

    Raises:
        PostprocessError: the output cannot be read or is not finite.
    """
    path = Path(path)
    with Sww(case.sww) as output, new_file(path) as file:
        rows = output.rows_within(memory)
        times = time_chunk(len(output.seconds), rows)
        rows -= rows % times  # whole chunks only: a chunk that is written twice is compressed twice
        file.setncattr("Conventions", CONVENTIONS)
        extent = _write_mesh(file, case, output)
        add_time(file, case, output.seconds)
        add_grid_mapping(file, case)
        _define_series(file, case, times)
        maxima = Maxima(len(output.faces))
        for block in output.blocks(rows, dry_depth):
            _write_block(file, block)
            maxima.update(block)
        _write_maxima(file, case, maxima, dry_depth)
        file.setncatts(_global_attributes(case, origin, extent, output, dry_depth))
    return path


def _global_attributes(
    case: Case, origin: Origin, extent: Extent, output: Sww, dry_depth: float
) -> dict[str, Any]:
    first, last = np.datetime_as_string(case.times(output.seconds[[0, -1]]), unit="m")
    return global_attributes(
        case,
        origin,
        extent,
        title=f"{case.name}: water levels and currents",
        summary=(
            f"Water level, depth and depth-averaged velocity on {len(output.faces)} triangles from {first} to {last} "
            f"UTC at {len(output.seconds)} times, with their maxima. Faces with less than {dry_depth:g} m of water "
            "are dry."
        ),
        step=f"{case.sww.name} to UGRID, dry below {dry_depth:g} m",
        earlier=str(output.attributes.get("history", "")),
    )


def _write_mesh(file: netCDF4.Dataset, case: Case, output: Sww) -> Extent:
    """Topology, coordinates of nodes and faces, areas and bed."""
    nodes, faces = output.nodes, output.faces
    centres = nodes[faces].mean(axis=1)
    lon, lat = moved(centres, case.crs, GEOGRAPHIC).T
    file.createDimension(NODE, len(nodes))
    file.createDimension(FACE, len(faces))
    file.createDimension("mesh2d_nMax_face_nodes", 3)
    add_variable(file, "mesh2d", (), _TOPOLOGY, 0, dtype="i4")
    add_variable(file, "mesh2d_node_x", (NODE,), projection_attributes("x"), nodes[:, 0])
    add_variable(file, "mesh2d_node_y", (NODE,), projection_attributes("y"), nodes[:, 1])
    add_variable(
        file, "mesh2d_face_nodes", (FACE, "mesh2d_nMax_face_nodes"), _CONNECTIVITY, faces, dtype="i4"
    )
    add_variable(file, "mesh2d_face_x", (FACE,), projection_attributes("x"), centres[:, 0])
    add_variable(file, "mesh2d_face_y", (FACE,), projection_attributes("y"), centres[:, 1])
    add_variable(file, "mesh2d_face_lon", (FACE,), LONGITUDE, lon)
    add_variable(file, "mesh2d_face_lat", (FACE,), LATITUDE, lat)
    areas = TriangleMesh(nodes, faces, {}, {}).areas
    add_variable(file, "mesh2d_face_area", (FACE,), _on_faces("cell_area", "area of the face", "m2"), areas)
    datum = vertical_datum(case.vertical_datum)
    bed = _on_faces(datum.bed_standard_name, "bed level, positive up", "m", "area: mean", datum=datum.name)
    add_variable(file, "bed_level", (FACE,), bed, output.bed, dtype="f4")
    return Extent(lon, lat, output.bed, output.seconds)


_TOPOLOGY = {
    "cf_role": "mesh_topology",
    "long_name": "topology of the triangle mesh",
    "topology_dimension": np.int32(2),
    "node_coordinates": "mesh2d_node_x mesh2d_node_y",
    "face_node_connectivity": "mesh2d_face_nodes",
    "face_coordinates": "mesh2d_face_x mesh2d_face_y",
    "face_dimension": FACE,
}

_CONNECTIVITY = {
    "cf_role": "face_node_connectivity",
    "long_name": "nodes at the corners of each face, counter-clockwise",
    "start_index": np.int32(0),
}


def _on_faces(
    standard_name: str | None,
    long_name: str,
    units: str,
    cell_methods: str | None = None,
    *,
    datum: str | None = None,
    comment: str | None = None,
) -> dict[str, Any]:
    """Attributes of a variable on faces. Entries that are None are left out when written."""
    return {
        "standard_name": standard_name,
        "long_name": long_name,
        "units": units,
        "cell_methods": cell_methods,
        "vertical_datum": datum,
        "coverage_content_type": "modelResult",
        "comment": comment,
        "mesh": "mesh2d",
        "location": "face",
        "coordinates": "mesh2d_face_x mesh2d_face_y mesh2d_face_lon mesh2d_face_lat",
        "grid_mapping": "crs",
        "cell_measures": None if standard_name == "cell_area" else "area: mesh2d_face_area",
    }


_DRY = "missing where dry"
_CURRENT = f"averaged over depth; {_DRY}"
_VELOCITY = f"{_CURRENT}; components along the axes of the projection"
_DEPTH_NAME = "sea_floor_depth_below_sea_surface"


def _define_series(file: netCDF4.Dataset, case: Case, times: int) -> None:
    datum = vertical_datum(case.vertical_datum)
    instant = "area: mean time: point"
    described = {
        "water_level": _on_faces(
            datum.level_standard_name, "water level", "m", instant, datum=datum.name, comment=_DRY
        ),
        "depth": _on_faces(_DEPTH_NAME, "water depth", "m", instant),
        "x_velocity": _on_faces(
            "sea_water_x_velocity", "velocity along x", "m s-1", instant, comment=_VELOCITY
        ),
        "y_velocity": _on_faces(
            "sea_water_y_velocity", "velocity along y", "m s-1", instant, comment=_VELOCITY
        ),
        "speed": _on_faces("sea_water_speed", "current speed", "m s-1", instant, comment=_CURRENT),
    }
    chunks = (times, min(len(file.dimensions[FACE]), FACES_PER_CHUNK))
    for name, attributes in described.items():
        has_gaps = name != "depth"
        add_variable(file, name, ("time", FACE), attributes, dtype="f4", has_gaps=has_gaps, chunks=chunks)


def _write_block(file: netCDF4.Dataset, block: Block) -> None:
    file["water_level"][block.rows] = block.level
    file["depth"][block.rows] = block.depth
    file["x_velocity"][block.rows] = block.x_velocity
    file["y_velocity"][block.rows] = block.y_velocity
    file["speed"][block.rows] = block.speed


def _write_maxima(file: netCDF4.Dataset, case: Case, maxima: Maxima, dry_depth: float) -> None:
    datum = vertical_datum(case.vertical_datum)
    largest = "area: mean time: maximum"
    of_outputs = "of the output times"
    never = f"{of_outputs}; missing where never wet"
    values = {
        "max_water_level": (
            maxima.level,
            _on_faces(
                datum.level_standard_name,
                "maximum water level",
                "m",
                largest,
                datum=datum.name,
                comment=never,
            ),
        ),
        "max_depth": (
            maxima.depth,
            _on_faces(_DEPTH_NAME, "maximum water depth", "m", largest, comment=of_outputs),
        ),
        "max_speed": (
            maxima.speed,
            _on_faces("sea_water_speed", "maximum current speed", "m s-1", largest, comment=never),
        ),
        "wet_fraction": (
            maxima.wet_fraction,
            _on_faces(None, f"fraction of output times with more than {dry_depth:g} m of water", "1"),
        ),
    }
    for name, (numbers, attributes) in values.items():
        add_variable(file, name, (FACE,), attributes, numbers, dtype="f4", has_gaps=True)
    moments = {
        "first_wet_time": (maxima.first_wet_time, "first output time at which the face is wet"),
        "max_water_level_time": (maxima.level_time, "output time of the maximum water level"),
        "max_speed_time": (maxima.speed_time, "output time of the maximum current speed"),
    }
    for name, (seconds, long_name) in moments.items():
        attributes = _on_faces(None, long_name, "", comment="missing where never wet") | time_units(case)
        add_variable(file, name, (FACE,), attributes, seconds, dtype="f8", has_gaps=True)
