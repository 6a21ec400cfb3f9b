"""The triangles: made inside a polygon, or read from a mesh file; and ANUGA's domain on them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import anuga
import numpy as np
from anuga.abstract_2d_finite_volumes.pmesh2domain import pmesh_dict_to_tag_dict
from anuga.load_mesh.loadASCII import import_mesh_file
from numpy.typing import NDArray

from .case import Island, MeshFile, PolygonMesh, Region
from .polygon import check_inside, contains, point_between, read_polygon
from .problems import InputError

Floats = NDArray[np.float64]

MINIMUM_ANGLE_DEG = 28.0
"""The smallest angle a triangle may have; Triangle's refinement is sure to end up to about 33 degrees."""


@dataclass(frozen=True)
class Triangles:
    """A triangulation."""

    nodes: Floats
    """x and y (m), shape (nodes, 2)."""
    corners: NDArray[np.intp]
    """Nodes of each triangle, counter-clockwise, shape (triangles, 3)."""
    boundary: dict[tuple[int, int], str]
    """Tag of each edge, by triangle and number of the edge; edge n lies opposite corner n."""
    elevation: Floats | None
    """Level of the bed at the nodes (m, positive up), where the mesh bears one."""


def triangles_of(mesh: PolygonMesh | MeshFile) -> Triangles:
    """The triangles that a case asks for.

    Raises:
        InputError: the mesh cannot be made or read.
    """
    content = _read(mesh) if isinstance(mesh, MeshFile) else _fill(mesh)
    nodes, corners = np.asarray(content["vertices"], float), np.asarray(content["triangles"], np.intp)
    if nodes.size == 0 or corners.size == 0:
        raise InputError(f"{mesh.key}: there is not a single triangle in it")
    reference = content["geo_reference"]
    if reference is not None:
        nodes = np.asarray(reference.get_absolute(nodes), float)
    return Triangles(nodes, corners, pmesh_dict_to_tag_dict(content), _elevation(content))


def domain_on(triangles: Triangles) -> Any:
    """ANUGA's domain on the triangles, in coordinates that count from the mesh's south-west corner.

    The output file holds coordinates in single precision, which is worth a quarter of a metre for the northings of a
    whole country and a millimetre for those of one estuary.
    """
    west, south = np.floor(triangles.nodes.min(axis=0))
    return anuga.Domain(
        triangles.nodes - [west, south],
        triangles.corners,
        boundary=dict(triangles.boundary),
        geo_reference=anuga.Geo_reference(xllcorner=west, yllcorner=south),
    )


def _read(mesh: MeshFile) -> dict[str, Any]:
    try:
        content: dict[str, Any] = import_mesh_file(str(mesh.file))
        _check_corners(np.asarray(content["vertices"], float), np.asarray(content["triangles"], np.intp))
    except Exception as error:  # whatever its reader makes of a file that is not what its name says
        problem = f"not a mesh that ANUGA can use ({_first_line(error)})"
        raise InputError(f"{mesh.key}: {mesh.file.name}: {problem}") from error
    return content


def _check_corners(nodes: Floats, corners: NDArray[np.intp]) -> None:
    if corners.min() < 0 or corners.max() >= len(nodes):
        raise ValueError(f"triangles name node {corners.max()} of {len(nodes)}")
    flat = _areas(nodes[corners]) <= 0.0
    if flat.any():
        raise ValueError(f"triangle {int(np.argmax(flat))} has no area, or its corners run clockwise")


def _areas(corners: Floats) -> Floats:
    """Areas (m2) of triangles with these corners, shape (triangles, 3, 2); negative where they run clockwise."""
    (ax, ay), (bx, by) = (corners[:, 1] - corners[:, 0]).T, (corners[:, 2] - corners[:, 0]).T
    return 0.5 * (ax * by - ay * bx)


def _fill(mesh: PolygonMesh) -> dict[str, Any]:
    outline = read_polygon(mesh.key, mesh.polygon)
    regions = [(_inner(region, outline), region.max_area_m2) for region in mesh.regions]
    islands = [_inner(island, outline) for island in mesh.islands]
    try:
        made = anuga.create_pmesh_from_regions(
            outline.tolist(),
            _complete_tags(mesh, len(outline)),
            mesh.max_area_m2,
            interior_regions=[[inner.tolist(), area] for inner, area in regions] or None,
            interior_holes=[island.tolist() for island in islands] or None,
            hole_tags=[
                _complete_tags(told, len(island)) for told, island in zip(mesh.islands, islands, strict=True)
            ],
            regionPtArea=_limits_beside(islands, outline, mesh.max_area_m2, regions),
            verbose=False,
        )
        made.generate_mesh(minimum_triangle_angle=MINIMUM_ANGLE_DEG, verbose=False)
    except Exception as error:  # it raises a dozen kinds, none of its own
        raise InputError(
            f"{mesh.key}: {mesh.polygon.name}: no mesh can be made ({_first_line(error)})"
        ) from error
    content: dict[str, Any] = made.mesh2io_dict()
    _check_areas(mesh, content, regions)
    return content


def _inner(part: Region | Island, outline: Floats) -> Floats:
    inner = read_polygon(part.key, part.polygon)
    check_inside(part.key, part.polygon, inner, outline)
    return inner


def _limits_beside(
    islands: list[Floats], outline: Floats, limit: float, regions: list[tuple[Floats, float]]
) -> list[list[float]] | None:
    """Points with the limit of the area that they lie in: ANUGA's own ones may lie on an island, and are lost there."""
    points = []
    for polygon, area in [(outline, limit), *regions] if islands else []:
        others = [inner for inner, _ in regions if inner is not polygon and contains(polygon, inner).all()]
        point = point_between(polygon, [*islands, *others])
        if point is not None:
            points.append([*point, area])
    return points or None


def _check_areas(mesh: PolygonMesh, content: dict[str, Any], regions: list[tuple[Floats, float]]) -> None:
    """Where regions meet, or share a corner with the outline, ANUGA may lose a limit without a word."""
    corners = np.asarray(content["geo_reference"].get_absolute(content["vertices"]))[content["triangles"]]
    centres, areas = corners.mean(axis=1), _areas(corners)
    limits = np.full(len(areas), mesh.max_area_m2)
    for inner, limit in regions:
        inside = contains(inner, centres)
        limits[inside] = np.where(
            limits[inside] == mesh.max_area_m2, limit, np.maximum(limits[inside], limit)
        )
    worst = int(np.argmax(areas / limits))
    if areas[worst] > 1.001 * limits[worst]:
        x, y = centres[worst]
        raise InputError(
            f"{mesh.key}: {mesh.polygon.name}: a triangle at x {x:.1f} y {y:.1f} came out at {areas[worst]:.4g} m2 "
            f"where {limits[worst]:g} is the limit; keep regions apart from each other and from the domain's corners"
        )


def _complete_tags(mesh: PolygonMesh | Island, sides: int) -> dict[str, list[int]]:
    """Sides by tag. One that no tag names would make ANUGA warn; its own name for such is given beforehand."""
    _check_tags(mesh, sides)
    named = {side for numbers in mesh.tags.values() for side in numbers}
    tags = {tag: list(numbers) for tag, numbers in mesh.tags.items() if numbers}
    unnamed = [side for side in range(sides) if side not in named]
    return {**tags, "exterior": tags.get("exterior", []) + unnamed} if unnamed else tags


def _check_tags(mesh: PolygonMesh | Island, sides: int) -> None:
    owner: dict[int, str] = {}
    for tag, numbers in mesh.tags.items():
        for side in numbers:
            if side >= sides:
                raise InputError(
                    f"{mesh.key}.tags.{tag}: there is no side {side}; {mesh.polygon.name} has {sides}, from 0"
                )
            if side in owner:
                raise InputError(f"{mesh.key}.tags: side {side} is both {owner[side]!r} and {tag!r}")
            owner[side] = tag


def _elevation(content: dict[str, Any]) -> Floats | None:
    titles = [str(title).strip().lower() for title in content["vertex_attribute_titles"] or ()]
    if "elevation" not in titles or content["vertex_attributes"] is None:
        return None
    return np.asarray(content["vertex_attributes"], float)[:, titles.index("elevation")]


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__


def file_of(mesh: PolygonMesh | MeshFile) -> Path:
    """The file that the mesh comes from."""
    return mesh.file if isinstance(mesh, MeshFile) else mesh.polygon
