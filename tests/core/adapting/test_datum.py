"""Heights are moved from datum to datum only where both and the offset are known."""

import numpy as np
import pytest
import xarray as xr

from rompy.core.adapting.datum import datum_of, referred_to
from rompy.errors import ConfigError, DataError


def heights(**attrs):
    return xr.DataArray(np.array([1.0, -20.0], "f4"), dims="x", name="z", attrs={"units": "m", **attrs})


def test_heights_grow_by_what_their_datum_lies_above_the_other():
    moved = referred_to(heights(vertical_datum="MSL"), "LAT", 0.9)
    np.testing.assert_allclose(moved, [1.9, -19.1], rtol=1e-6)
    assert datum_of(moved) == "LAT"
    assert (moved.dtype, moved.attrs["units"], moved.name) == (np.dtype("f4"), "m", "z")


@pytest.mark.parametrize("attrs", [{"positive": "down"}, {"standard_name": "sea_floor_depth_below_geoid"}])
def test_depths_shrink_by_it(attrs):
    np.testing.assert_allclose(
        referred_to(heights(**attrs), "MSL", -0.9, stated="LAT"), [1.9, -19.1], rtol=1e-6
    )


def test_there_and_back_is_the_same():
    field = heights(vertical_datum="MSL")
    offset = xr.DataArray([0.25, 0.5], dims="x")
    back = referred_to(referred_to(field, "LAT", offset), "MSL", -offset)
    xr.testing.assert_identical(back, field)


def test_nothing_is_guessed():
    with pytest.raises(DataError, match="'z' does not say what it is counted from, and MSL is needed"):
        referred_to(heights(), "MSL", 0.9)
    with pytest.raises(
        DataError, match=r"(?s)counted from LAT, and MSL is needed.*height of LAT above MSL at the place"
    ):
        referred_to(heights(vertical_datum="LAT"), "MSL")
    with pytest.raises(ConfigError, match="from LAT, not from MSL"):
        referred_to(heights(vertical_datum="LAT"), "AHD", stated="MSL")
    with pytest.raises(ConfigError, match="already"):
        referred_to(heights(vertical_datum="msl"), "MSL", 0.9)


def test_what_is_right_already_stays():
    assert datum_of(referred_to(heights(), "MSL", stated="msl")) == "MSL"
