from __future__ import annotations

import numpy as np
import pytest

from rompy_anuga.driver.shallow_water.case import read_case
from rompy_anuga.driver.shallow_water.mesh import domain_on, triangles_of
from rompy_anuga.driver.shallow_water.problems import InputError


def triangles(case):
    return triangles_of(read_case(case.write()).mesh)


def areas(made):
    return domain_on(made).areas


def test_a_polygon_is_filled_with_small_enough_triangles(case):
    case.rectangle(100, 50, max_area_m2=40.0)
    made = triangles(case)
    assert areas(made).max() <= 40.0
    assert areas(made).sum() == pytest.approx(5000.0)
    assert set(made.boundary.values()) == {"west", "east", "south", "north"}
    assert made.elevation is None


def test_a_region_has_smaller_triangles(case):
    case.rectangle(100, 50, max_area_m2=100.0)
    case.polygon("fine.csv", [(10, 10), (30, 10), (30, 30), (10, 30)])
    case.content["mesh"]["regions"] = [{"polygon": "fine.csv", "max_area_m2": 5.0}]
    domain = domain_on(triangles(case))
    inside = (np.abs(domain.centroid_coordinates - 20) < 10).all(axis=1)
    assert domain.areas[inside].max() <= 5.0
    assert domain.areas[~inside].max() > 20.0


def test_a_region_may_touch_the_outline(case):
    case.rectangle(100, 50, max_area_m2=100.0)
    case.polygon("fine.csv", [(100, 10), (100, 30), (80, 30), (80, 10)])
    case.content["mesh"]["regions"] = [{"polygon": "fine.csv", "max_area_m2": 5.0}]
    assert areas(triangles(case)).sum() == pytest.approx(5000.0)


def test_a_limit_that_was_lost_is_noticed(case):
    case.rectangle(100, 50, max_area_m2=100.0)
    case.polygon("fine.csv", [(0, 0), (20, 0), (20, 20), (0, 20)])
    case.content["mesh"]["regions"] = [{"polygon": "fine.csv", "max_area_m2": 5.0}]
    with pytest.raises(InputError, match=r"came out at 655.6 m2 where 100 is the limit; keep regions apart"):
        triangles(case)


def test_a_mesh_is_made_alike_every_time(case):
    case.rectangle(100, 50, max_area_m2=10.0)
    one, two = triangles(case), triangles(case)
    assert (one.nodes == two.nodes).all()
    assert (one.corners == two.corners).all()
    assert one.boundary == two.boundary


def test_sides_without_a_tag_are_called_exterior(case):
    case.rectangle()
    case.content["mesh"]["tags"] = {"open": [3]}
    assert set(triangles(case).boundary.values()) == {"open", "exterior"}


def test_a_mesh_file_bears_its_bed_and_tags(case):
    case.mesh(4, 2, 100.0, 50.0, (7e5, 5.9e6), bed=lambda x, y: -0.01 * (x - 7e5))
    made = triangles(case)
    assert len(made.corners) == 32
    assert made.elevation == pytest.approx(-0.01 * (made.nodes[:, 0] - 7e5))
    assert sorted(set(made.boundary.values())) == ["east", "north", "south", "west"]


def test_coordinates_count_from_the_corner_of_the_mesh(case):
    case.mesh(4, 2, 100.0, 50.0, (759600.5, 5912330.25))
    domain = domain_on(triangles(case))
    assert domain.get_nodes().min(axis=0).tolist() == [0.5, 0.25]
    assert domain.get_nodes(absolute=True).min(axis=0).tolist() == [759600.5, 5912330.25]


@pytest.mark.filterwarnings(
    "ignore:unclosed file .*mesh.tsh:ResourceWarning"
)  # ANUGA's reader leaves it open
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("not a mesh at all", "mesh: mesh.tsh: not a mesh that ANUGA can use"),
        ("", "not a mesh that ANUGA can use"),
        ("3 0\n0 0 0\n1 1 0\n2 0 1\n#\n1\n0 0 1 7 -1 -1 -1 \n0\n", "triangles name node 7 of 3"),
        (
            "3 0\n0 0 0\n1 1 0\n2 0 1\n#\n1\n0 0 2 1 -1 -1 -1 \n0\n",
            "triangle 0 has no area, or its corners run clockwise",
        ),
    ],
)
def test_a_broken_mesh_file_is_refused(case, content, message):
    (case.path / "mesh.tsh").write_text(content)
    with pytest.raises(InputError, match=message):
        triangles(case)


ROCK = [(40, 15), (60, 15), (60, 35), (40, 35)]
"""In the middle of the basin, where ANUGA looks for a point of it."""


def test_islands_are_left_out_and_their_shores_have_tags(case):
    case.rectangle(100, 50, max_area_m2=40.0)
    case.polygon("rock.csv", ROCK)
    case.content["mesh"]["islands"] = [{"polygon": "rock.csv", "tags": {"rock": [0, 1, 2], "cliff": [3]}}]
    made = triangles(case)
    domain = domain_on(made)
    assert domain.areas.sum() == pytest.approx(5000.0 - 400.0)
    assert domain.areas.max() <= 40.0
    assert set(made.boundary.values()) == {"west", "east", "south", "north", "rock", "cliff"}
    shore = [edge for edge, tag in made.boundary.items() if tag == "cliff"]
    middles = domain.get_edge_midpoint_coordinates(absolute=True).reshape(-1, 3, 2)
    assert {round(float(middles[triangle, edge, 0]), 6) for triangle, edge in shore} == {40.0}


def test_a_region_around_an_island_keeps_its_size(case):
    case.rectangle(100, 50, max_area_m2=200.0)
    case.polygon("rock.csv", ROCK)
    case.polygon("fine.csv", [(30, 5), (70, 5), (70, 45), (30, 45)])
    case.content["mesh"]["islands"] = [{"polygon": "rock.csv", "tags": {"rock": [0, 1, 2, 3]}}]
    case.content["mesh"]["regions"] = [{"polygon": "fine.csv", "max_area_m2": 5.0}]
    domain = domain_on(triangles(case))
    inside = (np.abs(domain.centroid_coordinates - [50, 25]) < 20).all(axis=1)
    assert domain.areas[inside].max() <= 5.0
    assert domain.areas[~inside].max() > 20.0
    assert domain.areas.sum() == pytest.approx(5000.0 - 400.0)


def test_an_island_outside_is_refused(case):
    case.rectangle(100, 50)
    case.polygon("rock.csv", [(90, 10), (110, 10), (110, 20)])
    case.content["mesh"]["islands"] = [{"polygon": "rock.csv", "tags": {}}]
    with pytest.raises(InputError, match=r"mesh\.islands.*point 1 .* is not inside the domain"):
        triangles(case)
