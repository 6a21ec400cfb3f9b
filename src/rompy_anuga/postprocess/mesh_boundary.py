"""The rim of a run's mesh with the boundary tags, which the model's output file does not keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rompy.errors import PostprocessError
from rompy_anuga.mesh_file import UNTAGGED, Floats, Ints, TriangleMesh, read_mesh
from rompy_anuga.postprocess.case_file import Case


def boundary_edges(case: Case, nodes: Floats, faces: Ints) -> tuple[Ints, list[str]]:
    """Edges with a face on one side only, as node numbers of shape (edges, 2), and the tag of each.

    Each edge bears the tag of the tagged segment (of the case's polygons, or of its mesh file) that is nearest to its
    midpoint: the outline of the mesh consists of parts of these segments.

    Raises:
        PostprocessError: the polygon cannot be read.
    """
    from shapely import STRtree, linestrings, points

    edges = TriangleMesh(nodes, faces, {}, {}).boundary
    ends = np.array([edge[:2] for edge in edges], dtype=np.int64)
    segments, tags = _tagged_segments(case)
    if not tags:
        return ends, [UNTAGGED] * len(ends)
    nearest = STRtree(linestrings(segments)).nearest(points(nodes[ends].mean(axis=1)))
    return ends, [tags[i] for i in nearest]


def _tagged_segments(case: Case) -> tuple[Floats, list[str]]:
    """Ends of segments, shape (segments, 2, 2), and their tags."""
    if "file" in case.mesh:
        mesh = read_mesh(case.root / case.mesh["file"])
        edges = mesh.boundary
        return mesh.nodes[[edge[:2] for edge in edges]], [edge[2] for edge in edges]
    rings = [_tagged_sides(case, told) for told in (case.mesh, *case.mesh.get("islands", []))]
    return np.concatenate([sides for sides, _ in rings]), [tag for _, tags in rings for tag in tags]


def _tagged_sides(case: Case, told: Mapping[str, Any]) -> tuple[Floats, list[str]]:
    """Sides of the outline or of an island, and their tags."""
    path = case.root / told["polygon"]
    try:
        corners = np.loadtxt(path, delimiter=",", ndmin=2)[:, :2]
    except (OSError, ValueError, IndexError) as error:
        raise PostprocessError(f"the polygon of the mesh cannot be read: {error}", file=path) from error
    tag_of = {i: tag for tag, numbers in told.get("tags", {}).items() for i in numbers}
    sides = np.stack([corners, np.roll(corners, -1, axis=0)], axis=1)
    return sides, [tag_of.get(i, UNTAGGED) for i in range(len(sides))]
