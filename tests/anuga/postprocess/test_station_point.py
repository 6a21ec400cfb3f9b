import pytest
from pydantic import ValidationError

from rompy_anuga.postprocess.station_point import StationPoint


def test_a_point_is_one_pair():
    assert (StationPoint(lon=149.9, lat=-36.9).first, StationPoint(x=1.0, y=2.0).second) == (149.9, 2.0)


@pytest.mark.parametrize(
    "given", [{}, {"lon": 1.0}, {"lon": 1.0, "y": 2.0}, {"lon": 1.0, "lat": 2.0, "x": 3.0, "y": 4.0}]
)
def test_anything_else_is_refused(given):
    with pytest.raises(ValidationError, match="lon and lat, or x and y"):
        StationPoint(**given)


@pytest.mark.parametrize(
    "given", [{"lon": 0, "lat": 91}, {"lon": 361, "lat": 0}, {"x": float("nan"), "y": 0}]
)
def test_impossible_coordinates_are_refused(given):
    with pytest.raises(ValidationError):
        StationPoint(**given)
