import pytest

from rompy_anuga.postprocess.boundary_series import read_boundary_series
from rompy_anuga.postprocess.case_file import read_case
from rompy_anuga.postprocess.series_plot import series_plot
from rompy_anuga.postprocess.station_point import StationPoint
from rompy_anuga.postprocess.stations import place_stations, read_series


@pytest.fixture
def figure(finished_channel, ugrid_file):
    case = read_case(finished_channel)
    xs = {"mouth": 759_010.0, "beach": 760_700.0, "top": 760_990.0}
    points = {name: StationPoint(x=x, y=5_912_200.0) for name, x in xs.items()}
    series = read_series(ugrid_file, place_stations(case, points))
    return series_plot(case, series, read_boundary_series(case))


def test_levels_of_boundary_and_stations_are_drawn_and_named(figure):
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["boundary open (forcing)", "mouth", "beach", "top (dry)"]


def test_high_waters_are_marked_once_for_each_curve_that_has_one(figure):
    marks = [line for line in figure.axes[0].lines if line.get_linestyle() == "None"]
    assert len(marks) == 3


def test_axes_state_units_datum_and_time_zone(figure):
    upper, lower = figure.axes
    assert upper.get_ylabel() == "Water level (m MSL)"
    assert lower.get_ylabel() == "Current speed (m/s)"
    assert lower.get_xlabel() == "Time (UTC), 2023-02-01"
    assert lower.get_ylim()[0] == 0.0
