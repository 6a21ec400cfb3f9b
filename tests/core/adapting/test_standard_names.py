"""Names and units are those of the official table of CF."""

import subprocess
import sys

import pytest

from rompy.core.adapting.standard_names import StandardName, check_units, find_standard_name, standard_name
from rompy.errors import ConfigError, DataError


def test_aliases_stand_for_present_names():
    assert find_standard_name("sea_surface_elevation") == StandardName("sea_surface_height_above_geoid", "m")
    assert find_standard_name("air_temperature") == StandardName("air_temperature", "K")
    assert find_standard_name("wind") is None
    assert find_standard_name("") is None


def test_modifiers_belong_to_names():
    assert find_standard_name("wind_speed standard_error") == StandardName(
        "wind_speed standard_error", "m s-1"
    )
    assert find_standard_name("wind_speed status_flag").units is None
    assert find_standard_name("wind_speed guess") is None


def test_an_unknown_name_is_told_like_ones():
    with pytest.raises(
        ConfigError, match="no CF standard name. Did you mean 'sea_surface_wave_significant_height'"
    ):
        standard_name("sea_surface_wave_significant_hight")
    with pytest.raises(ConfigError, match="no CF standard name\n"):
        standard_name("qqqqqqqqqqqqqq")


@pytest.mark.parametrize(
    ("units", "name"),
    [
        ("degC", "air_temperature"),
        ("knot", "wind_speed"),
        ("m2 s degree-1", "sea_surface_wave_directional_variance_spectral_density"),
        (None, "sea_water_practical_salinity"),
        ("1e-3", "sea_water_salinity"),
        ("hours since 2000-01-01", "time"),
        ("degrees_true", "wind_from_direction"),
        (None, "platform_name"),
        ("K", "no_name_of_cf"),
    ],
)
def test_units_that_can_be_converted_are_good(units, name):
    check_units(units, name, "x")


@pytest.mark.parametrize(
    ("units", "message"),
    [
        ("m", r"'x' is in 'm' \(length\), but wind_speed is measured in 'm s-1' \(length / time\)"),
        (None, r"'x' does not say what it is in; wind_speed is measured in 'm s-1'"),
        ("furlong per fridge", r"no known unit; wind_speed is measured in 'm s-1'"),
    ],
)
def test_units_of_something_else_are_refused_with_both_named(units, message):
    with pytest.raises(DataError, match=message):
        check_units(units, "wind_speed", "x")


def test_the_table_is_not_read_before_a_name_is_checked():
    script = (
        "import rompy.cli, rompy.core.adapting.adapter, rompy.core.source, sys; print('cchdo' in sys.modules)"
    )
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "False"
