from __future__ import annotations

from datetime import datetime, timezone

import netCDF4
import numpy as np
import pytest

from rompy_anuga.driver.shallow_water.case import Variable
from rompy_anuga.driver.shallow_water.field import ChangingField, sample
from rompy_anuga.driver.shallow_water.problems import InputError

START = datetime(2023, 2, 1, tzinfo=timezone.utc)
POINTS = np.array([(10.0, 10.0), (20.0, 30.0), (55.0, 12.0)])


@pytest.fixture
def changing(case):
    def make(values, seconds=(0, 100, 200), units="mm h-1", duration=200.0, x=(0, 60), y=(0, 40)):
        case.changing("f.nc", x, y, seconds, units, rain=values)
        return ChangingField(Variable("rain", case.path / "f.nc", "rain"), "rain", POINTS, START, duration)

    return make


def test_it_is_linear_in_time_and_bilinear_in_space(changing):
    field = changing(lambda t, x, y: t * (x + 2 * y))
    a, b = POINTS.T
    for seconds in (0.0, 30.0, 100.0, 170.0, 200.0, 60.0):
        assert field(seconds) == pytest.approx(seconds * (a + 2 * b))


def test_dimensions_may_stand_in_any_order(case):
    with netCDF4.Dataset(case.path / "f.nc", "w") as file:
        case._axes(file, np.array([60.0, 0.0]), np.array([0.0, 40.0]))
        case._time(file, np.array([0.0, 100.0]))
        file.createVariable("rain", "f4", ("x", "time", "y"))[:] = np.arange(8).reshape(2, 2, 2)
        file.createVariable("z", "f4", ("x", "y"))[:] = [[1, 2], [3, 4]]
    variable = Variable("rain", case.path / "f.nc", "rain")
    corner = np.array([(60.0, 40.0), (0.0, 0.0)])
    assert ChangingField(variable, "rain", corner, START, 50.0)(100.0).tolist() == [3, 6]
    assert sample(Variable("z", case.path / "f.nc", "z"), corner).tolist() == [2, 3]


def test_packed_values_are_unpacked(case):
    with netCDF4.Dataset(case.path / "f.nc", "w") as file:
        case._axes(file, np.array([0.0, 60.0]), np.array([0.0, 40.0]))
        packed = file.createVariable("z", "i2", ("y", "x"), fill_value=-1)
        packed.scale_factor, packed.add_offset = 0.5, -10.0
        packed[:] = np.full((2, 2), -8.0)
    assert sample(Variable("b", case.path / "f.nc", "z"), POINTS).tolist() == [-8, -8, -8]


def test_a_hole_at_the_mesh_is_refused_with_its_place_and_time(changing):
    x, y = np.linspace(0, 60, 7), np.linspace(0, 40, 5)
    hole = changing(lambda t, a, b: np.where((t == 100) & (a == 20), np.nan, 1.0), x=x, y=y)
    with pytest.raises(
        InputError, match="no value at 1 of 3 points of the mesh at 2023-02-01T00:01:40Z.* x 20.0 y 30.0"
    ):
        hole.check_all()
    elsewhere = changing(lambda t, a, b: np.where(a == 40, np.nan, 1.0), x=x, y=y)
    elsewhere.check_all()


def test_holes_in_records_that_the_run_does_not_need_do_not_matter(changing):
    changing(
        lambda t, x, y: np.where(np.abs(t) > 150, np.nan, 1.0), seconds=[-300, -100, 100, 300], duration=90.0
    ).check_all()


def test_values_below_the_lowest_are_refused(changing):
    field = changing(lambda t, x, y: t - 20.0)
    with pytest.raises(InputError, match="rain is -20 at 2023-02-01T00:00:00Z, less than 0"):
        field.check_all(lowest=0.0)


def test_a_field_that_does_not_reach_is_refused_with_the_distances(changing):
    with pytest.raises(
        InputError,
        match=r"needed are x 10.0 to 55.0, y 10.0 to 30.0, .* 3.0 m too far west and 5.0 m too far east",
    ):
        changing(lambda t, x, y: t, x=(13, 50))


def test_coordinates_must_be_axes_in_metres(case):
    variable = Variable("bathymetry", case.path / "z.nc", "z")
    case.still("z.nc", "z", np.zeros((2, 3)), [0, 50, 20], [0, 60])
    with pytest.raises(InputError, match="x must be two or more numbers that rise or fall"):
        sample(variable, POINTS)
    case.still("z.nc", "z", np.zeros((2, 2)), [0, 60], [0, 60])
    with netCDF4.Dataset(case.path / "z.nc", "a") as file:
        file["y"].units = "degrees_north"
    with pytest.raises(InputError, match="units of y are 'degrees_north'"):
        sample(variable, POINTS)
