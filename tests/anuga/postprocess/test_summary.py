from dataclasses import replace

import numpy as np
import pytest

from rompy.errors import PostprocessError
from rompy_anuga.postprocess.boundary_series import BoundarySeries, read_boundary_series
from rompy_anuga.postprocess.face_maps import read_face_maps
from rompy_anuga.postprocess.finished_run import finished_run
from rompy_anuga.postprocess.stations import Station, StationSeries
from rompy_anuga.postprocess.summary import summarise

M2 = 44714.16


def station(name, x, level, seconds):
    nothing = np.zeros_like(level)
    place = Station(name, x, 5_912_200.0, 149.9, -36.9, 0, -4.0)
    return StationSeries(place, seconds, level, level + 4, nothing, nothing, nothing)


@pytest.fixture
def run(finished_channel):
    return finished_run(finished_channel)


@pytest.fixture
def maps(ugrid_file):
    return read_face_maps(ugrid_file)


@pytest.fixture
def tide():
    """A boundary and three places along a lake that damps the tide to 40 % and delays it by two hours."""
    seconds = np.arange(0.0, 2 * M2, 600.0)
    phase = 2 * np.pi * seconds / M2
    lag = 2 * np.pi * 7200 / M2
    boundary = BoundarySeries("open", seconds, 0.6 * np.sin(phase))
    lake = 0.24 * np.sin(phase - lag)
    flat = np.where(np.sin(phase - lag) > 0, lake, np.nan)
    return [boundary], [
        station("sea", 759_050.0, 0.6 * np.sin(phase), seconds),
        station("lake", 760_000.0, lake, seconds),
        station("flat", 760_900.0, flat, seconds),
    ]


EDGE = {"open": np.array([[759_000.0, 5_912_100.0], [759_000.0, 5_912_300.0]])}


def test_the_furthest_wet_station_is_compared_with_the_boundary(run, maps, tide):
    summary = summarise(run, maps, *tide, edge_points=EDGE)
    assert summary.outside.place == "boundary open"
    assert summary.inside.place == "station lake"
    assert summary.outside.level_m == pytest.approx(0.6, abs=1e-4)
    assert summary.inside.level_m == pytest.approx(0.24, abs=1e-4)
    assert summary.lag_s == pytest.approx(7200, abs=5)
    assert summary.range_ratio == pytest.approx(0.4, abs=1e-3)
    assert not summary.range_is_partial


def test_another_station_can_be_named(run, maps, tide):
    summary = summarise(run, maps, *tide, edge_points=EDGE, inside="sea")
    assert summary.range_ratio == pytest.approx(1.0, abs=1e-6)
    assert summary.lag_s == pytest.approx(0, abs=1)


def test_an_unknown_station_is_an_error(run, maps, tide):
    with pytest.raises(PostprocessError, match=r"no station 'lakes'(.|\n)*sea, lake, flat"):
        summarise(run, maps, *tide, edge_points=EDGE, inside="lakes")


def test_five_lines_say_it(run, maps, tide):
    lines = summarise(run, maps, *tide, edge_points=EDGE).lines
    assert [line[:21].strip() for line in lines] == [
        "High water outside:",
        "High water inside:",
        "Range inside:",
        "Maximum speed:",
        "Mass error:",
    ]
    assert "0.60 m MSL at boundary open, 2023-02-01 " in lines[0]
    assert "40 % of outside (0.48 of 1.20 m); high water 2 h 00 min later" in lines[2]
    assert "m/s at 36." in lines[3]
    assert "° S" in lines[3]


def test_a_run_that_ends_while_the_level_falls_has_at_least_that_range(run, maps, tide):
    boundaries, stations = tide
    lake = stations[1]
    cut = StationSeries(
        lake.station,
        *(
            getattr(lake, n)[10:60]
            for n in ("seconds", "water_level", "depth", "x_velocity", "y_velocity", "speed")
        ),
    )
    summary = summarise(run, maps, boundaries, [cut], edge_points=EDGE)
    assert summary.range_is_partial
    assert "at least" in summary.lines[2]


def test_without_stations_there_are_fewer_lines(run, maps):
    summary = summarise(run, maps, read_boundary_series(run.case), [])
    assert [line.split(":")[0] for line in summary.lines] == [
        "High water outside",
        "Maximum speed",
        "Mass error",
    ]
    assert (summary.inside, summary.lag_s, summary.range_ratio) == (None, None, None)


def test_two_forced_boundaries_are_not_compared(run, maps, tide):
    (boundary,), stations = tide
    summary = summarise(run, maps, [boundary, replace(boundary, tag="river")], stations)
    assert (summary.outside, summary.lag_s) == (None, None)
    assert summary.inside.place == "station sea"


def test_a_run_without_balance_and_flow_has_no_lines_for_them(run, maps):
    dry = replace(maps, max_speed=np.full_like(maps.max_speed, np.nan))
    assert summarise(replace(run, record={}), dry, [], []).lines == []


def test_speed_and_mass_are_those_of_the_run(run, maps):
    summary = summarise(run, maps, [], [])
    assert summary.fastest.speed_m_s == maps.max_speed[~np.isnan(maps.max_speed)].max()
    assert summary.mass.error_m3 == run.record["mass_balance"]["max_abs_error_m3"]
    assert summary.mass.error_m3 < 1e-6
    assert summary.as_dict()["fastest"]["time"].endswith("Z")
