from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from rompy.errors import PostprocessError
from rompy_anuga.mesh_file import read_mesh
from rompy_anuga.postprocess.case_file import read_case
from rompy_anuga.postprocess.mesh_boundary import boundary_edges
from rompy_anuga.postprocess.sww import Sww


def topology(case):
    with Sww(case.sww) as output:
        return output.nodes, output.faces


def test_the_output_has_the_coordinates_of_the_mesh_file(finished_mesh_file_run):
    nodes, faces = topology(read_case(finished_mesh_file_run))
    mesh = read_mesh(finished_mesh_file_run / "mesh.tsh")
    np.testing.assert_allclose(nodes[faces], mesh.nodes[mesh.triangles], atol=1e-3)


def test_edges_bear_the_tags_of_the_polygon(finished_channel):
    case = read_case(finished_channel)
    nodes, faces = topology(case)
    edges, tags = boundary_edges(case, nodes, faces)
    assert set(tags) == {"open", "exterior"}
    west = np.isclose(nodes[edges][:, :, 0], nodes[:, 0].min(), atol=0.1).all(axis=1)
    np.testing.assert_array_equal(west, np.array(tags) == "open")
    lengths = np.hypot(*(nodes[edges[:, 1]] - nodes[edges[:, 0]]).T)
    assert lengths.sum() == pytest.approx(4800.0, abs=0.5)


def test_edges_bear_the_tags_of_the_mesh_file(finished_mesh_file_run):
    case = read_case(finished_mesh_file_run)
    _, tags = boundary_edges(case, *topology(case))
    assert Counter(tags) == {"open": 2, "exterior": 22}


def test_a_missing_polygon_is_named(channel):
    case = read_case(channel)
    (channel / "domain.csv").unlink()
    with pytest.raises(PostprocessError, match="polygon of the mesh cannot be read") as caught:
        boundary_edges(case, *topology(case))
    assert caught.value.file == channel / "domain.csv"


def test_shores_of_islands_bear_their_own_tags(tmp_path):
    (tmp_path / "domain.csv").write_text("0,0\n90,0\n90,90\n0,90\n")
    (tmp_path / "island_1.csv").write_text("30,30\n60,30\n60,60\n30,60\n")
    island = {"polygon": "island_1.csv", "tags": {"rock": [0, 1, 2], "cliff": [3]}}
    mesh = {"polygon": "domain.csv", "tags": {"sea": [0, 1, 2, 3]}, "islands": [island]}
    case = SimpleNamespace(root=tmp_path, mesh=mesh)
    x, y = np.meshgrid([0.0, 30.0, 60.0, 90.0], [0.0, 30.0, 60.0, 90.0])
    corners = [4 * j + i for j in range(3) for i in range(3) if (i, j) != (1, 1)]
    faces = np.array([f for c in corners for f in ((c, c + 1, c + 5), (c, c + 5, c + 4))])
    _, tags = boundary_edges(case, np.column_stack([x.ravel(), y.ravel()]), faces)
    assert Counter(tags) == {"sea": 12, "rock": 3, "cliff": 1}
