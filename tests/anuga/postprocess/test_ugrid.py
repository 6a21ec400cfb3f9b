import json
import time
import tracemalloc

import netCDF4
import numpy as np
import pytest
import xarray as xr

from rompy.postprocess import Origin
from rompy_anuga.postprocess.case_file import read_case
from rompy_anuga.postprocess.sww import Sww
from rompy_anuga.postprocess.ugrid import write_ugrid

SERIES = ("water_level", "depth", "x_velocity", "y_velocity", "speed")


@pytest.fixture
def dataset(ugrid_file):
    with xr.open_dataset(ugrid_file) as opened:
        yield opened


def test_times_decode_to_utc(dataset):
    assert dataset.time.values[0] == np.datetime64("2023-02-01T00:00:00")
    assert dataset.time.values[-1] == np.datetime64("2023-02-01T01:30:00")
    assert dataset.first_wet_time.dtype.kind == "M"


def test_volume_is_the_one_that_the_model_reports(dataset, finished_channel):
    balance = json.loads((finished_channel / "run.json").read_text())["mass_balance"]
    volume = (dataset.depth * dataset.mesh2d_face_area).sum("mesh2d_nFaces")
    assert float(volume[0]) == pytest.approx(balance["initial_volume_m3"], rel=1e-6)
    assert float(volume[-1]) == pytest.approx(balance["final_volume_m3"], rel=1e-6)


def test_bed_is_the_one_that_the_model_was_given(dataset):
    expected = -4.0 + 5.0 * (dataset.mesh2d_face_x - 759_000.0) / 2000.0
    np.testing.assert_allclose(dataset.bed_level, expected, atol=1e-3)


def test_dry_faces_have_no_level_and_no_velocity(dataset):
    dry = dataset.depth <= 0.01
    assert dry.any()
    assert not dry.all()
    for name in ("water_level", "x_velocity", "y_velocity", "speed"):
        assert (dataset[name].isnull() == dry).all(), name


def test_maxima_are_those_of_the_series(dataset):
    for name in ("water_level", "depth", "speed"):
        largest = dataset[name].max("time")
        xr.testing.assert_equal(
            dataset[f"max_{name}"].drop_attrs(), largest.rename(f"max_{name}").drop_attrs()
        )
    wet = dataset.depth > 0.01
    np.testing.assert_allclose(dataset.wet_fraction, wet.mean("time"), atol=1e-7)
    ever = wet.any("time").values
    first = dataset.time.values[wet.values.argmax(axis=0)]
    np.testing.assert_array_equal(dataset.first_wet_time.values[ever], first[ever])
    assert np.isnat(dataset.first_wet_time.values[~ever]).all()
    faces = dataset.isel(mesh2d_nFaces=ever)
    np.testing.assert_array_equal(faces.speed.sel(time=faces.max_speed_time), faces.max_speed)


def test_every_variable_on_faces_says_where_it_lies(dataset):
    on_faces = [v for v in dataset.data_vars.values() if v.dims[-1:] == ("mesh2d_nFaces",)]
    assert len(on_faces) >= 14
    for variable in on_faces:
        assert variable.attrs["mesh"] == "mesh2d"
        assert variable.attrs["location"] == "face"
        assert (variable.attrs.get("grid_mapping") or variable.encoding["grid_mapping"]) == "crs"
        assert "mesh2d_face_lon" in variable.coords


def test_positions_agree_in_both_systems(dataset):
    pyproj = pytest.importorskip("pyproj")
    crs = pyproj.CRS.from_cf(dataset.crs.attrs)
    assert crs.to_epsg() == 28355
    back = pyproj.Transformer.from_crs(4326, crs, always_xy=True)
    x, y = back.transform(dataset.mesh2d_face_lon, dataset.mesh2d_face_lat)
    np.testing.assert_allclose(x, dataset.mesh2d_face_x, atol=1e-3)
    np.testing.assert_allclose(y, dataset.mesh2d_face_y, atol=1e-3)


def test_the_vertical_datum_is_stated(dataset, finished_mesh_file_run, tmp_path):
    assert dataset.water_level.attrs["standard_name"] == "sea_surface_height_above_mean_sea_level"
    assert dataset.bed_level.attrs["vertical_datum"] == "MSL"
    path = write_ugrid(read_case(finished_mesh_file_run), tmp_path / "a.nc", Origin())
    with xr.open_dataset(path) as other:
        assert other.water_level.attrs["standard_name"] == "sea_surface_height_above_geopotential_datum"
        assert other.crs.attrs["geopotential_datum_name"] == "AHD"
        assert other.attrs["geospatial_bounds_vertical_crs"] == "EPSG:5711"


def test_global_attributes_identify_the_run(dataset):
    attributes = dataset.attrs
    assert attributes["Conventions"] == "CF-1.11, UGRID-1.0, ACDD-1.3"
    assert attributes["id"] == "channel-1"
    assert attributes["source"].startswith("ANUGA 4.1.0")
    assert attributes["time_coverage_start"] == "2023-02-01T00:00:00Z"
    assert attributes["time_coverage_duration"] == "PT5400S"
    assert attributes["time_coverage_resolution"] == "PT120S"
    assert attributes["geospatial_lon_min"] == pytest.approx(149.906, abs=0.001)
    assert "date_created" not in attributes


@pytest.mark.filterwarnings("ignore:numba is not installed")
def test_xugrid_reads_it_as_ugrid(ugrid_file):
    xugrid = pytest.importorskip("xugrid", exc_type=ImportError)
    with xugrid.open_dataset(ugrid_file) as dataset:
        grid = dataset.ugrid.grid
        assert grid.topology_dimension == 2
        assert grid.crs.to_epsg() == 28355
        assert grid.area.sum() == pytest.approx(800_000.0, rel=1e-6)
        np.testing.assert_allclose(grid.area, dataset.mesh2d_face_area, rtol=1e-6)
        assert set(dataset.max_depth.dims) == {"mesh2d_nFaces"}
        rim = grid.node_coordinates[grid.edge_node_connectivity[grid.exterior_edges]]
        assert np.hypot(*(rim[:, 1] - rim[:, 0]).T).sum() == pytest.approx(4800.0, abs=0.1)
        shallow = dataset.isel(mesh2d_nFaces=np.flatnonzero(dataset.bed_level > 0))
        assert 0 < shallow.ugrid.grid.n_face < grid.n_face


def test_two_conversions_are_byte_identical(finished_channel, ugrid_file, tmp_path):
    time.sleep(1.1)  # a clock in seconds would show
    again = write_ugrid(read_case(finished_channel), tmp_path / "again.nc", Origin("channel-1", "4.1.0"))
    assert again.read_bytes() == ugrid_file.read_bytes()


def test_block_size_does_not_change_the_values(finished_channel, ugrid_file, tmp_path):
    small = write_ugrid(
        read_case(finished_channel), tmp_path / "small.nc", Origin("channel-1", "4.1.0"), memory=1
    )
    with xr.open_dataset(small) as a, xr.open_dataset(ugrid_file) as b:
        xr.testing.assert_identical(a, b)


def test_memory_does_not_grow_with_the_length_of_the_run(channel, tmp_path):
    lengthen(channel, times=40)
    case = read_case(channel)
    tracemalloc.start()
    try:
        write_ugrid(case, tmp_path / "long.nc", Origin(), memory=1_000_000)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    with Sww(case.sww) as output:
        whole = 8 * len(output.seconds) * len(output.faces)
    assert whole > 6_000_000
    assert peak < 3_000_000


def lengthen(workspace, times):
    """Repeat the output of a run in time."""
    with netCDF4.Dataset(workspace / "tidal_channel.sww", "a") as file:
        file.set_auto_mask(False)
        seconds = file["time"][:]
        n, period = len(seconds), seconds[-1] + seconds[1]
        copied = {name: file[name][:] for name in ("stage_c", "xmomentum_c", "ymomentum_c")}
        for k in range(1, times):
            part = slice(k * n, (k + 1) * n)
            file["time"][part] = seconds + k * period
            for name, values in copied.items():
                file[name][part] = values


def test_a_failed_conversion_leaves_nothing(channel, tmp_path):
    with netCDF4.Dataset(channel / "tidal_channel.sww", "a") as file:
        file["stage_c"][-1, 0] = np.inf
    with pytest.raises(Exception, match="not finite"):
        write_ugrid(read_case(channel), tmp_path / "results.nc", Origin())
    assert list(tmp_path.glob("*.nc")) == []
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_files_are_compressed_and_chunked_for_maps_and_series(ugrid_file):
    with netCDF4.Dataset(ugrid_file) as file:
        for name in SERIES:
            assert file[name].filters()["zlib"]
            assert file[name].chunking()[0] <= 16
