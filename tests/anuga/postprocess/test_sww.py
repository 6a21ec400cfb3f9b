import netCDF4
import numpy as np
import pytest

from rompy.errors import PostprocessError
from rompy_anuga.postprocess.sww import Sww


@pytest.fixture
def sww(channel):
    return channel / "tidal_channel.sww"


def everything(path, rows, dry_depth=0.01):
    with Sww(path) as output:
        blocks = list(output.blocks(rows, dry_depth))
    names = ("seconds", "level", "depth", "x_velocity", "y_velocity", "speed", "wet")
    return {name: np.concatenate([getattr(b, name) for b in blocks]) for name in names}


def test_blocks_of_any_size_hold_the_same(sww):
    whole, single = everything(sww, 1000), everything(sww, 1)
    for name, values in whole.items():
        np.testing.assert_array_equal(values, single[name])


def test_levels_and_velocities_are_missing_exactly_where_dry(sww):
    values = everything(sww, 7)
    assert values["wet"].any()
    assert not values["wet"].all()
    for name in ("level", "x_velocity", "y_velocity", "speed"):
        np.testing.assert_array_equal(np.isnan(values[name]), ~values["wet"])
    np.testing.assert_array_equal(values["wet"], values["depth"] > 0.01)


def test_level_is_bed_plus_depth_where_wet(sww):
    values = everything(sww, 7)
    with Sww(sww) as output:
        level = output.bed + values["depth"]
    np.testing.assert_allclose(level[values["wet"]], values["level"][values["wet"]], atol=1e-12)


def test_a_larger_dry_depth_leaves_fewer_wet_faces(sww):
    assert everything(sww, 50, 0.5)["wet"].sum() < everything(sww, 50, 0.01)["wet"].sum()


def test_memory_bounds_the_rows_of_a_block(sww):
    with Sww(sww) as output:
        assert output.rows_within(1) == 1
        assert 10 <= output.rows_within(1_000_000) <= 100


def test_output_that_is_not_finite_names_the_time(sww):
    with netCDF4.Dataset(sww, "a") as file:
        file["xmomentum_c"][5, 3] = np.nan
    with pytest.raises(PostprocessError, match="not finite from 600 s"):
        everything(sww, 1000)


def test_a_file_that_is_not_netcdf_is_named(tmp_path):
    (tmp_path / "a.sww").write_text("nothing")
    with pytest.raises(PostprocessError, match="cannot be opened") as caught:
        Sww(tmp_path / "a.sww")
    assert caught.value.file == tmp_path / "a.sww"


def test_missing_variables_are_named(tmp_path):
    with netCDF4.Dataset(tmp_path / "a.sww", "w") as file:
        file.createDimension("t", 1)
        file.createVariable("time", "f8", ("t",))
    with pytest.raises(PostprocessError, match="lacks x, y, volumes"):
        Sww(tmp_path / "a.sww")
