import numpy as np
import pytest

from rompy_anuga.postprocess.locate import distance_to_mesh, face_at

FAR = np.array([759_000.0, 5_912_000.0])
"""A distant origin, where rounding would show."""
NODES = np.array([[0.0, 0.0], [100.0, 0.0], [100.0, 100.0], [0.0, 100.0]]) + FAR
FACES = np.array([[0, 1, 2], [0, 2, 3]])


@pytest.mark.parametrize(
    ("x", "y", "face"),
    [
        (80, 20, 0),
        (20, 80, 1),
        (50, 50, 0),
        (0, 0, 0),
        (100, 37, 0),
        (0, 37.3, 1),
        (101, 50, None),
        (-0.01, 50, None),
    ],
)
def test_points_lie_in_the_triangle_that_holds_them(x, y, face):
    assert face_at(NODES, FACES, FAR[0] + x, FAR[1] + y) == face


@pytest.mark.parametrize(("x", "y", "distance"), [(110, 50, 10), (-30, -40, 50), (50, 103, 3)])
def test_distance_is_to_the_nearest_edge_or_corner(x, y, distance):
    assert distance_to_mesh(NODES, FACES, FAR[0] + x, FAR[1] + y) == pytest.approx(distance)
