"""Triangle meshes as ANUGA stores them: ``.tsh`` (text) and ``.msh`` (netCDF-3), read without ANUGA.

A ``.tsh`` file is a sequence of blocks. Each begins with a line that starts with a count (the rest of the line is a
comment), followed by that many lines, each beginning with its own index:

    vertices   ``<index> <x> <y> [attributes]``      heading: ``<count> <attributes per vertex>``
    titles     one line with the name of each attribute, after a comment line
    triangles  ``<index> <v0> <v1> <v2> <n0> <n1> <n2> [tag]``
    segments   ``<index> <v0> <v1> [tag]``

and then the outline the mesh was made from (not read here), which ends with a geo-reference: UTM zone, x and y of the
origin, one to a line. A ``.msh`` file holds the same as netCDF variables and global attributes. Coordinates in the
file are relative to that origin; what is returned here is absolute.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rompy.errors import DataError, MissingFileError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNTAGGED = "exterior"
"""What ANUGA calls a boundary edge that the file does not name."""


@dataclass(frozen=True)
class TriangleMesh:
    """Nodes, triangles and named boundary edges."""

    nodes: Floats
    """x and y of each node, shape (nodes, 2), metres of a projected system that the file does not state."""
    triangles: Ints
    """Node numbers of each triangle, shape (triangles, 3), counter-clockwise."""
    segments: dict[tuple[int, int], str]
    """Tag of an edge between two nodes, the smaller node number first. Edges inside the mesh may be among them."""
    attributes: dict[str, Floats]
    """Values at the nodes by name; bed levels are usually ``elevation``, metres, positive up."""
    zone: int | None = None
    """UTM zone if the file knows it."""

    @cached_property
    def boundary(self) -> list[tuple[int, int, str]]:
        """Edges that belong to one triangle only, as (from, to, tag) with the mesh on the left."""
        edges = np.concatenate([self.triangles[:, [i, (i + 1) % 3]] for i in range(3)])
        _, first, count = np.unique(np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True)
        found = edges[np.sort(first[count == 1])].tolist()
        return [(a, b, self.segments.get((min(a, b), max(a, b)), UNTAGGED)) for a, b in found]

    @property
    def tags(self) -> list[str]:
        """Names of all boundary edges, sorted."""
        return sorted({tag for _, _, tag in self.boundary})

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Smallest x, smallest y, largest x, largest y."""
        (x0, y0), (x1, y1) = self.nodes.min(axis=0), self.nodes.max(axis=0)
        return float(x0), float(y0), float(x1), float(y1)

    @cached_property
    def areas(self) -> Floats:
        """Area of each triangle, m2."""
        a, b, c = (self.nodes[self.triangles[:, i]] for i in range(3))
        return np.asarray(0.5 * ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]))


def read_mesh(path: str | Path) -> TriangleMesh:
    """Read a ``.tsh`` or ``.msh`` file.

    Raises:
        MissingFileError: no such file.
        DataError: another suffix, or contents that are not a mesh; names the line for text files.
    """
    path = Path(path)
    if not path.is_file():
        raise MissingFileError("there is no such mesh file", file=path)
    if path.suffix == ".tsh":
        return _checked(_read_tsh(path), path)
    if path.suffix == ".msh":
        return _checked(_read_msh(path), path)
    raise DataError(f"a mesh file ends in .tsh or .msh, not in {path.suffix!r}", file=path)


class _Lines:
    """Lines of a text file with a memory of where we are, for messages."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self._lines: Iterator[str] = iter(path.read_text(encoding="utf-8", errors="replace").splitlines())

    def take(self) -> str:
        self.number += 1
        try:
            return next(self._lines)
        except StopIteration:
            raise self.error("the file ends too early") from None

    def count(self, position: int = 0) -> int:
        """The number at the start of a heading; the one after it for position 1."""
        line = self.take()
        return self._counts(line)[position]

    def counts(self) -> list[int]:
        return self._counts(self.take())

    def skip(self, block: int) -> None:
        for _ in range(block):
            self.take()

    def error(self, what: str) -> DataError:
        return DataError(f"this is not a .tsh mesh: {what}", file=self.path, line=self.number)

    def _counts(self, line: str) -> list[int]:
        words = line.partition("#")[0].split()
        try:
            return [int(word) for word in words] or self._no_count(line)
        except ValueError:
            return self._no_count(line)

    def _no_count(self, line: str) -> list[int]:
        raise self.error(f"a count was expected, found {line[:40]!r}")


def _read_tsh(path: Path) -> TriangleMesh:
    lines = _Lines(path)
    vertices, attributes = (*lines.counts(), 0)[:2]
    table = np.array([_numbers(lines, 1, 3 + attributes) for _ in range(vertices)], dtype=float)
    lines.take()
    titles = [lines.take().strip() for _ in range(attributes)]
    triangles = [_numbers(lines, 1, 4) for _ in range(lines.count())]
    segments = dict(filter(None, (_tagged_segment(lines) for _ in range(lines.count()))))
    zone, x0, y0 = _georeference(lines)
    table = table.reshape(vertices, 2 + attributes)
    return TriangleMesh(
        nodes=table[:, :2] + [x0, y0],
        triangles=np.array(triangles, dtype=np.int64).reshape(-1, 3),
        segments=segments,
        attributes={title: table[:, 2 + i] for i, title in enumerate(titles)},
        zone=zone,
    )


def _numbers(lines: _Lines, first: int, stop: int) -> list[float]:
    words = lines.take().split()
    if len(words) < stop:
        raise lines.error(f"{stop} columns were expected, found {len(words)}")
    try:
        return [float(word) for word in words[first:stop]]
    except ValueError:
        raise lines.error(f"numbers were expected, found {' '.join(words[first:stop])!r}") from None


def _tagged_segment(lines: _Lines) -> tuple[tuple[int, int], str] | None:
    words = lines.take().split(maxsplit=3)
    try:
        a, b = sorted((int(words[1]), int(words[2])))
    except (IndexError, ValueError):
        raise lines.error("two node numbers of a segment were expected") from None
    return ((a, b), words[3].strip()) if len(words) == 4 else None


def _georeference(lines: _Lines) -> tuple[int | None, float, float]:
    """UTM zone and origin that follow the outline; (None, 0, 0) when the file ends before them, as older ones do."""
    try:
        for _ in range(4):  # outline: vertices, segments, holes, regions
            lines.skip(lines.count())
        lines.count()  # heading of the regions' areas, of which there may be fewer lines than it says
    except DataError:
        return None, 0.0, 0.0
    rest: list[str] = []
    try:
        while True:
            rest.append(lines.take())
    except DataError:
        pass
    heading = next((i for i, line in enumerate(rest) if "geo" in line.lower() and line.startswith("#")), None)
    if heading is None or len(rest) < heading + 4:
        return None, 0.0, 0.0
    try:
        zone, x0, y0 = (float(line) for line in rest[heading + 1 : heading + 4])
    except ValueError:
        raise lines.error("zone and origin of the geo-reference are not numbers") from None
    return int(zone) if zone > 0 else None, x0, y0


def _read_msh(path: Path) -> TriangleMesh:
    import netCDF4

    try:
        dataset = netCDF4.Dataset(path)
    except OSError as error:
        raise DataError(
            f"this is not a netCDF mesh of ANUGA ({error.strerror or error})",
            file=path,
            hint="Gmsh files end in .msh too; ANUGA does not read them.",
        ) from error
    with dataset:
        dataset.set_auto_mask(False)
        try:
            return _mesh_of(dataset)
        except (KeyError, IndexError) as error:
            raise DataError(
                f"this netCDF file is not a mesh of ANUGA: it lacks {error}", file=path
            ) from error


def _mesh_of(dataset: Any) -> TriangleMesh:
    variables = dataset.variables
    origin = [float(getattr(dataset, name, 0.0)) for name in ("xllcorner", "yllcorner")]
    zone = int(getattr(dataset, "zone", -1))
    ends = np.sort(variables["segments"][:], axis=1).tolist()
    tags = [b"".join(row).decode().rstrip("\0 ") for row in variables["segment_tags"][:]]
    titles = [
        b"".join(row).decode().rstrip("\0 ")
        for row in (variables["vertex_attribute_titles"][:] if "vertex_attribute_titles" in variables else ())
    ]
    return TriangleMesh(
        nodes=np.asarray(variables["vertices"][:], dtype=float) + origin,
        triangles=np.asarray(variables["triangles"][:], dtype=np.int64),
        segments={(a, b): tag for (a, b), tag in zip(ends, tags, strict=True) if tag},
        attributes={
            title: np.asarray(variables["vertex_attributes"][:, i], dtype=float)
            for i, title in enumerate(titles)
        },
        zone=zone if zone > 0 else None,
    )


def _checked(mesh: TriangleMesh, path: Path) -> TriangleMesh:
    """The same mesh, once it is known to be one that ANUGA takes."""
    if not len(mesh.triangles):
        raise DataError("the mesh file holds no triangles", file=path)
    if mesh.triangles.min() < 0 or mesh.triangles.max() >= len(mesh.nodes):
        raise DataError(f"triangles refer to nodes outside 0..{len(mesh.nodes) - 1}", file=path)
    if not np.isfinite(mesh.nodes).all():
        raise DataError("some nodes have no finite coordinates", file=path)
    wrong = np.flatnonzero(mesh.areas <= 0)
    if wrong.size:
        raise DataError(
            f"{wrong.size} triangles have no area or run clockwise, the first is number {wrong[0]}", file=path
        )
    return mesh
