import csv
import logging

import numpy as np
import pytest
import xarray as xr

from rompy.errors import PostprocessError
from rompy.postprocess import Origin
from rompy_anuga.postprocess.case_file import read_case
from rompy_anuga.postprocess.station_point import StationPoint
from rompy_anuga.postprocess.stations import (
    place_stations,
    read_series,
    write_station_file,
    write_station_table,
)

POINTS = {
    "Mündung": StationPoint(x=759_010.0, y=5_912_200.0),
    "beach": StationPoint(x=760_700.0, y=5_912_200.0),
}


@pytest.fixture
def case(finished_channel):
    return read_case(finished_channel)


@pytest.fixture
def series(case, ugrid_file):
    return read_series(ugrid_file, place_stations(case, POINTS))


def test_a_station_has_the_values_of_its_triangle(case, ugrid_file, series):
    with xr.open_dataset(ugrid_file) as dataset:
        for one in series:
            face = dataset.isel(mesh2d_nFaces=one.station.face)
            assert np.hypot(face.mesh2d_face_x - one.station.x, face.mesh2d_face_y - one.station.y) < 60
            np.testing.assert_array_equal(face.water_level, one.water_level)
            np.testing.assert_array_equal(face.speed, one.speed)
            assert one.station.bed_level == face.bed_level


def test_level_at_the_mouth_follows_the_tide(series):
    expected = 0.6 * np.sin(2 * np.pi * series[0].seconds / 3600)
    np.testing.assert_allclose(series[0].water_level, expected, atol=0.05)


def test_longitude_and_latitude_mean_the_same_place(case):
    by_metres = place_stations(case, POINTS)[1]
    point = StationPoint(lon=by_metres.lon, lat=by_metres.lat)
    (by_degrees,) = place_stations(case, {"beach": point})
    assert by_degrees.face == by_metres.face
    assert by_degrees.x == pytest.approx(by_metres.x, abs=1e-3)


def test_a_station_outside_the_mesh_is_an_error_with_the_distance(case):
    with pytest.raises(PostprocessError, match=r"'far' \(x 759500\.0.*outside the mesh, 100 m") as caught:
        place_stations(case, {"far": StationPoint(x=759_500.0, y=5_912_500.0)})
    assert caught.value.field == "stations.far"
    assert "the mesh covers x 759000 to 761000" in caught.value.hint


def test_a_station_that_is_never_wet_is_reported(case, ugrid_file, caplog):
    (station,) = place_stations(case, {"top": StationPoint(x=760_990.0, y=5_912_200.0)})
    with caplog.at_level(logging.WARNING):
        (top,) = read_series(ugrid_file, [station])
    assert np.isnan(top.water_level).all()
    assert "station top" in caplog.text


def test_the_file_is_a_cf_time_series(case, series, tmp_path):
    path = write_station_file(case, tmp_path / "stations.nc", series, Origin("channel-1"))
    with xr.open_dataset(path) as dataset:
        assert dataset.attrs["featureType"] == "timeSeries"
        assert dataset.attrs["id"] == "channel-1"
        assert dataset.station_name.attrs["cf_role"] == "timeseries_id"
        assert dataset.station_name.values.tolist() == ["Mündung", "beach"]
        assert dataset.water_level.dims == ("station", "time")
        assert {"lon", "lat", "x", "y", "station_name", "time"} <= set(dataset.water_level.coords)
        np.testing.assert_array_equal(dataset.water_level[1], series[1].water_level)
        assert dataset.time.values[1] == np.datetime64("2023-02-01T00:02:00")


def test_files_are_byte_identical(case, series, tmp_path):
    first, second = (
        write_station_file(case, tmp_path / name, series, Origin()).read_bytes() for name in ("a.nc", "b.nc")
    )
    assert first == second


def test_the_table_has_a_row_for_each_station_and_time_and_gaps_when_dry(case, series, tmp_path):
    path = write_station_table(case, tmp_path / "stations.csv", series)
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * 46
    beach = [row for row in rows if row["station"] == "beach"]
    assert beach[1]["time_utc"] == "2023-02-01T00:02:00Z"
    levels = [float(row["water_level_m"] or "nan") for row in beach]
    np.testing.assert_allclose(levels, series[1].water_level, atol=5.1e-5)
    assert np.isnan(levels).any()
    assert all(row["depth_m"] for row in rows)
