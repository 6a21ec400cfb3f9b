"""Coordinate reference systems and directions on the grid."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from rompy.errors import ConfigError
from rompy_anuga import crs
from rompy_anuga.crs_field import Crs, ProjectedCrs


@pytest.mark.parametrize("given_", [28355, "28355", "EPSG:28355"])
def test_systems_may_be_given_by_number(given_):
    assert TypeAdapter(ProjectedCrs).validate_python(given_) == "EPSG:28355"


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("EPSG:4326", "not projected"),
        ("EPSG:4978", "not projected"),
        ("EPSG:2227", "foot"),
        ("EPSG:999999", "PROJ knows"),
        ("UTM 55 south or so", "PROJ knows"),
    ],
)
def test_systems_that_the_model_cannot_use_are_refused(text, what):
    with pytest.raises(ConfigError, match=what):
        crs.require_projected_metres(crs.known(text) and text)
    with pytest.raises(ValidationError, match=what):
        TypeAdapter(ProjectedCrs).validate_python(text)


def test_data_may_be_in_any_known_system():
    assert TypeAdapter(Crs).validate_python(4326) == "EPSG:4326"
    with pytest.raises(ValidationError):
        TypeAdapter(Crs).validate_python(True)


def test_known_point_is_moved_where_it_belongs():
    # Merimbula, longitude first.
    lon, lat = crs.moved([(759600, 5912330)], "EPSG:28355", "EPSG:4326")[0]
    assert (lon, lat) == pytest.approx((149.9134, -36.8993), abs=1e-4)
    points = np.array([(1.0, 2.0)])
    assert crs.moved(points, "EPSG:28355", "EPSG:28355") is points


def test_convergence_agrees_with_proj_and_vanishes_on_the_central_meridian():
    from pyproj import Proj

    x, y = np.array([759600.0, 300000.0]), np.array([5912330.0, 5912330.0])
    lon, lat = crs.transformer("EPSG:28355", "EPSG:4326").transform(x, y)
    expected = -np.radians(Proj("EPSG:28355").get_factors(lon, lat).meridian_convergence)
    np.testing.assert_allclose(crs.convergence(x, y, "EPSG:28355"), expected, atol=1e-7)
    assert crs.convergence(500000.0, 5912330.0, "EPSG:28355") == pytest.approx(0.0, abs=1e-9)
    assert crs.convergence(3.0, 52.0, "EPSG:4326") == 0.0


def test_true_north_wind_points_along_the_meridian_on_the_grid():
    x, y = 759600.0, 5912330.0
    lon, lat = crs.transformer("EPSG:28355", "EPSG:4326").transform(x, y)
    north = np.array(crs.transformer("EPSG:4326", "EPSG:28355").transform(lon, lat + 1e-3)) - [x, y]
    u, v = crs.rotated_to_grid(0.0, 10.0, crs.convergence(x, y, "EPSG:28355"))
    assert np.hypot(u, v) == pytest.approx(10.0)
    assert np.arctan2(u, v) == pytest.approx(np.arctan2(*north), abs=1e-6)


@given(st.floats(-30, 30), st.floats(-30, 30), st.floats(-3, 3))
def test_turning_keeps_speed_and_turns_back(east, north, angle):
    u, v = crs.rotated_to_grid(east, north, angle)
    assert np.hypot(u, v) == pytest.approx(np.hypot(east, north), abs=1e-9)
    assert crs.rotated_to_grid(u, v, -angle) == pytest.approx((east, north), abs=1e-9)
