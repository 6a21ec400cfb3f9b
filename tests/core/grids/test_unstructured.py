"""Triangles: their outline is the true one, islands included, and what does not fit together is refused."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from rompy.core.grid import UnstructuredGrid
from rompy.errors import ConfigError


def squares(cells, size=1.0, tags=None):
    """Two triangles in each of some unit squares given by column and row."""
    nodes = sorted({(i + di, j + dj) for i, j in cells for di in (0, 1) for dj in (0, 1)})
    number = {node: k for k, node in enumerate(nodes)}
    triangles = []
    for i, j in cells:
        a, b, c, d = (number[n] for n in [(i, j), (i + 1, j), (i + 1, j + 1), (i, j + 1)])
        triangles += [[a, b, c], [c, a, d]]  # one of them clockwise
    x, y = np.array(nodes, dtype=float).T * size
    edges = {tag: [[number[a], number[b]] for a, b in pairs] for tag, pairs in (tags or {}).items()}
    return UnstructuredGrid.from_arrays(x, y, triangles, edges)


RING = [(i, j) for i in range(3) for j in range(3) if (i, j) != (1, 1)]


def test_areas_and_centroids():
    grid = squares(RING, size=2)
    np.testing.assert_allclose(grid.areas, 2)
    x, y = grid.centroids
    assert (x.mean(), y.mean()) == pytest.approx((3, 3))


def test_the_outline_has_a_hole_for_an_island():
    outline = squares(RING).boundary()
    assert outline.area == 8
    assert len(outline.interiors) == 1
    assert outline.interiors[0].bounds == (1, 1, 2, 2)
    assert outline.exterior.bounds == (0, 0, 3, 3)


CELLS = st.sets(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1)


@given(CELLS, st.floats(1e-6, 1e6))
def test_the_outline_encloses_exactly_the_triangles(cells, size):
    grid = squares(sorted(cells), size)
    outline = grid.boundary()
    assert outline.is_valid
    assert outline.area == pytest.approx(len(cells) * size**2, rel=1e-9)
    edges = grid._outline_edges()
    length = np.hypot(np.diff(grid.x[edges]), np.diff(grid.y[edges])).sum()
    assert outline.length == pytest.approx(length, rel=1e-9)


def test_points_along_the_outline_leave_islands_out():
    x, y = squares(RING).boundary_points(spacing=1)
    assert len(x) == 12
    assert set(x[(y > 0) & (y < 3)]) == {0, 3}
    assert len(squares(RING).boundary_points()[0]) >= 5


def test_separate_areas_have_no_one_outline():
    grid = squares([(0, 0), (5, 5)])
    assert grid.boundary().geom_type == "MultiPolygon"
    with pytest.raises(ConfigError, match="separate areas"):
        grid.boundary_points()


def test_the_outline_may_be_simplified():
    bent = UnstructuredGrid(x=[0, 1, 2, 1], y=[0, 0.01, 0, 2], triangles=[[0, 1, 3], [1, 2, 3]])
    assert len(bent.boundary().exterior.coords) == 5
    assert len(bent.boundary(tolerance=0.05).exterior.coords) == 4


def test_tags_name_edges_of_the_outline():
    grid = squares([(0, 0)], tags={"open": [((1, 0), (0, 0))], "wall": [((0, 0), (0, 1)), ((0, 1), (1, 1))]})
    assert {tag: len(edges) for tag, edges in grid.boundary_tags.items()} == {"open": 1, "wall": 2}


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        ({"open": [[0, 3]]}, r"edge \[0, 3\] tagged 'open' is not on the outline"),
        ({"open": [[0, 9]]}, "not on the outline"),
        ({"open": [[0, 1]], "wall": [[1, 0]]}, r"edge \[0, 1\] has two tags: 'open' and 'wall'"),
        ({"open": [0, 1]}, "must be pairs of nodes"),
    ],
)
def test_wrong_tags_are_refused(tags, message):
    with pytest.raises(ValidationError, match=message):
        UnstructuredGrid(x=[0, 0, 1, 1], y=[0, 1, 0, 1], triangles=[[0, 2, 3], [3, 0, 1]], boundary_tags=tags)


@pytest.mark.parametrize(
    ("parts", "message"),
    [
        ({"y": [0, 0]}, "lists of one length"),
        ({"x": [0, 1, float("nan")]}, "finite"),
        ({"x": ["a", "b", "c"]}, "expected numbers"),
        ({"triangles": [[0, 1]]}, "three nodes each"),
        ({"triangles": []}, "three nodes each"),
        ({"triangles": [[0, 1, 3]]}, "nodes 0 to 3, but the nodes are 0 to 2"),
        ({"triangles": [[0, 1, -1]]}, "nodes -1 to 1"),
        ({"triangles": [[0, 1, 1.5]]}, "whole numbers"),
        ({"triangles": [[0, 1, 2], [0, 1, 1]]}, r"triangle 1 \(nodes \[0, 1, 1\]\) has no area"),
        ({"triangles": [[0, 1, 2]] * 3}, "belongs to 3 triangles"),
        ({"tags": {}}, "not permitted|Did you mean"),
    ],
)
def test_what_does_not_fit_together_is_refused(parts, message):
    whole = {"x": [0, 1, 0], "y": [0, 0, 1], "triangles": [[0, 1, 2]]}
    with pytest.raises(ValidationError, match=message):
        UnstructuredGrid(**{**whole, **parts})


def test_a_dump_makes_the_same_grid_again():
    grid = squares(RING, tags={"open": [((0, 0), (0, 1))]})
    assert UnstructuredGrid(**grid.model_dump()) == grid
    assert UnstructuredGrid.model_validate_json(grid.model_dump_json()) == grid
    assert grid != squares(RING)
    assert grid != squares(RING[1:])
    assert grid != 1


def test_arrays_are_copied():
    x = np.array([0.0, 1.0, 0.0])
    grid = UnstructuredGrid(x=x, y=[0, 0, 1], triangles=[[0, 1, 2]])
    x[0] = 99
    assert grid.minx == 0


def test_text_says_how_large_it_is():
    assert (
        str(squares(RING, tags={"open": [((0, 0), (0, 1))]}))
        == "UnstructuredGrid(16 nodes, 16 triangles, open)"
    )


def test_plot(tmp_path):
    grid = squares(RING, size=1000, tags={"open": [((0, 0), (0, 1))]})
    figure, ax = grid.plot(buffer=100, fscale=3)
    figure.savefig(tmp_path / "grid.png")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["open"]
    plt.close(figure)


def with_island():
    """A square of side 3 whose middle is an island, and a bay on its right: concave, with a hole."""
    nodes = [(i, j) for j in range(4) for i in range(4)]
    squares = [(i, j) for j in range(3) for i in range(3) if (i, j) not in ((1, 1), (2, 1))]
    squares = [*squares, (2, 1)]
    first = [4 * j + i for i, j in squares]
    triangles = [t for n in first for t in ((n, n + 1, n + 5), (n, n + 5, n + 4))]
    x, y = np.array(nodes, dtype=float).T
    x[np.flatnonzero((x == 3) & (y > 0) & (y < 3))] = 2.5
    edges = [(12, 13), (13, 14), (14, 15), (0, 4)]
    return UnstructuredGrid(x=x, y=y, triangles=triangles, boundary_tags={"open": edges})


def test_points_follow_the_true_outline_and_the_shores_of_islands():
    from shapely import Point

    grid = with_island()
    outline = grid.boundary()
    assert len(outline.interiors) == 1
    x, y = grid.boundary_points(spacing=0.25)
    assert max(outline.exterior.distance(Point(*p)) for p in zip(x, y, strict=True)) < 1e-12
    assert min(grid.boundary().convex_hull.exterior.distance(Point(*p)) for p in [(2.5, 1.5)]) > 0.4
    assert any(np.hypot(x - 2.5, y - 1.5) < 0.3)  # the bay, where the hull is half a unit away
    more = grid.boundary_points(spacing=0.25, islands=True)
    assert len(more[0]) == len(x) + 16
    assert (
        len(grid.boundary_points(spacing=4.5, islands=True)[0]) == np.ceil(outline.exterior.length / 4.5) + 1
    )


def test_points_along_edges_of_one_tag():
    grid = with_island()
    x, y = grid.boundary_points(spacing=0.5, tag="open")
    on_top, beside = y == 3, x == 0
    assert on_top.sum() == 6
    assert (on_top | beside).all()
    assert len(x) == 8
    with pytest.raises(ConfigError, match=r"(?s)no edges are tagged 'river'.*Tags: open"):
        grid.boundary_points(tag="river")
