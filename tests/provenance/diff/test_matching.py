"""Values on different grids and meshes are compared where both have some."""

import netCDF4
import numpy as np
import pytest

from rompy.provenance.diff.difference import Verdict
from rompy.provenance.diff.matching import are_same, matching
from rompy.provenance.diff.netcdf import compare_files
from rompy.provenance.diff.place import Place
from rompy.provenance.diff.tolerance import Tolerance


def grid(path, size, level, west=149.0, name="lon"):
    """``level(x, y)`` on a grid of three degrees, at two times."""
    x, y = np.linspace(west, west + 3, size), np.linspace(-38.0, -35.0, size)
    with netCDF4.Dataset(path, "w") as file:
        for dimension, count in (("time", 2), ("lat", size), (name, size)):
            file.createDimension(dimension, count)
        for axis, values in ((name, x), ("lat", y), ("time", [0.0, 600.0])):
            file.createVariable(axis, "f8", (axis,))[:] = values
        if name == "lon":
            file["lon"].units, file["lat"].units = "degrees_east", "degrees_north"
        file["time"].units = "seconds since 2024-01-01"
        file.createVariable("level", "f8", ("time", "lat", name), fill_value=-999.0)
        file["level"][:] = np.ma.masked_invalid(np.broadcast_to(level(*np.meshgrid(x, y)), (2, size, size)))
        file["level"].units = "m"
    return path


@pytest.fixture
def compared(tmp_path):
    def compared(one, other):
        paths = grid(tmp_path / "1.nc", *one), grid(tmp_path / "2.nc", *other)
        found = compare_files("x.nc", *paths, Tolerance())
        return found, {part.what: part for part in found.parts}

    return compared


def plane(x, y):
    return 2 * x - y


def test_a_plane_is_the_same_on_every_grid(compared):
    found, parts = compared((20, plane), (33, plane))
    assert list(parts) == ["grid"]
    assert "400 -> 1,089 places; the second is interpolated to those of the first" in str(parts["grid"])
    assert found.verdict is Verdict.different


def test_statistics_on_another_grid_are_those_of_numpy(compared):
    _, parts = compared((20, plane), (33, lambda x, y: plane(x, y) + 0.5))
    details = parts["level"].details
    assert (details["mean"], details["rms"], details["largest"]) == pytest.approx((0.5, 0.5, 0.5))
    assert details["count"] == 800
    assert details["units"] == "m"


def test_a_grid_of_the_same_size_that_lies_elsewhere_is_not_taken_for_the_same(compared):
    _, parts = compared((31, plane), (31, plane, 149.5))
    assert "of which it covers" in str(parts["grid"])
    assert "level" not in parts


def test_turns_of_the_globe_make_no_difference(compared):
    _, parts = compared((11, lambda x, y: y), (13, lambda x, y: y, 149.0 - 360))
    assert list(parts) == ["grid"]


def test_dry_places_of_one_are_told_and_do_not_spoil_the_mean(compared):
    _, parts = compared((20, plane), (20, lambda x, y: np.where(x < 150, np.nan, plane(x, y) + 1)))
    details = parts["level"].details
    assert details["only_in_one"] == 2 * 20 * (np.linspace(149, 152, 20) < 150).sum()
    assert details["mean"] == pytest.approx(1.0)
    assert parts["level"].words.count("(") == 1  # where it is greatest, in degrees


def test_metres_and_degrees_are_not_laid_over_each_other(compared, tmp_path):
    _, parts = compared((9, plane), (11, plane, 149.0, "x"))
    assert "so the values cannot be compared" in str(parts["level"]) or parts["level"].words.startswith(
        "shape"
    )


def test_values_do_not_leak_across_land():
    """Two basins with land between them: what lies in one says nothing of the land."""
    x, y = np.meshgrid(np.r_[0:10, 40:50], np.arange(10.0))
    basins = Place(("node",), x.ravel().astype(float), y.ravel(), on_nodes=True, faces=np.zeros((1, 3), int))
    wanted = Place(
        ("node",), np.array([4.5, 25.0, 44.5]), np.full(3, 4.5), on_nodes=True, faces=np.zeros((1, 3), int)
    )
    found = matching(wanted, basins)
    assert found.count == 2
    np.testing.assert_allclose(found.interpolated(basins.x), [4.5, np.nan, 44.5])
    assert are_same(basins, basins)
    assert not are_same(wanted, basins)
