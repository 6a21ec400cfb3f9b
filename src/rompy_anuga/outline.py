"""The outline of a triangle mesh as closed rings of tagged segments, and a simpler outline within a tolerance."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import atan2, tau

import numpy as np

from rompy.errors import ConfigError, DataError
from rompy_anuga.mesh_file import Floats, TriangleMesh


@dataclass(frozen=True)
class Ring:
    """A closed ring. Segment ``i`` runs from point ``i`` to the next one; the last runs back to the first."""

    points: Floats
    """x and y, shape (points, 2); the first point is not repeated at the end."""
    tags: tuple[str, ...]
    """Tag of each segment."""

    def __post_init__(self) -> None:
        if len(self.points) != len(self.tags):
            raise ValueError(f"{len(self.points)} points but {len(self.tags)} tags of segments")

    @property
    def area(self) -> float:
        """Enclosed area, positive for a counter-clockwise ring."""
        x, y = (self.points - self.points[0]).T
        return float(0.5 * np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))

    @property
    def segments_of(self) -> dict[str, list[int]]:
        """Numbers of the segments of each tag, tags in alphabetical order."""
        return {tag: [i for i, t in enumerate(self.tags) if t == tag] for tag in sorted(set(self.tags))}

    def started_at_tag_change(self) -> Ring:
        """The same ring, starting where a run of one tag begins; unchanged when it has one tag only."""
        changes = [i for i in range(len(self.tags)) if self.tags[i] != self.tags[i - 1]]
        first = changes[0] if changes else 0
        return Ring(np.roll(self.points, -first, axis=0), self.tags[first:] + self.tags[:first])


def outline_of(mesh: TriangleMesh) -> list[Ring]:
    """Rings of boundary edges: the outer one first (counter-clockwise), then islands (clockwise), largest first.

    Where two parts of the mesh touch in one node only, the rings are kept apart.

    Raises:
        DataError: the mesh falls into separate parts, or its boundary does not close.
    """
    rings = sorted(_chained(mesh), key=lambda ring: -abs(ring.area))
    outer = [ring for ring in rings if ring.area > 0]
    if len(outer) != 1:
        raise DataError(f"the mesh falls into {len(outer)} parts that no edge connects")
    return outer + [ring for ring in rings if ring.area < 0]


def simplified(ring: Ring, tolerance: float) -> Ring:
    """Fewer points, none of the dropped ones further than ``tolerance`` from the new outline (Douglas and Peucker).

    Points where the tag changes are kept, so that every run of a tag keeps its ends.

    Raises:
        ConfigError: the simpler ring would cross itself.
    """
    from shapely import LineString, Polygon

    if tolerance == 0:
        return ring
    points: list[Floats] = []
    tags: list[str] = []
    for tag, line in runs(ring):
        kept = np.asarray(LineString(line).simplify(tolerance, preserve_topology=False).coords)[:-1]
        points.append(kept)
        tags += [tag] * len(kept)
    if len(tags) < 3 or not Polygon(np.vstack(points)).is_valid:
        raise ConfigError(
            f"the outline simplified to {tolerance:g} m crosses itself or vanishes",
            hint="Give a smaller tolerance.",
        )
    return Ring(np.vstack(points), tuple(tags))


def simplified_island(ring: Ring, tolerance: float) -> Ring:
    """As for the outline, except that an island too small for the tolerance stays as it is."""
    try:
        return simplified(ring, tolerance)
    except ConfigError:
        return ring


def runs(ring: Ring) -> list[tuple[str, Floats]]:
    """Lines of equal tag along the ring, with their shared ends; a ring of one tag is one closed line."""
    ring = ring.started_at_tag_change()
    closed = np.vstack([ring.points, ring.points[:1]])
    borders = [i for i in range(len(ring.tags)) if i == 0 or ring.tags[i] != ring.tags[i - 1]]
    return [(ring.tags[a], closed[a : b + 1]) for a, b in pairwise([*borders, len(ring.tags)])]


def _chained(mesh: TriangleMesh) -> list[Ring]:
    leaving: dict[int, list[tuple[int, str]]] = {}
    for start, end, tag in mesh.boundary:
        leaving.setdefault(start, []).append((end, tag))
    rings = []
    for start in sorted(leaving):
        while leaving[start]:
            path, tags = _followed(mesh.nodes, leaving, start)
            rings += [Ring(mesh.nodes[nodes], tuple(names)) for nodes, names in _loops(path, tags)]
    return rings


def _followed(
    nodes: Floats, leaving: dict[int, list[tuple[int, str]]], start: int
) -> tuple[list[int], list[str]]:
    """Walk from ``start`` until back there, taking the edges out of ``leaving``; nodes, and tags between them."""
    first = leaving[start].pop(0)
    path, tags = [start, first[0]], [first[1]]
    while path[-1] != start:
        choices = leaving.get(path[-1], [])
        if not choices:
            raise DataError(f"the boundary of the mesh does not close at node {path[-1]}")
        turns = [_turn(nodes, path[-2], path[-1], end) for end, _ in choices]
        end, tag = choices.pop(turns.index(min(turns)))
        path.append(end)
        tags.append(tag)
    return path, tags


def _loops(path: list[int], tags: list[str]) -> list[tuple[list[int], list[str]]]:
    """A closed walk cut at nodes that it passes twice, as it does where islands touch, into walks that pass none so."""
    loops = []
    way: list[int] = []
    names: list[str] = []
    place: dict[int, int] = {}
    for node, tag in zip(path, [*tags, ""], strict=True):
        if node in place:
            at = place[node]
            loops.append((way[at:], names[at:]))
            for passed in way[at:]:
                del place[passed]
            del way[at:], names[at:]
        place[node] = len(way)
        way.append(node)
        names.append(tag)
    return loops


def _turn(nodes: Floats, before: int, at: int, after: int) -> float:
    """Angle swept clockwise from the way back to the way on: the smallest one stays beside the same triangles."""
    back, on = nodes[before] - nodes[at], nodes[after] - nodes[at]
    return (atan2(back[1], back[0]) - atan2(on[1], on[0])) % tau
