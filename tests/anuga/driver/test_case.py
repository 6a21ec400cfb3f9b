from __future__ import annotations

import json
from datetime import datetime, timezone

import pytest

from rompy_anuga.driver.shallow_water.case import MeshFile, PolygonMesh, read_case
from rompy_anuga.driver.shallow_water.problems import InputError


def test_what_is_left_out_has_its_default(case):
    for key in ("crs", "vertical_datum", "initial_level_m"):
        del case.content[key]
    read = read_case(case.write())
    assert (read.scheme, read.threads, read.ranks, read.minimum_depth_m) == ("DE0", 1, 1, 0.01)
    assert (read.initial_level_m, read.wind, read.pressure, read.rain, read.coriolis_latitude_deg) == (
        0,
        *[None] * 4,
    )
    assert isinstance(read.mesh, MeshFile)
    assert read.bathymetry is None


def test_a_full_case_is_read(case):
    case.rectangle()
    case.polygon("fine.csv", [(1, 1), (2, 1), (2, 2)])
    case.still("n.nc", "manning", lambda x, y: 0.03 + 0 * x, [0, 100], [0, 50])
    case.content["mesh"]["regions"] = [{"polygon": "fine.csv", "max_area_m2": 1}]
    case.content |= {
        "friction": {"file": "n.nc", "variable": "manning"},
        "wind": {"file": "n.nc", "x_wind": "u", "y_wind": "v"},
        "coriolis_latitude_deg": -37,
        "numerics": {"scheme": "DE1", "threads": 2, "ranks": 4},
        "output": {"interval_s": 60, "minimum_depth_m": 0.05},
    }
    read = read_case(case.write())
    assert isinstance(read.mesh, PolygonMesh)
    assert read.mesh.tags == {"south": (0,), "east": (1,), "north": (2,), "west": (3,)}
    assert read.mesh.regions[0].max_area_m2 == 1.0
    assert (read.friction.key, read.friction.file.name, read.friction.name) == ("friction", "n.nc", "manning")
    assert (read.wind.x.name, read.wind.y.name) == ("u", "v")
    assert (read.scheme, read.threads, read.ranks) == ("DE1", 2, 4)
    assert (read.interval_s, read.minimum_depth_m, read.coriolis_latitude_deg) == (60, 0.05, -37)


@pytest.mark.parametrize(
    "start", ["2023-02-01T00:00:00Z", "2023-02-01T10:00:00+10:00", "2023-02-01", "2023-02-01 00:00"]
)
def test_times_are_utc(case, start):
    case.content["start"] = start
    assert read_case(case.write()).start == datetime(2023, 2, 1, tzinfo=timezone.utc)


def changed(path: str, value):
    """A change to the case: the value at a dotted key, or its removal."""

    def change(content):
        *parents, key = path.split(".")
        for parent in parents:
            content = content[parent]
        if value is ...:
            del content[key]
        else:
            content[key] = value

    return change


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "format",
            "rompy-anuga-case/2",
            "format: this driver reads 'rompy-anuga-case/1', not 'rompy-anuga-case/2'",
        ),
        ("format", ..., "case.json: the key 'format' is missing"),
        ("duration_s", ..., "the key 'duration_s' is missing"),
        ("output.interval_s", ..., "case.json: output: the key 'interval_s' is missing"),
        ("output.interval", 60, "output.interval: unknown key; did you mean 'interval_s'?"),
        ("tide", 1, "tide: unknown key; known here: bathymetry, boundaries"),
        ("boundaries.west.level", 1, "boundaries.west.level: unknown key"),
        ("duration_s", 0, "duration_s: must be greater than 0, not 0"),
        ("duration_s", "1 h", "duration_s: must be a number, not '1 h'"),
        ("duration_s", True, "duration_s: must be a number, not True"),
        ("friction", -0.1, "friction: must be at least 0, not -0.1"),
        ("coriolis_latitude_deg", -91, "coriolis_latitude_deg: must be at least -90, not -91"),
        ("start", "1st of May", "start: '1st of May' is not a time such as"),
        ("name", "../basin", "name: '../basin' is to name a file"),
        ("mesh", [], "case.json: mesh must be an object, not a list"),
        ("mesh.file", "../mesh.tsh", "mesh.file: '../mesh.tsh' is not inside the folder of the case"),
        ("mesh.file", "/etc/hosts", "mesh.file: '/etc/hosts' is not inside the folder of the case"),
        ("mesh.file", "grid.tsh", "mesh.file: there is no file 'grid.tsh' in"),
        ("mesh.file", "case.json", "mesh.file: case.json is neither .tsh nor .msh"),
        (
            "boundaries.west",
            {"type": "open"},
            "boundaries.west.type: 'open' is unknown; choose wall, transmissive or",
        ),
        ("numerics", {"scheme": "DE2"}, "numerics.scheme: 'DE2' is unknown; choose DE0 or DE1"),
        ("numerics", {"threads": 0}, "numerics.threads: must be at least 1, not 0"),
        ("numerics", {"ranks": 1.5}, "numerics.ranks: must be a whole number, not 1.5"),
        ("bathymetry", {"from": "file"}, "bathymetry.from: 'file' is unknown; choose mesh"),
        ("wind", {"file": "mesh.tsh"}, "case.json: wind: the key 'x_wind' is missing"),
    ],
)
def test_what_is_not_understood_is_refused(case, path, value, message):
    changed(path, value)(case.content)
    with pytest.raises(InputError) as refusal:
        read_case(case.write())
    assert message in str(refusal.value)


def test_a_polygon_bears_no_bed(case):
    case.rectangle()
    case.content["bathymetry"] = {"from": "mesh"}
    with pytest.raises(InputError, match=r"bathymetry\.from: a mesh made from a polygon bears no bed"):
        read_case(case.write())


def test_what_is_not_json_is_refused(case):
    path = case.path / "case.json"
    for text, message in [
        ("{", "case.json is not JSON"),
        ("[]", "case.json must be an object"),
        (json.dumps(case.content)[:-1] + ', "name": "again"}', "names 'name' twice"),
        (
            json.dumps(case.content).replace('"friction": 0.0', '"friction": NaN'),
            "friction: must be a number, not nan",
        ),
    ]:
        path.write_text(text)
        with pytest.raises(InputError, match=message):
            read_case(path)
    with pytest.raises(InputError, match="there is no case file"):
        read_case(case.path / "nothing.json")
