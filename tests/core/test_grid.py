"""Grids have exactly the points they are said to have, and an outline that is theirs."""

import sys
from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from shapely.geometry import MultiPoint

from rompy.core.grid import BaseGrid, RegularGrid
from rompy.errors import ConfigError

PLAIN = {"x0": 110.0, "y0": -30.0, "dx": 0.1, "dy": 0.2, "nx": 4, "ny": 3}


class Points(BaseGrid):
    """An unstructured grid as a plugin would write it."""

    grid_type: Literal["points"] = "points"
    at: list[tuple[float, float]]

    @property
    def x(self):
        return np.array([x for x, _ in self.at])

    @property
    def y(self):
        return np.array([y for _, y in self.at])


@given(
    st.integers(1, 400),
    st.integers(1, 40),
    st.floats(1e-3, 1e3),
    st.floats(1e-3, 1e3),
    st.floats(-1e6, 1e6),
    st.floats(-360, 360),
)
def test_there_are_exactly_as_many_points_as_asked_for(nx, ny, dx, dy, x0, rot):
    grid = RegularGrid(x0=x0, y0=-x0, dx=dx, dy=dy, nx=nx, ny=ny, rot=rot)
    assert grid.x.shape == grid.y.shape == (ny, nx)
    assert (grid.x[0, 0], grid.y[0, 0]) == (x0, -x0)
    i, j = grid.x - x0, grid.y + x0
    scale = max(abs(x0), grid.xlen, grid.ylen)
    assert np.hypot(i[0, -1], j[0, -1]) == pytest.approx(grid.xlen, abs=1e-12 * scale)
    assert np.hypot(i[-1, 0], j[-1, 0]) == pytest.approx(grid.ylen, abs=1e-12 * scale)


def test_a_grid_that_floating_point_steps_would_make_too_wide():
    # 0.1 * 3 > 0.3 in floating point, where adding up steps ends in a column too many.
    assert RegularGrid(x0=0, y0=0, dx=0.1, dy=0.1, nx=4, ny=4).x.shape == (4, 4)
    np.testing.assert_array_equal(RegularGrid(**PLAIN).x[0], 110 + np.arange(4) * 0.1)


def test_rotation_is_counter_clockwise_about_the_first_point():
    grid = RegularGrid(**{**PLAIN, "rot": 90})
    np.testing.assert_allclose(grid.x[0], 110)
    np.testing.assert_allclose(grid.y[0], -30 + 0.1 * np.arange(4))
    np.testing.assert_allclose(grid.x[:, 0], 110 - 0.2 * np.arange(3))


@pytest.mark.parametrize("missing", ["x0", "y0", "dx", "dy", "nx", "ny"])
def test_everything_but_the_rotation_is_needed(missing):
    with pytest.raises(
        ValidationError, match=f"x0,y0,dx,dy,nx,ny must be provided for REG grid; missing: {missing}"
    ):
        RegularGrid(**{k: v for k, v in PLAIN.items() if k != missing})


@pytest.mark.parametrize("name", ["dx", "dy", "nx", "ny"])
def test_sizes_are_positive(name):
    with pytest.raises(ValidationError, match=f"{name} of a REG grid must be positive"):
        RegularGrid(**{**PLAIN, name: 0})


def test_a_subclass_may_take_its_points_from_elsewhere():
    class Curved(RegularGrid):
        grid_type: Literal["REG", "CURV"] = "REG"

    assert Curved(grid_type="CURV").nx is None
    with pytest.raises(ConfigError, match="has no nx"):
        _ = Curved(grid_type="CURV").x
    with pytest.raises(ValidationError, match="must be provided for REG grid"):
        Curved(grid_type="REG")


def test_the_base_has_no_points():
    with pytest.raises(NotImplementedError, match="BaseGrid has no x"):
        _ = BaseGrid().minx


def test_bbox_is_a_list_of_plain_numbers_and_grows_by_the_buffer():
    box = RegularGrid(**PLAIN).bbox(buffer=1)
    assert box == pytest.approx([109, -31, 111.3, -28.6])
    assert type(box) is list
    assert {type(value) for value in box} == {float}


def test_missing_points_do_not_count():
    grid = Points(at=[(0, 0), (1, 0), (0, 1), (float("nan"), 5)])
    assert grid.bbox() == [0, 0, 1, 5]
    assert grid.boundary().area == pytest.approx(0.5)


@given(st.floats(1e-4, 1e4), st.floats(0, 360), st.integers(2, 8), st.integers(2, 8))
def test_a_grid_of_any_size_keeps_its_outline(size, rot, nx, ny):
    grid = RegularGrid(x0=5, y0=6, dx=size, dy=size, nx=nx, ny=ny, rot=rot)
    outline = grid.boundary()
    assert outline.area == pytest.approx(grid.xlen * grid.ylen, rel=1e-6)
    assert outline.geom_type == "Polygon"


def test_simplification_takes_corners_away_but_keeps_the_shape():
    angles = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = Points(at=[(50 * np.cos(a), 50 * np.sin(a)) for a in angles])
    fine, coarse = circle.boundary(tolerance=0), circle.boundary()
    assert len(coarse.exterior.coords) < 80 < len(fine.exterior.coords)
    assert coarse.hausdorff_distance(fine) <= 0.2
    tiny = Points(at=[(0.05 * np.cos(a), 0.05 * np.sin(a)) for a in angles])
    assert tiny.boundary().area == pytest.approx(np.pi * 0.05**2, rel=0.1)


def test_points_on_a_line_have_no_outline():
    with pytest.raises(ConfigError, match="on one line"):
        RegularGrid(**{**PLAIN, "ny": 1}).boundary()


def test_corners_are_listed_in_a_closed_ring():
    x, y = RegularGrid(**PLAIN).boundary_points()
    assert (x[0], y[0]) == (x[-1], y[-1])
    assert len(x) == 5


@given(st.floats(0.01, 1.8))
def test_points_along_the_outline_are_evenly_spaced(spacing):
    grid = RegularGrid(x0=0, y0=0, dx=0.1, dy=0.1, nx=6, ny=5)
    ring = grid.boundary().exterior
    x, y = grid.boundary_points(spacing=spacing)
    assert len(x) == len(y) == int(np.ceil(ring.length / spacing))
    assert ring.distance(MultiPoint(np.column_stack([x, y]))) < 1e-9
    assert (x[0], y[0]) == ring.coords[0]


@pytest.mark.parametrize(
    ("spacing", "message"), [(50, r"Spacing = 50 > grid perimeter = 1\.4"), (0, "positive"), (-1, "positive")]
)
def test_a_spacing_that_does_not_fit_is_refused(spacing, message):
    with pytest.raises(ValueError, match=message):
        RegularGrid(**PLAIN).boundary_points(spacing=spacing)


def test_equality_is_by_value():
    assert RegularGrid(**PLAIN) == RegularGrid(**PLAIN)
    assert RegularGrid(**PLAIN) != RegularGrid(**{**PLAIN, "rot": 1})
    assert RegularGrid(**PLAIN) != Points(at=[(0, 0)])
    assert Points(at=[(0, 0)]) == Points(at=[(0, 0)])
    assert Points(at=[(0, 0)]) != "text"


def test_a_dump_makes_the_same_grid_again():
    grid = RegularGrid(**PLAIN)
    assert RegularGrid(**grid.model_dump()) == grid
    assert RegularGrid.model_validate_json(grid.model_dump_json()) == grid


def test_text_is_short():
    assert str(RegularGrid(**PLAIN)) == repr(RegularGrid(**PLAIN)) == "RegularGrid(4, 3)"


@pytest.mark.parametrize(
    "grid", [RegularGrid(**PLAIN), RegularGrid(**{**PLAIN, "x0": 7e5, "y0": 6e6, "dx": 50, "dy": 50})]
)
def test_plot(grid, tmp_path):
    figure, ax = grid.plot(buffer=grid.dx, fscale=3, borders=False, land=False, coastline=False)
    figure.savefig(tmp_path / "grid.png")
    assert [*ax.get_xlim(), *ax.get_ylim()] == pytest.approx(np.array(grid.bbox(grid.dx))[[0, 2, 1, 3]])
    assert grid.plot(ax=ax)[1] is ax
    plt.close(figure)


def test_plot_works_without_cartopy(monkeypatch):
    monkeypatch.setitem(sys.modules, "cartopy.crs", None)
    monkeypatch.setitem(sys.modules, "cartopy", None)
    figure, ax = RegularGrid(**PLAIN).plot()
    assert type(ax).__module__.startswith("matplotlib")
    plt.close(figure)


class Curved(BaseGrid):
    """Rows along arcs, as a grid around a headland has them."""

    grid_type: Literal["curved"] = "curved"
    rows: int = 10

    def _polar(self):
        return np.meshgrid(np.linspace(0, np.pi, 31), np.linspace(1, 2, self.rows))

    @property
    def x(self):
        angle, radius = self._polar()
        return radius * np.cos(angle)

    @property
    def y(self):
        angle, radius = self._polar()
        return radius * np.sin(angle)


def test_the_outline_of_a_curved_grid_is_not_its_hull():
    grid = Curved()
    assert grid.boundary().area == pytest.approx(
        3 * np.pi / 2, rel=0.01
    )  # a half ring: the hull has a third more
    x, y = grid.boundary_points(spacing=0.1)
    radius = np.hypot(x, y)
    assert radius.min() == pytest.approx(1, abs=0.01)
    assert np.hypot(np.diff(x), np.diff(y)).max() <= 0.1 + 1e-9
    assert len(x) == np.ceil(grid.boundary().length / 0.1)
    assert Curved(rows=2).boundary().area == pytest.approx(3 * np.pi / 2, rel=0.01)
    turned = RegularGrid(**{**PLAIN, "rot": 30})
    assert len(turned.boundary_points()[0]) == 5
