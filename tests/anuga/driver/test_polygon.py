from __future__ import annotations

import pytest

from rompy_anuga.driver.shallow_water.polygon import check_inside, read_polygon
from rompy_anuga.driver.shallow_water.problems import InputError

SQUARE = "0,0\n10,0\n10,10\n0,10\n"
HORSESHOE = "0,0\n9,0\n9,9\n6,9\n6,3\n3,3\n3,9\n0,9\n"


@pytest.fixture
def polygon(tmp_path):
    def read(text):
        file = tmp_path / "p.csv"
        file.write_text(text)
        return read_polygon("mesh", file)

    return read


def test_points_are_read_with_or_without_headings(polygon):
    assert polygon(SQUARE).tolist() == [[0, 0], [10, 0], [10, 10], [0, 10]]
    assert polygon("x,y\n# a remark\n" + SQUARE + "\n").tolist() == polygon(SQUARE).tolist()
    polygon(HORSESHOE)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("0,0\n1,1\n", "needs three points, this one has 2"),
        (SQUARE + "0,0\n", "the last point repeats the first; leave it out"),
        ("0,0\n5,0\n5,0\n5,5\n", "point 1 is doubled"),
        ("0,0\n10,10\n10,0\n0,10\n", "sides 0 and 2 cross each other"),
        ("0,0\n1,zero\n", "line 2: '1,zero' is not an x and a y"),
        ("0,0\n1,2,3\n", "line 2: '1,2,3'"),
        ("0,0\n1,nan\n", "line 2: '1,nan'"),
    ],
)
def test_what_is_no_polygon_is_refused(polygon, text, message):
    with pytest.raises(InputError, match=rf"mesh: p\.csv.*{message}"):
        polygon(text)


def test_a_region_must_lie_inside(polygon, tmp_path):
    horseshoe = polygon(HORSESHOE)
    file = tmp_path / "r.csv"
    check_inside("mesh.regions[0]", file, polygon("1,1\n8,1\n8,2\n1,2\n"), horseshoe)
    check_inside("mesh.regions[0]", file, polygon("6,3\n9,0\n9,9\n"), horseshoe)  # touching all round
    with pytest.raises(InputError, match=r"mesh.regions\[0\]: r.csv: point 2 \(x 12.0 y 2.0\) is not inside"):
        check_inside("mesh.regions[0]", file, polygon("1,1\n8,1\n12,2\n"), horseshoe)
    with pytest.raises(InputError, match="side 2 crosses side 3 of the domain"):
        check_inside("mesh.regions[0]", file, polygon("1,1\n8,1\n8,8\n1,8\n"), horseshoe)
