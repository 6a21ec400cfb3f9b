"""Chaining the boundary of a mesh into rings, and simplifying them."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rompy.errors import ConfigError, DataError
from rompy_anuga.mesh_file import TriangleMesh, read_mesh
from rompy_anuga.outline import Ring, outline_of, runs, simplified

SHIPPED = Path(find_spec("anuga").origin).parent / "parallel" / "data"


def grid_mesh(columns: int, rows: int, holes: set[tuple[int, int]] = frozenset()) -> TriangleMesh:
    """Unit squares of two triangles each, some left out; edges on the left are tagged."""
    nodes = np.array([(i, j) for j in range(rows + 1) for i in range(columns + 1)], dtype=float)
    triangles = []
    for j in range(rows):
        for i in range(columns):
            if (i, j) not in holes:
                a = j * (columns + 1) + i
                b, c, d = a + 1, a + columns + 2, a + columns + 1
                triangles += [(a, b, c), (a, c, d)]
    left = {(j * (columns + 1), (j + 1) * (columns + 1)): "left" for j in range(rows)}
    return TriangleMesh(nodes, np.array(triangles), left, {})


def test_estuary_is_one_ring_that_encloses_the_mesh():
    mesh = read_mesh(SHIPPED / "merimbula_10785_1.tsh")
    (ring,) = outline_of(mesh)
    assert len(ring.tags) == 651
    assert ring.area == pytest.approx(mesh.areas.sum(), rel=1e-12)
    assert [(tag, len(line) - 1) for tag, line in runs(ring)] == [("open", 38), ("exterior", 613)]


def test_islands_are_rings_of_their_own():
    mesh = read_mesh(SHIPPED / "small.tsh")
    outer, island = outline_of(mesh)
    assert outer.area > 0 > island.area
    assert outer.area + island.area == pytest.approx(mesh.areas.sum(), rel=1e-12)


def test_parts_that_touch_in_a_corner_stay_one_outline():
    # Two holes that meet in one point must not be joined into a figure of eight.
    rings = outline_of(grid_mesh(4, 4, {(1, 1), (2, 2)}))
    assert [ring.area for ring in rings] == [16.0, -1.0, -1.0]


def test_separate_parts_are_refused():
    with pytest.raises(DataError, match="2 parts"):
        outline_of(grid_mesh(3, 1, {(1, 0)}))


@settings(max_examples=60, deadline=None)
@given(st.integers(2, 6), st.integers(2, 6), st.data())
def test_rings_enclose_what_the_triangles_cover(columns, rows, data):
    inner = [(i, j) for i in range(1, columns - 1) for j in range(1, rows - 1)]
    holes = set(data.draw(st.lists(st.sampled_from(inner), unique=True)) if inner else [])
    mesh = grid_mesh(columns, rows, holes)
    try:
        rings = outline_of(mesh)
    except DataError:  # holes may cut a part off
        return
    assert sum(ring.area for ring in rings) == pytest.approx(mesh.areas.sum())
    assert sum(len(ring.tags) for ring in rings) == len(mesh.boundary)
    assert sum(tag == "left" for tag in rings[0].tags) == rows


def test_simplified_outline_keeps_tags_and_stays_near():
    from shapely import LineString, hausdorff_distance

    (ring,) = outline_of(read_mesh(SHIPPED / "merimbula_10785_1.tsh"))
    simple = simplified(ring, 15.0)
    assert len(simple.tags) < 200
    assert simple.area == pytest.approx(ring.area, rel=0.01)
    for (tag, line), (kept_tag, kept) in zip(runs(ring), runs(simple), strict=True):
        assert tag == kept_tag
        assert line[[0, -1]].tolist() == kept[[0, -1]].tolist()
        assert hausdorff_distance(LineString(line), LineString(kept)) <= 15.0


def test_no_tolerance_changes_nothing():
    (ring,) = outline_of(grid_mesh(3, 3))
    assert simplified(ring, 0.0) is ring


def test_ring_of_one_tag_can_be_simplified():
    square = Ring(np.array([(0, 0), (5, 0.1), (10, 0), (10, 10), (0, 10)]), ("wall",) * 5)
    assert len(simplified(square, 1.0).tags) == 4


def test_outline_that_vanishes_is_refused():
    (ring,) = outline_of(grid_mesh(3, 3))
    with pytest.raises(ConfigError, match="smaller tolerance"):
        simplified(ring, 100.0)
