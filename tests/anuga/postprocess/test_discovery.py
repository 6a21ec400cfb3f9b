import numpy as np
import pytest

from rompy.postprocess import Origin
from rompy_anuga.postprocess.case_file import read_case
from rompy_anuga.postprocess.discovery import Extent, global_attributes


@pytest.fixture
def extent():
    return Extent(
        np.array([149.0, 150.0]), np.array([-37.0, -36.0]), np.array([-4.0, 1.0]), np.array([0.0, 60.0])
    )


def attributes(case, origin, extent):
    return global_attributes(case, origin, extent, title="T", summary="S", step="made")


def test_no_clock_by_default(finished_channel, extent, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    found = attributes(read_case(finished_channel), Origin(), extent)
    assert "date_created" not in found
    assert found["history"].startswith("rompy ")


def test_source_date_epoch_is_the_moment_of_writing(finished_channel, extent, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    found = attributes(read_case(finished_channel), Origin(), extent)
    assert found["date_created"] == "2023-11-14T22:13:20Z"
    assert found["history"].startswith("2023-11-14T22:13:20Z rompy ")


def test_the_users_attributes_win(finished_channel, extent):
    origin = Origin("r1", "4.1.0", {"institution": "Port of X", "title": "Mine"})
    found = attributes(read_case(finished_channel), origin, extent)
    assert (found["institution"], found["title"], found["id"]) == ("Port of X", "Mine", "r1")


def test_bounds_are_in_the_axis_order_of_their_system(finished_channel, extent):
    found = attributes(read_case(finished_channel), Origin(), extent)
    assert found["geospatial_bounds"].startswith("POLYGON ((-37.000000 149.000000, -37.000000 150.000000")
    assert found["geospatial_bounds_crs"] == "EPSG:4326"
