import pytest

from rompy_anuga.postprocess.vertical_datum import LEVELLING, vertical_datum


def test_mean_sea_level_has_its_own_standard_names():
    datum = vertical_datum("msl")
    assert datum.name == "MSL"
    assert datum.level_standard_name == "sea_surface_height_above_mean_sea_level"
    assert datum.bed_standard_name == "height_above_mean_sea_level"


@pytest.mark.parametrize("name", LEVELLING)
def test_levelling_datums_are_those_that_proj_knows(name):
    pyproj = pytest.importorskip("pyproj")
    datum = vertical_datum(name)
    assert datum.is_geopotential
    assert pyproj.CRS(datum.vertical_crs).name == f"{name} height"


@pytest.mark.parametrize(("given", "name"), [("LAT", "LAT"), ("Chart Datum", "Chart Datum"), ("", "unknown")])
def test_other_datums_claim_nothing(given, name):
    datum = vertical_datum(given)
    assert datum.name == name
    assert datum.bed_standard_name is None
    assert datum.level_standard_name == "water_surface_height_above_reference_datum"
    assert datum.vertical_crs is None
