"""Reading .tsh and .msh meshes."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from rompy.errors import DataError, MissingFileError
from rompy_anuga.mesh_file import read_mesh

SHIPPED = Path(find_spec("anuga").origin).parent / "parallel" / "data"

SQUARE = """\
4 1 # <# of verts> <# of vert attributes>, next lines <vertex #> <x> <y> [attributes]
0 0.0 0.0 -1.0
1 10.0 0.0 -2.0
2 10.0 10.0 -3.0
3 0.0 10.0 -4.0
# attribute column titles
elevation
2 # <# of triangles>
0 0 1 2 -1 1 -1
1 0 2 3 -1 -1 0
4 # <# of segments>
0 0 1 sea side
1 2 1 wall
2 2 0
3 3 0 wall
"""


def write(folder: Path, text: str, name: str = "mesh.tsh") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_shipped_estuary_has_its_known_size_and_tags():
    mesh = read_mesh(SHIPPED / "merimbula_10785_1.tsh")
    assert (len(mesh.nodes), len(mesh.triangles), len(mesh.boundary)) == (5719, 10785, 651)
    assert mesh.areas.sum() == pytest.approx(5.576e6, rel=1e-3)
    assert mesh.tags == ["exterior", "open"]
    assert sum(tag == "open" for _, _, tag in mesh.boundary) == 38
    assert mesh.attributes["elevation"].min() == pytest.approx(-13.9067, abs=0.05)
    assert mesh.zone is None


def test_text_and_netcdf_form_of_one_mesh_read_the_same():
    text, binary = read_mesh(SHIPPED / "test-100.tsh"), read_mesh(SHIPPED / "test-100.msh")
    np.testing.assert_allclose(text.nodes, binary.nodes)
    assert text.triangles.tolist() == binary.triangles.tolist()
    assert text.boundary == binary.boundary
    assert text.zone == binary.zone == 56


def test_agrees_with_anugas_own_reader():
    import anuga

    path = SHIPPED / "merimbula_10785_1.tsh"
    domain, mesh = anuga.create_domain_from_file(str(path)), read_mesh(path)
    np.testing.assert_array_equal(domain.get_nodes(absolute=True), mesh.nodes)
    np.testing.assert_array_equal(domain.get_triangles(), mesh.triangles)
    tags = {}
    for (triangle, edge), tag in domain.boundary.items():
        a, b = (int(mesh.triangles[triangle][(edge + i) % 3]) for i in (1, 2))
        tags[a, b] = tag
    assert tags == {(a, b): tag for a, b, tag in mesh.boundary}


def test_tags_may_hold_blanks_and_missing_ones_are_exterior(tmp_path):
    mesh = read_mesh(write(tmp_path, SQUARE))
    assert {(a, b): tag for a, b, tag in mesh.boundary} == {
        (0, 1): "sea side",
        (1, 2): "wall",
        (2, 3): "exterior",
        (3, 0): "wall",
    }


def test_georeference_shifts_nodes_to_absolute_coordinates(tmp_path):
    tail = "0 0\n0\n0\n0\n0\n#geo reference\n55\n1000.0\n2000.0\n"
    mesh = read_mesh(write(tmp_path, SQUARE + tail))
    assert mesh.nodes[2].tolist() == [1010.0, 2010.0]
    assert mesh.zone == 55


@pytest.mark.parametrize(
    ("change", "line", "what"),
    [
        (lambda text: text[:200], None, "too early"),
        (lambda text: text.replace("2 10.0 10.0 -3.0", "2 10.0 ten -3.0"), 4, "numbers"),
        (lambda text: text.replace("2 10.0 10.0 -3.0", "2 10.0"), 4, "columns"),
        (lambda text: text.replace("4 # <# of segments>", "many # segments"), 11, "a count"),
        (lambda text: text.replace("1 2 1 wall", "1 2"), 13, "segment"),
        (lambda text: text.replace("0 0 1 2 -1 1 -1", "0 0 1 9 -1 1 -1"), None, r"outside 0\.\.3"),
        (lambda text: text.replace("0 0 1 2 -1 1 -1", "0 0 2 1 -1 1 -1"), None, "clockwise"),
        (lambda text: text.replace("0 0.0 0.0 -1.0", "0 nan 0.0 -1.0"), None, "finite"),
        (lambda text: "GEOMETRY {}\n", 1, "a count"),
        (lambda text: "", 1, "too early"),
    ],
)
def test_damaged_text_is_refused_with_its_line(tmp_path, change, line, what):
    with pytest.raises(DataError, match=what) as caught:
        read_mesh(write(tmp_path, change(SQUARE)))
    assert caught.value.file == tmp_path / "mesh.tsh"
    if line is not None:
        assert caught.value.line == line


def test_missing_file_and_other_kinds_are_refused(tmp_path):
    with pytest.raises(MissingFileError):
        read_mesh(tmp_path / "none.tsh")
    with pytest.raises(DataError, match=r"\.gr3"):
        read_mesh(write(tmp_path, SQUARE, "mesh.gr3"))
    with pytest.raises(DataError, match="netCDF"):
        read_mesh(write(tmp_path, "$MeshFormat\n2.2 0 8\n", "gmsh.msh"))


def test_netcdf_file_that_is_no_mesh_is_refused(tmp_path):
    import netCDF4

    with netCDF4.Dataset(tmp_path / "other.msh", "w") as dataset:
        dataset.createDimension("x", 2)
    with pytest.raises(DataError, match="lacks"):
        read_mesh(tmp_path / "other.msh")
