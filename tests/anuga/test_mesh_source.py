"""Gridded data from meshes and points, and series that count seconds."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from rompy.errors import ConfigError, DataError, MissingFileError
from rompy_anuga.mesh_source import SourceAnugaMesh
from rompy_anuga.seconds_source import SourceSecondsText
from rompy_anuga.xyz_source import SourceXYZText

MERIMBULA = "package://anuga/parallel/data/merimbula_10785_1.tsh"
SHIPPED = Path(find_spec("anuga").origin).parent / "parallel" / "data"

PLANE = """\
4 1 #
0 0.0 0.0 1.0
1 100.0 0.0 3.0
2 100.0 100.0 4.0
3 0.0 100.0 2.0
#
elevation
2 #
0 0 1 2 -1 1 -1
1 0 2 3 -1 -1 0
0 #
"""


@pytest.fixture
def plane(tmp_path):
    """A mesh over 100 m by 100 m whose nodes lie on the plane 1 + 0.02 x + 0.01 y."""
    path = tmp_path / "plane.tsh"
    path.write_text(PLANE)
    return path


class TestMesh:
    def test_is_linear_inside_and_empty_outside(self, plane):
        ds = SourceAnugaMesh(uri=plane, resolution=30).open()
        level = ds["elevation"]
        assert ds["x"].values.tolist() == [0, 30, 60, 90, 120]
        expected = 1 + 0.02 * ds["x"] + 0.01 * ds["y"]
        inside = (ds["x"] <= 100) & (ds["y"] <= 100)
        np.testing.assert_allclose(level.where(inside), expected.where(inside).transpose("y", "x"))
        assert np.isnan(level.values[:, -1]).all()
        assert level.attrs["units"] == "m"
        assert level.attrs["positive"] == "up"

    def test_reaches_outside_only_as_far_as_stated(self, plane):
        level = SourceAnugaMesh(uri=plane, resolution=30, extrapolate=25).open()["elevation"]
        assert level.sel(x=120, y=90).item() == 4.0  # 22 m from the corner with 4 m
        assert np.isnan(level.sel(x=120, y=60).item())

    def test_of_the_estuary_has_its_levels_and_system(self):
        source = SourceAnugaMesh(uri=MERIMBULA, resolution=20, extrapolate=60, crs=28355)
        ds = source.open()
        mesh = source.mesh
        near = ds["elevation"].interp(x=("n", mesh.nodes[:, 0]), y=("n", mesh.nodes[:, 1]))
        assert float(np.abs(near - mesh.attributes["elevation"]).mean()) < 0.1
        assert ds["crs"].attrs["crs_wkt"].startswith("PROJCRS")
        assert ds["elevation"].attrs["grid_mapping"] == "crs"

    def test_keeps_its_triangles_at_hand(self):
        grid = SourceAnugaMesh(uri=MERIMBULA, resolution=20).triangulation
        assert len(grid.triangles) == 10785
        assert len(grid.boundary_tags["open"]) == 38
        assert grid.boundary().area == pytest.approx(5.576e6, rel=1e-3)

    def test_without_the_attribute_or_the_file_is_refused(self, plane):
        with pytest.raises(DataError, match="no attribute 'bed'"):
            SourceAnugaMesh(uri=plane, resolution=30, variable="bed").open()
        with pytest.raises(DataError, match="no attribute 'elevation'"):
            SourceAnugaMesh(uri=SHIPPED / "small.tsh", resolution=30).open()
        with pytest.raises(MissingFileError):
            SourceAnugaMesh(uri="none.tsh", resolution=30).open()

    def test_at_an_absurd_resolution_is_refused(self):
        with pytest.raises(ConfigError, match="grid nodes"):
            SourceAnugaMesh(uri=MERIMBULA, resolution=0.01).open()
        with pytest.raises(ValidationError):
            SourceAnugaMesh(uri=MERIMBULA, resolution=-20)


class TestXYZText:
    @pytest.fixture
    def rotated(self, tmp_path):
        """Matrices of a grid of 20 by 10 points, 10 m apart and turned by 30 degrees, on a plane."""
        i, j = np.meshgrid(np.arange(20) * 10.0, np.arange(10) * 10.0)
        c, s = np.cos(np.pi / 6), np.sin(np.pi / 6)
        x, y = 1000 + c * i - s * j, 2000 + s * i + c * j
        paths = {name: tmp_path / f"{name}.grd" for name in "xyz"}
        for name, values in (("x", x), ("y", y), ("z", 0.1 * x - 0.2 * y)):
            np.savetxt(paths[name], values, fmt="%.9f")
        return paths

    def test_of_a_rotated_grid_is_linear_between_points(self, rotated):
        level = SourceXYZText(**rotated, resolution=5, reach=8).open()["elevation"]
        plane = (0.1 * level["x"] - 0.2 * level["y"]).transpose("y", "x")
        inner = level.sel(x=slice(1040, 1080), y=slice(2060, 2080))
        np.testing.assert_allclose(inner, plane.sel(x=inner["x"], y=inner["y"]), atol=1e-6)
        assert np.isnan(level.values[0, -1])

    def test_of_columns_equals_that_of_matrices(self, rotated, tmp_path):
        table = np.column_stack([np.loadtxt(rotated[name]).ravel() for name in "xyz"])
        np.savetxt(tmp_path / "points.xyz", table, fmt="%.9f", delimiter=",", header="x y z")
        columns = SourceXYZText(uri=tmp_path / "points.xyz", resolution=5, reach=8).open()
        matrices = SourceXYZText(**rotated, resolution=5, reach=8).open()
        np.testing.assert_allclose(columns["elevation"], matrices["elevation"], atol=1e-6)

    def test_does_not_span_gaps_wider_than_its_reach(self, tmp_path):
        points = [
            (x, y, 1.0) for x in range(0, 101, 10) for y in range(0, 101, 10) if not (30 < x < 70 and y > 30)
        ]
        np.savetxt(tmp_path / "points.xyz", points)
        level = SourceXYZText(uri=tmp_path / "points.xyz", resolution=10, reach=11).open()["elevation"]
        assert np.isnan(level.sel(x=50, y=80))
        assert level.sel(x=50, y=30) == 1.0

    @pytest.mark.parametrize(
        "given", [{}, {"x": "a"}, {"uri": "a", "x": "b", "y": "c", "z": "d"}], ids=["none", "one", "both"]
    )
    def test_needs_one_way_to_its_points(self, given):
        with pytest.raises(ValidationError, match="either uri"):
            SourceXYZText(**given, resolution=1, reach=1)

    def test_of_damaged_files_is_refused(self, tmp_path, rotated):
        path = tmp_path / "points.xyz"
        for text, what in [
            ("1 2\n3 4\n", "three columns"),
            ("1 2 x\n", "numbers"),
            ("1 2 3\n1 2\n", "columns"),
            ("0 0 1\n1 1 1\n2 2 1\n", "span an area"),
            ("", "columns"),
        ]:
            path.write_text(text)
            with pytest.raises(DataError, match=what):
                SourceXYZText(uri=path, resolution=1, reach=1).open()
        rotated["z"].write_text("1 2 3\n")
        with pytest.raises(DataError, match="10 by 20, 10 by 20, 1 by 3"):
            SourceXYZText(**rotated, resolution=1, reach=1).open()


class TestSecondsText:
    def test_counts_from_its_moment(self, tmp_path):
        path = tmp_path / "tide.txt"
        path.write_text("0 1.5\n3600 1.6\n7200.5 1.7\n")
        source = SourceSecondsText(
            uri=path, since="2012-01-01T01:00+01:00", columns=["water_level"], units={"water_level": "m"}
        )
        ds = source.open()
        assert ds["time"].values[0] == np.datetime64("2012-01-01T00:00")
        assert ds["time"].values[2] == np.datetime64("2012-01-01T02:00:00.500")
        assert ds["water_level"].values.tolist() == [1.5, 1.6, 1.7]
        assert ds["water_level"].attrs["units"] == "m"

    def test_with_other_columns_is_refused(self, tmp_path):
        path = tmp_path / "waves.txt"
        path.write_text("0 1.5 6.0\n")
        with pytest.raises(DataError, match="2 columns were expected, found 3"):
            SourceSecondsText(uri=path, since="2012-01-01", columns=["hs"]).open()
