"""Domains: a mesh file, a polygon, the outline of a mesh."""

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from pydantic import TypeAdapter, ValidationError

from rompy.errors import ConfigError, MissingFileError
from rompy_anuga.crs import moved
from rompy_anuga.domain import Domain, MeshDomain, OutlineDomain, PolygonDomain
from rompy_anuga.outline import simplified_island

CRS = "EPSG:28355"
MERIMBULA = "package://anuga/parallel/data/merimbula_10785_1.tsh"
SHIPPED = Path(find_spec("anuga").origin).parent / "parallel" / "data"
RECTANGLE = [(0.0, 0.0), (1000.0, 0.0), (1000.0, 500.0), (0.0, 500.0)]


def polygon(**changes):
    return PolygonDomain(**{"ring": RECTANGLE, "default_tag": "wall", "max_area": 100.0, **changes})


def written_ring(path):
    return np.loadtxt(path, delimiter=",").tolist()


def test_kinds_are_told_apart_by_model_type():
    adapter = TypeAdapter(Domain)
    assert isinstance(adapter.validate_python({"model_type": "mesh", "uri": "a.tsh"}), MeshDomain)
    with pytest.raises(ValidationError, match="'mesh', 'polygon', 'mesh_outline'"):
        adapter.validate_python({"model_type": "circle"})


@pytest.mark.parametrize("value", [0, -4000, float("inf"), float("nan")])
def test_areas_must_be_positive_numbers(value):
    with pytest.raises(ValidationError, match="max_area"):
        polygon(max_area=value)
    with pytest.raises(ValidationError, match="max_area"):
        polygon(regions=[{"ring": RECTANGLE, "max_area": value}])


class TestMesh:
    def test_is_copied_with_its_tags_and_bytes(self, tmp_path):
        domain = MeshDomain(uri=MERIMBULA)
        area = domain.area(CRS)
        assert area.tags == {"open", "exterior"}
        assert area.mesh is not None
        assert domain.write(area, tmp_path) == {"file": "mesh.tsh"}
        assert (tmp_path / "mesh.tsh").read_bytes() == (SHIPPED / "merimbula_10785_1.tsh").read_bytes()

    def test_that_says_another_zone_than_the_run_is_refused(self):
        with pytest.raises(ConfigError, match=r"zone 56.*zone 55"):
            MeshDomain(uri=SHIPPED / "small.tsh").area(CRS)
        assert MeshDomain(uri=SHIPPED / "small.tsh").area("EPSG:28356").islands

    def test_that_is_missing_is_named(self):
        with pytest.raises(MissingFileError, match=r"none\.tsh"):
            MeshDomain(uri="none.tsh").area(CRS)
        with pytest.raises(MissingFileError, match="anuga"):
            MeshDomain(uri="package://anuga/none.tsh").area(CRS)


class TestOutline:
    def test_keeps_tags_and_shape_with_fewer_points(self, tmp_path):
        domain = OutlineDomain(uri=MERIMBULA, tolerance=15.0, max_area=4000.0)
        area = domain.area(CRS)
        mesh = domain.write(area, tmp_path)
        ring = written_ring(tmp_path / mesh["polygon"])
        assert mesh["max_area_m2"] == 4000.0
        assert sorted(mesh["tags"]) == ["exterior", "open"]
        assert sorted(n for numbers in mesh["tags"].values() for n in numbers) == list(range(len(ring)))
        (start,) = mesh["tags"]["open"]
        assert ring[start] == pytest.approx((759608.8, 5912326.0))
        assert ring[start + 1] == pytest.approx((761052.7, 5912151.0))

    def test_takes_regions(self, tmp_path):
        inlet = [(760300, 5912500), (760700, 5912500), (760700, 5912700), (760500, 5912700)]
        domain = OutlineDomain(
            uri=MERIMBULA, tolerance=5.0, max_area=4000.0, regions=[{"ring": inlet, "max_area": 200}]
        )
        with pytest.raises(ConfigError, match="outside the outline by") as caught:
            domain.area(CRS)
        assert caught.value.field == "config.domain.regions.0"

    def test_keeps_islands_with_their_tags(self, tmp_path):
        domain = OutlineDomain(uri=SHIPPED / "small.tsh", max_area=100.0)
        whole = MeshDomain(uri=SHIPPED / "small.tsh").area("EPSG:28356")
        area = domain.area("EPSG:28356")
        assert [island.tags for island in area.islands] == [island.tags for island in whole.islands]
        assert area.polygon.area == pytest.approx(whole.polygon.area)
        (island,) = domain.write(area, tmp_path)["islands"]
        assert written_ring(tmp_path / island["polygon"]) == pytest.approx(whole.islands[0].points, abs=1e-3)

    def test_islands_too_small_for_the_tolerance_stay_as_they_are(self):
        domain = OutlineDomain(uri=SHIPPED / "small.tsh", max_area=100.0)
        (island,) = domain.area("EPSG:28356").islands
        assert simplified_island(island, 1e6) is island


class TestPolygon:
    def test_segments_are_named_by_number(self, tmp_path):
        domain = polygon(tags={"sea": [3], "river": [1]})
        area = domain.area(CRS)
        assert area.outer.tags == ("wall", "river", "wall", "sea")
        mesh = domain.write(area, tmp_path)
        assert mesh == {
            "polygon": "domain.csv",
            "tags": {"river": [1], "sea": [3], "wall": [0, 2]},
            "max_area_m2": 100.0,
        }
        assert (tmp_path / "domain.csv").read_text().splitlines()[1] == "1000.000,0.000"

    @pytest.mark.parametrize(
        ("tags", "what"),
        [
            ({"sea": [4]}, "segments 0 to 3"),
            ({"sea": [0], "river": [0]}, "has the tag 'sea' already"),
        ],
    )
    def test_wrong_numbers_are_refused(self, tags, what):
        with pytest.raises(ConfigError, match=what):
            polygon(tags=tags).area(CRS)

    def test_segments_without_a_tag_are_named(self):
        with pytest.raises(ConfigError, match="without a tag: 0, 2"):
            polygon(default_tag=None, tags={"sea": [1, 3]}).area(CRS)

    def test_lines_name_the_segments_along_them(self):
        area = polygon(lines={"sea": [(-0.5, -10), (0.5, 510)], "river": [(1000, 0), (1000, 500)]}).area(CRS)
        assert area.outer.tags == ("wall", "river", "wall", "sea")

    def test_line_may_name_several_segments_and_the_nearer_line_wins(self):
        ring = [(0, 0), (500, 0), (1000, 0), (1000, 500), (0, 500)]
        area = polygon(
            ring=ring, tolerance=3.0, lines={"far": [(0, 2), (1000, 2)], "near": [(500, 1), (1000, 1)]}
        ).area(CRS)
        assert area.outer.tags == ("far", "near", "wall", "wall", "wall")

    def test_line_along_nothing_is_refused_with_its_distance(self):
        with pytest.raises(ConfigError, match="nearest is 500 m away") as caught:
            polygon(lines={"sea": [(-500, 0), (-500, 500)]}).area(CRS)
        assert caught.value.field == "config.domain.lines.sea"

    def test_csv_brings_tags(self, tmp_path):
        path = tmp_path / "ring.csv"
        path.write_text("0,0,wall\n1000,0,wall\n1000,500,wall\n0,500,sea\n")
        assert polygon(ring=path, default_tag=None).area(CRS).outer.tags == ("wall", "wall", "wall", "sea")

    def test_geojson_is_moved_from_degrees(self, tmp_path):
        corners = moved([(x + 759000, y + 5912000) for x, y in RECTANGLE], CRS, "EPSG:4326")
        path = tmp_path / "area.geojson"
        path.write_text(json.dumps({"type": "Polygon", "coordinates": [corners.tolist()]}))
        area = polygon(ring=path).area(CRS)
        np.testing.assert_allclose(area.outer.points - [759000, 5912000], RECTANGLE, atol=1e-3)

    def test_degrees_taken_for_metres_are_found_out(self):
        ring = [(149.8, -36.9), (149.9, -36.9), (149.9, -36.8)]
        with pytest.raises(ConfigError, match=r"EPSG:4326"):
            polygon(ring=ring).area(CRS)
        assert polygon(ring=ring, crs=4326).area(CRS).polygon.area == pytest.approx(4.95e7, rel=0.01)

    def test_polygon_that_crosses_itself_is_refused(self):
        with pytest.raises(ConfigError, match="Self-intersection"):
            polygon(ring=[(0, 0), (1000, 500), (1000, 0), (0, 500)]).area(CRS)

    @pytest.mark.parametrize(
        ("rings", "what"),
        [
            ([[(900, 100), (1100, 100), (1100, 200)]], "outside the outline"),
            ([[(100, 100), (300, 300), (300, 100), (100, 300)]], "not a simple polygon"),
            (
                [[(100, 100), (300, 100), (300, 300)], [(200, 100), (400, 100), (400, 300), (200, 300)]],
                "overlaps region 0",
            ),
        ],
    )
    def test_wrong_regions_are_refused(self, rings, what):
        with pytest.raises(ConfigError, match=what):
            polygon(regions=[{"ring": ring, "max_area": 10} for ring in rings]).area(CRS)

    def test_regions_are_written(self, tmp_path):
        domain = polygon(regions=[{"ring": [(100, 100), (300, 100), (300, 300)], "max_area": 10}])
        mesh = domain.write(domain.area(CRS), tmp_path)
        assert mesh["regions"] == [{"polygon": "region_1.csv", "max_area_m2": 10.0}]
        assert written_ring(tmp_path / "region_1.csv") == [[100, 100], [300, 100], [300, 300]]

    def test_two_corners_are_no_polygon(self):
        with pytest.raises(ValidationError, match="ring"):
            polygon(ring=RECTANGLE[:2])


ROCK = [(400.0, 200.0), (500.0, 200.0), (500.0, 300.0), (400.0, 300.0)]


class TestIslands:
    def test_are_cut_out_and_written_with_their_tags(self, tmp_path):
        pier = [(700, 100), (720, 100), (720, 300)]
        domain = polygon(islands=[{"ring": ROCK, "tag": "rock"}, {"ring": pier}])
        area = domain.area(CRS)
        assert area.tags == {"wall", "rock"}
        assert area.polygon.area == pytest.approx(500_000 - 10_000 - 2_000)
        assert domain.write(area, tmp_path)["islands"] == [
            {"polygon": "island_1.csv", "tags": {"rock": [0, 1, 2, 3]}},
            {"polygon": "island_2.csv", "tags": {"wall": [0, 1, 2]}},
        ]
        assert written_ring(tmp_path / "island_1.csv") == [list(corner) for corner in ROCK]

    def test_may_be_named_by_lines_and_by_a_table(self, tmp_path):
        (tmp_path / "rock.csv").write_text("".join(f"{x},{y},cliff\n" for x, y in ROCK))
        area = polygon(
            islands=[{"ring": tmp_path / "rock.csv"}, {"ring": [(700, 100), (720, 100), (720, 300)]}],
            lines={"quay": [(720, 90), (720, 310)]},
        ).area(CRS)
        assert area.islands[0].tags == ("cliff",) * 4
        assert area.islands[1].tags == ("wall", "quay", "wall")

    def test_holes_of_geojson_are_islands(self, tmp_path):
        rings = [
            moved(np.add(ring, [759000, 5912000]), CRS, "EPSG:4326").tolist() for ring in (RECTANGLE, ROCK)
        ]
        (tmp_path / "area.geojson").write_text(json.dumps({"type": "Polygon", "coordinates": rings}))
        (island,) = polygon(ring=tmp_path / "area.geojson").area(CRS).islands
        np.testing.assert_allclose(island.points - [759000, 5912000], ROCK, atol=1e-3)
        assert island.tags == ("wall",) * 4

    @pytest.mark.parametrize(
        ("islands", "what"),
        [
            ([[(900, 100), (1100, 100), (1000, 200)]], "lies outside the outline by"),
            ([[(900, 100), (1000, 100), (1000, 200)]], "touches the outline"),
            ([[(100, 100), (300, 300), (300, 100), (100, 300)]], "not a simple polygon"),
            ([ROCK, [(500, 200), (600, 200), (600, 300)]], "overlaps or touches island 0"),
            ([[(90, 90), (150, 90), (150, 150)]], "edge of region 0 crosses or touches"),
        ],
    )
    def test_that_cannot_be_meshed_around_are_refused(self, islands, what):
        region = {"ring": [(100, 100), (300, 100), (300, 300), (100, 300)], "max_area": 10}
        with pytest.raises(ConfigError, match=what) as caught:
            polygon(islands=[{"ring": ring} for ring in islands], regions=[region]).area(CRS)
        assert caught.value.field == f"config.domain.islands.{len(islands) - 1}"

    def test_without_any_tag_are_refused(self):
        with pytest.raises(ConfigError, match="island has segments without a tag: 0, 1, 2, 3") as caught:
            polygon(default_tag=None, tags={"wall": [0, 1, 2, 3]}, islands=[{"ring": ROCK}]).area(CRS)
        assert caught.value.field == "config.domain.islands.0"
