"""Cases that cannot be right: each is refused before it runs, with one line and status 2, and nothing is written."""

from __future__ import annotations

import netCDF4
import numpy as np
import pytest

X, Y = [-10.0, 110.0], [-10.0, 60.0]
TIMES = [0.0, 5.0, 10.0]


def wind(case, x=X, y=Y, seconds=TIMES, units="m s-1", u10=lambda t, x, y: x):
    case.changing("wind.nc", x, y, seconds, units, u10=u10, v10=lambda t, x, y: y)
    case.content["wind"] = {"file": "wind.nc", "x_wind": "u10", "y_wind": "v10"}


def tide(case, seconds=TIMES, values=(0.0, 1.0, 2.0), variable="water_level"):
    case.series("tide.nc", seconds, values)
    case.content["boundaries"]["west"] = {"type": "water_level", "file": "tide.nc", "variable": variable}


def field(case, key, variable, values, x=X, y=Y, units="m"):
    case.still(f"{key}.nc", variable, values, x, y, units)
    case.content[key] = {"file": f"{key}.nc", "variable": variable}


def no_such_variable(case):
    tide(case, variable="level")


def not_netcdf(case):
    tide(case)
    (case.path / "tide.nc").write_text("no netCDF")


def no_such_file(case):
    tide(case)
    (case.path / "tide.nc").unlink()


def tag_without_condition(case):
    del case.content["boundaries"]["north"]


def condition_without_tag(case):
    case.content["boundaries"]["ocean"] = {"type": "wall"}


def wind_too_small(case):
    wind(case, x=[20, 80])


def wind_too_short(case):
    wind(case, seconds=[0, 3, 6])


def wind_with_a_hole(case):
    wind(case, u10=lambda t, x, y: np.where(t == 5, np.nan, x))


def wind_in_knots(case):
    wind(case, units="knots")


def tide_too_late(case):
    tide(case, seconds=[2, 5, 20])


def tide_with_a_hole(case):
    tide(case, values=[0.0, np.nan, 1.0])


def tide_going_back(case):
    tide(case, seconds=[0, 10, 5])


def bathymetry_with_a_hole(case):
    x = np.linspace(-10, 110, 25)
    field(case, "bathymetry", "elevation", lambda a, b: np.where(a > 80, np.nan, -5.0), x=x)


def bathymetry_too_small(case):
    field(case, "bathymetry", "elevation", lambda a, b: -5.0 + 0 * a, y=[0, 30])


def bathymetry_of_degrees(case):
    field(case, "bathymetry", "elevation", lambda a, b: -5.0 + 0 * a)
    with netCDF4.Dataset(case.path / "bathymetry.nc", "a") as file:
        file["x"].units = "degrees_east"


def mesh_without_bed(case):
    lines = (case.path / "mesh.tsh").read_text().replace("\nelevation\n", "\ndepth\n")
    (case.path / "mesh.tsh").write_text(lines)


def negative_friction(case):
    field(case, "friction", "manning", lambda a, b: 0.0005 * a - 0.01, units="s m-1/3")


def negative_rain(case):
    case.changing("rain.nc", X, Y, TIMES, "mm h-1", rain=lambda t, x, y: t - 7)
    case.content["rain"] = {"file": "rain.nc", "variable": "rain"}


def rain_in_metres(case):
    case.changing("rain.nc", X, Y, TIMES, "kg m-2 s-1", rain=lambda t, x, y: t)
    case.content["rain"] = {"file": "rain.nc", "variable": "rain"}


def pressure_in_hectopascal(case):
    case.changing("p.nc", X, Y, TIMES, "hPa", msl=lambda t, x, y: 1013 + 0 * x)
    case.content["pressure"] = {"file": "p.nc", "variable": "msl"}


def side_that_is_not_there(case):
    case.rectangle()
    case.content["mesh"]["tags"]["west"] = [4]


def side_with_two_tags(case):
    case.rectangle()
    case.content["mesh"]["tags"]["west"] = [0, 3]


def side_without_condition(case):
    case.rectangle()
    del case.content["mesh"]["tags"]["west"]
    del case.content["boundaries"]["west"]


def region_outside(case):
    case.rectangle()
    case.polygon("r.csv", [(10, 10), (120, 10), (20, 20)])
    case.content["mesh"]["regions"] = [{"polygon": "r.csv", "max_area_m2": 5.0}]


def crossing_polygon(case):
    case.rectangle()
    case.polygon("domain.csv", [(0, 0), (100, 50), (100, 0), (0, 50)])


def other_format(case):
    case.content["format"] = "rompy-anuga-case/9"


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        (no_such_file, "boundaries.west.file: there is no file 'tide.nc'"),
        (not_netcdf, "boundaries.west: tide.nc: not a netCDF file that can be read"),
        (
            no_such_variable,
            "boundaries.west: tide.nc: there is no variable 'level'; in the file: time, water_level",
        ),
        (
            tag_without_condition,
            "boundaries: no condition for tag 'north'; the mesh has east (2 edges), north (4 edges)",
        ),
        (condition_without_tag, "boundaries: the mesh has no tag 'ocean'; it has east (2 edges)"),
        (wind_too_small, "wind: wind.nc: does not cover the mesh: it has x 20.0 to 80.0"),
        (
            wind_too_short,
            "wind: wind.nc: covers 2023-02-01T00:00:00Z to 2023-02-01T00:00:06Z, but the run lasts",
        ),
        (
            wind_with_a_hole,
            "wind: wind.nc: u10 has no value at 32 of 32 points of the mesh at 2023-02-01T00:00:05Z",
        ),
        (wind_in_knots, "wind: wind.nc: the units of 'u10' are 'knots', not 'm s-1'"),
        (tide_too_late, "2 s are missing at the beginning"),
        (tide_with_a_hole, "boundaries.west: tide.nc: water_level has no value at 1 of 3 times"),
        (
            tide_going_back,
            "time does not rise throughout: 2023-02-01T00:00:10Z is followed by 2023-02-01T00:00:05Z",
        ),
        (
            bathymetry_with_a_hole,
            "bathymetry: bathymetry.nc: elevation has no value at 6 of 32 points of the mesh",
        ),
        (bathymetry_too_small, "needed are x 4.2 to 95.8, y 4.2 to 45.8, which is 15.8 m too far north"),
        (bathymetry_of_degrees, "bathymetry: bathymetry.nc: the units of x are 'degrees_east'"),
        (mesh_without_bed, "bathymetry.from: mesh.tsh: the nodes of this mesh bear no attribute 'elevation'"),
        (negative_friction, "friction: friction.nc: Manning's n is -0.0079"),
        (negative_rain, "rain: rain.nc: rain is -7 at 2023-02-01T00:00:00Z, less than 0"),
        (rain_in_metres, "rain: rain.nc: the units of 'rain' are 'kg m-2 s-1', not 'mm h-1'"),
        (pressure_in_hectopascal, "pressure: p.nc: the units of 'msl' are 'hPa', not 'Pa'"),
        (side_that_is_not_there, "mesh.tags.west: there is no side 4; domain.csv has 4, from 0"),
        (side_with_two_tags, "mesh.tags: side 0 is both 'south' and 'west'"),
        (side_without_condition, "no condition for tag 'exterior'"),
        (region_outside, "mesh.regions[0]: r.csv: point 1 (x 120.0 y 10.0) is not inside the domain"),
        (crossing_polygon, "mesh: domain.csv: sides 0 and 2 cross each other"),
        (other_format, "case.json: format: this driver reads 'rompy-anuga-case/1', not 'rompy-anuga-case/9'"),
    ],
)
def test_it_is_refused_with_one_line_and_nothing_is_written(case, mistake, message):
    mistake(case)
    case.write()
    before = case.files()
    ended = case.run()
    assert ended.status == 2, ended.err
    assert ended.out == ""
    assert ended.err.startswith("run_case: ")
    assert len(ended.err.splitlines()) == 1
    assert message in ended.err
    assert case.files() == before


def test_the_same_mistakes_mended_run(case):
    wind(case)
    tide(case)
    field(case, "bathymetry", "elevation", lambda a, b: -5.0 + 0 * a)
    assert case.run().status == 0
