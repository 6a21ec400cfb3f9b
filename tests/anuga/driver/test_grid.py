from __future__ import annotations

import numpy as np
import pytest

from rompy_anuga.driver.shallow_water.grid import Bilinear, shortfall

X, Y = np.array([0.0, 10.0, 30.0, 40.0]), np.array([5.0, 6.0, 9.0])


def at(points, values=lambda x, y: 1 + 2 * x - 3 * y + 0.5 * x * y, x=X, y=Y):
    sampler = Bilinear(x, y, np.array(points, float))
    field = values(*np.meshgrid(x, y)) if callable(values) else values
    return sampler(field[sampler.rows, sampler.columns])


@pytest.mark.parametrize("x", [X, X[::-1]])
@pytest.mark.parametrize("y", [Y, Y[::-1]])
def test_a_bilinear_field_is_met_exactly_whatever_way_the_axes_run(x, y):
    points = np.random.default_rng(1).uniform([0, 5], [40, 9], (200, 2))
    a, b = points.T
    assert at(points, x=x, y=y) == pytest.approx(1 + 2 * a - 3 * b + 0.5 * a * b, abs=1e-12)


def test_values_on_the_grid_and_its_edges_are_those_of_the_grid():
    points = [(0, 5), (40, 9), (10, 6), (40, 5), (30, 9)]
    assert at(points, lambda x, y: 100 * x + y).tolist() == [5, 4009, 1006, 4005, 3009]


def test_a_missing_value_with_no_weight_does_no_harm():
    field = np.ones((3, 4))
    field[0, 0] = field[2, 3] = np.nan
    assert at([(10, 5), (10, 9), (30, 6), (40, 6)], field).tolist() == [1, 1, 1, 1]
    assert np.isnan(at([(9.9, 5.1)], field)).all()


def test_only_what_the_points_need_is_read():
    sampler = Bilinear(X, Y, np.array([(12.0, 7.0), (28.0, 8.0)]))
    assert (sampler.columns, sampler.rows) == (slice(1, 3), slice(1, 3))


def test_shortfall_tells_sides_and_distances():
    points = np.array([(-2.0, 6.0), (20.0, 12.5)])
    assert shortfall(X, Y[::-1], points) == {"west": 2.0, "north": 3.5}
    assert shortfall(X, Y, np.array([(0.0, 5.0), (40.0005, 9.0)])) == {}
