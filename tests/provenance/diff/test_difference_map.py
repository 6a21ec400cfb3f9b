import netCDF4
import numpy as np
import pytest

from rompy.errors import DataError
from rompy.provenance.diff.difference import Comparison, LevelReport
from rompy.provenance.diff.difference_field import difference_field
from rompy.provenance.diff.difference_map import draw_map
from rompy.provenance.diff.netcdf import compare_files
from rompy.provenance.diff.tolerance import Tolerance

NODES = np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]])
FACES = np.array([[0, 1, 2], [0, 2, 3]])


def sww(path, stage):
    """The way ANUGA lays it out: offsets from a corner, values on triangles and at nodes."""
    with netCDF4.Dataset(path, "w", format="NETCDF3_64BIT_OFFSET") as file:
        file.xllcorner, file.yllcorner, file.starttime = 5000.0, 9000.0, 0
        for name, size in (("number_of_volumes", 2), ("number_of_vertices", 3), ("number_of_points", 4),
                           ("number_of_timesteps", len(stage))):  # fmt: skip
            file.createDimension(name, size)
        file.createVariable("x", "f4", ("number_of_points",))[:] = NODES[:, 0]
        file.createVariable("y", "f4", ("number_of_points",))[:] = NODES[:, 1]
        file.createVariable("volumes", "i4", ("number_of_volumes", "number_of_vertices"))[:] = FACES
        file.createVariable("time", "f8", ("number_of_timesteps",))[:] = np.arange(len(stage))
        file.createVariable("stage_c", "f4", ("number_of_timesteps", "number_of_volumes"))[:] = stage
        file.createVariable("stage", "f4", ("number_of_timesteps", "number_of_points"))[:] = np.zeros(
            (len(stage), 4)
        )


def ugrid(path, level):
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("face", 2), ("node", 4), ("corner", 3), ("time", len(level))):
            file.createDimension(name, size)
        file.createVariable("mesh", "i4").setncatts(
            {"node_coordinates": "nx ny", "face_node_connectivity": "fn", "cf_role": "mesh_topology"}
        )
        file.createVariable("nx", "f8", ("node",))[:] = NODES[:, 0] / 1000
        file.createVariable("ny", "f8", ("node",))[:] = NODES[:, 1] / 1000
        file["nx"].units, file["ny"].units = "degrees_east", "degrees_north"
        file.createVariable("fn", "i4", ("face", "corner"))[:] = FACES + 1
        file["fn"].start_index = 1
        file.createVariable("level", "f8", ("time", "face"), fill_value=np.nan)[:] = level
        file["level"].setncatts({"mesh": "mesh", "location": "face"})


def grid(path, level):
    """Latitude runs along the last dimension, as it may."""
    with netCDF4.Dataset(path, "w") as file:
        for name, size in (("time", len(level)), ("lon", 3), ("lat", 2)):
            file.createDimension(name, size)
        file.createVariable("lon", "f8", ("lon",))[:] = [1, 2, 3]
        file.createVariable("lat", "f8", ("lat",))[:] = [-37, -36]
        file["lon"].units, file["lat"].units = "degrees_east", "degrees_north"
        file.createVariable("level", "f8", ("time", "lon", "lat"))[:] = level


@pytest.fixture
def pair(tmp_path):
    """``pair(write, a, b)``: a comparison of two folders with a file each."""

    def pair(write, a, b):
        for name, values in (("one", a), ("two", b)):
            (tmp_path / name).mkdir()
            write(tmp_path / name / "x.nc", values)
        found = compare_files("x.nc", tmp_path / "one/x.nc", tmp_path / "two/x.nc", Tolerance())
        report = LevelReport.of("results", [found])
        return Comparison(str(tmp_path / "one"), str(tmp_path / "two"), {"results": report})

    return pair


def test_output_of_anuga_is_mapped_on_its_triangles(pair, tmp_path):
    found = draw_map(pair(sww, [[0, 0], [0, 0]], [[0, 0.5], [0, -0.25]]), tmp_path / "map.png")
    assert (found.variable, found.times) == ("stage_c", 2)
    np.testing.assert_allclose(found.mean, [0, 0.125])
    np.testing.assert_allclose(found.largest, [0, 0.5])
    assert found.place.x.max() == 5100
    assert (tmp_path / "map.png").read_bytes().startswith(b"\x89PNG")


def test_meshes_that_count_from_one_and_have_gaps_are_mapped(pair, tmp_path):
    found = draw_map(pair(ugrid, [[0, np.nan], [0, np.nan]], [[1, 1], [2, np.nan]]), tmp_path / "map.png")
    np.testing.assert_allclose(found.mean, [1.5, np.nan])
    np.testing.assert_array_equal(found.place.faces, FACES)
    assert found.place.is_geographic


def test_grids_are_mapped_whichever_way_they_lie(pair, tmp_path):
    b = np.zeros((2, 3, 2))
    b[1, 2, 0] = 4.0
    found = draw_map(pair(grid, np.zeros((2, 3, 2)), b), tmp_path / "map.png")
    assert found.place.dimensions == ("lat", "lon")
    np.testing.assert_allclose(found.largest, [[0, 0, 4], [0, 0, 0]])


def test_the_same_difference_gives_the_same_picture(pair, tmp_path):
    comparison = pair(sww, [[0, 0]], [[0, 1]])
    for name in ("a.png", "b.png"):
        draw_map(comparison, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_without_a_difference_or_a_place_there_is_no_map(pair, tmp_path):
    comparison = pair(sww, [[0, 0]], [[0, 0]])
    with pytest.raises(DataError, match="no map"):
        draw_map(comparison, tmp_path / "map.png")
    with pytest.raises(DataError, match="'depth'"):
        difference_field(comparison, "depth")
    assert not (tmp_path / "map.png").exists()
