"""Polygons and lines from lists, CSV and GeoJSON."""

import json

import pytest

from rompy.errors import DataError, MissingFileError
from rompy_anuga.ring_file import read_drawing

SQUARE = [[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]]


def test_points_in_place_lose_a_repeated_end():
    assert read_drawing([*SQUARE, SQUARE[0]]).points.tolist() == SQUARE


def test_csv_with_heading_comments_tags_and_closing_point(tmp_path):
    path = tmp_path / "ring.csv"
    path.write_text("x,y,tag\n# a comment\n0,0,sea\n1,0,sea\n\n1,1,land\n0,1,land\n0,0\n")
    drawing = read_drawing(path)
    assert drawing.points.tolist() == SQUARE
    assert drawing.tags == ("sea", "sea", "land", "land")
    assert drawing.crs is None


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("0,0\n1,one\n", 2, "x and y"),
        ("x,y\nz,w\n0,0\n", 2, "x and y"),
        ("0,0\n", None, "two points"),
        ("0,0,sea\n1,0\n1,1,sea\n", None, "segments 1 have no tag"),
    ],
)
def test_damaged_csv_is_refused_with_its_line(tmp_path, text, line, what):
    path = tmp_path / "ring.csv"
    path.write_text(text)
    with pytest.raises(DataError, match=what) as caught:
        read_drawing(path)
    assert caught.value.file == path
    assert caught.value.line == line


def feature(kind, coordinates, **properties):
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": kind, "coordinates": coordinates},
    }


def test_geojson_polygon_with_hole_and_tagged_lines_is_in_degrees(tmp_path):
    hole = [[0.2, 0.2], [0.2, 0.4], [0.4, 0.4], [0.2, 0.2]]
    path = tmp_path / "area.geojson"
    path.write_text(
        json.dumps(
            {
                "type": "FeatureCollection",
                "features": [
                    feature("Polygon", [[*SQUARE, SQUARE[0]], hole]),
                    feature("LineString", [[0, 0, 5.0], [1, 0, 5.0]], tag="sea"),
                ],
            }
        )
    )
    drawing = read_drawing(str(path))
    assert drawing.points.tolist() == SQUARE
    assert [h.tolist() for h in drawing.holes] == [hole[:-1]]
    assert drawing.lines["sea"][0].tolist() == [[0, 0], [1, 0]]
    assert drawing.crs == "EPSG:4326"


@pytest.mark.parametrize(
    "content",
    ["{", "[]", '{"type": "FeatureCollection", "features": []}', '{"type": "Point", "coordinates": [1, 2]}'],
)
def test_other_json_is_refused(tmp_path, content):
    path = tmp_path / "area.geojson"
    path.write_text(content)
    with pytest.raises(DataError):
        read_drawing(path)


def test_missing_file_is_named(tmp_path):
    with pytest.raises(MissingFileError, match=r"none\.csv"):
        read_drawing(tmp_path / "none.csv")
