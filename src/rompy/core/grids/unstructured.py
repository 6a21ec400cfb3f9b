"""Unstructured grids of triangles: nodes, triangles, tagged boundary edges, and the true outline with its islands."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import AliasChoices, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator
from typing_extensions import Self

from rompy.core.grids.base_grid import BaseGrid
from rompy.core.grids.outline import points_along_short, points_on_rings
from rompy.errors import ConfigError

if TYPE_CHECKING:
    from shapely.geometry import MultiPolygon, Polygon


def _numbers(value: Any) -> np.ndarray:
    try:
        return np.array(value, dtype="float64")
    except (TypeError, ValueError) as error:
        raise ConfigError(f"expected numbers: {error}") from None


def _indices(value: Any) -> np.ndarray:
    array = _numbers(value)
    if not np.array_equal(array, np.round(array)):
        raise ConfigError("expected whole numbers that count nodes from 0")
    return array.astype("int64")


_Listed = PlainSerializer(lambda array: array.tolist(), return_type=list)
_Numbers = Annotated[
    np.ndarray,
    BeforeValidator(_numbers),
    _Listed,
    WithJsonSchema({"type": "array", "items": {"type": "number"}}),
]
_Indices = Annotated[
    np.ndarray,
    BeforeValidator(_indices),
    _Listed,
    WithJsonSchema({"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}),
]


class UnstructuredGrid(BaseGrid):
    """Triangles between nodes.

    >>> grid = UnstructuredGrid(x=[0, 1, 1, 0], y=[0, 0, 1, 1], triangles=[[0, 1, 2], [0, 2, 3]])
    >>> grid.areas.tolist(), grid.boundary().area
    ([0.5, 0.5], 1.0)
    """

    model_config = {"arbitrary_types_allowed": True}

    grid_type: Literal["unstructured"] = "unstructured"  # type: ignore[assignment]
    node_x: _Numbers = Field(validation_alias=AliasChoices("x", "node_x"))
    """Longitudes or eastings of the nodes."""
    node_y: _Numbers = Field(validation_alias=AliasChoices("y", "node_y"))
    """Latitudes or northings of the nodes."""
    triangles: _Indices
    """Three nodes of each triangle, counted from 0; shape (triangles, 3), in any sense of rotation."""
    boundary_tags: dict[str, _Indices] = Field(default_factory=dict)
    """Edges of the outline by tag; an edge is a pair of nodes, in any order."""

    @classmethod
    def from_arrays(
        cls,
        x: Any,
        y: Any,
        triangles: Any,
        boundary_tags: Mapping[str, Iterable[Any]] | None = None,
    ) -> Self:
        """From arrays of nodes, triangles and, by tag, edges of the outline."""
        return cls(x=x, y=y, triangles=triangles, boundary_tags=dict(boundary_tags or {}))

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        x, y, triangles = self.node_x, self.node_y, self.triangles
        if x.ndim != 1 or x.shape != y.shape:
            raise ConfigError(f"x and y must be lists of one length, not of shapes {x.shape} and {y.shape}")
        if not (np.isfinite(x).all() and np.isfinite(y).all()):
            raise ConfigError("coordinates of nodes must be finite numbers")
        if triangles.ndim != 2 or triangles.shape[1] != 3 or not len(triangles):
            raise ConfigError(f"triangles must be a list of three nodes each, not of shape {triangles.shape}")
        if triangles.min() < 0 or triangles.max() >= x.size:
            raise ConfigError(
                f"triangles name nodes {triangles.min()} to {triangles.max()}, but the nodes are 0 to {x.size - 1}"
            )
        flat = np.flatnonzero(self.areas == 0)
        if flat.size:
            nodes = triangles[flat[0]].tolist()
            raise ConfigError(f"triangle {flat[0]} (nodes {nodes}) has no area; {flat.size} such in all")
        self._check_tags()
        return self

    def _check_tags(self) -> None:
        outline = {tuple(edge) for edge in self._outline_edges().tolist()}
        taken: dict[tuple[int, ...], str] = {}
        for tag, edges in self.boundary_tags.items():
            if edges.ndim != 2 or edges.shape[1] != 2:
                raise ConfigError(f"the edges tagged {tag!r} must be pairs of nodes", field="boundary_tags")
            for edge in map(tuple, np.sort(edges, axis=1).tolist()):
                if edge not in outline:
                    raise ConfigError(
                        f"the edge {list(edge)} tagged {tag!r} is not on the outline", field="boundary_tags"
                    )
                if taken.setdefault(edge, tag) != tag:
                    raise ConfigError(
                        f"the edge {list(edge)} has two tags: {taken[edge]!r} and {tag!r}",
                        field="boundary_tags",
                    )

    @property
    def x(self) -> np.ndarray:
        """Of each node, shape (nodes,), in the units of the coordinates."""
        return self.node_x

    @property
    def y(self) -> np.ndarray:
        """Of each node, shape (nodes,), in the units of the coordinates."""
        return self.node_y

    @property
    def areas(self) -> np.ndarray:
        """Area of each triangle, in squared units of the coordinates."""
        (x0, x1, x2), (y0, y1, y2) = self.node_x[self.triangles].T, self.node_y[self.triangles].T
        return np.abs((x1 - x0) * (y2 - y0) - (x2 - x0) * (y1 - y0)) / 2

    @property
    def centroids(self) -> tuple[np.ndarray, np.ndarray]:
        """x and y of the centre of each triangle."""
        return self.node_x[self.triangles].mean(axis=1), self.node_y[self.triangles].mean(axis=1)

    def boundary(self, tolerance: float = 0.0) -> "Polygon | MultiPolygon":
        """The true outline, with a hole for each island; several polygons if the triangles are not all connected.

        Args:
            tolerance: simplify the outline by moving it at most this far, in the units of the coordinates.
        """
        from shapely import coverage_union_all, polygons

        corners = np.stack([self.node_x[self.triangles], self.node_y[self.triangles]], axis=-1)
        outline = coverage_union_all(polygons(corners))
        return outline.simplify(tolerance) if tolerance else outline

    def boundary_points(
        self,
        spacing: float | None = None,
        tolerance: float = 0.0,
        *,
        islands: bool = False,
        tag: str | None = None,
    ) -> tuple[np.ndarray, np.ndarray]:
        """As for other grids, along the true outer outline.

        Args:
            islands: along the shores of islands too, after the outer outline, each beginning at its own first corner.
                Shores shorter than ``spacing`` have their first corner only.
            tag: only along the edges with this tag, such as the open boundary.

        Raises:
            ConfigError: the spacing does not fit, there is no such tag, or the triangles form several separate areas.
        """
        if tag is not None:
            return self._points_along_tag(tag, spacing)
        outline = self.boundary(tolerance)
        if outline.geom_type != "Polygon":
            raise ConfigError("the triangles form several separate areas, so there is no one outline")
        return points_on_rings(outline, spacing, islands)

    def _points_along_tag(self, tag: str, spacing: float | None) -> tuple[np.ndarray, np.ndarray]:
        from shapely import get_parts, line_merge, linestrings, multilinestrings

        if tag not in self.boundary_tags:
            known = ", ".join(sorted(self.boundary_tags)) or "none"
            raise ConfigError(f"no edges are tagged {tag!r}", hint=f"Tags: {known}")
        edges = self.boundary_tags[tag]
        ends = np.stack([self.node_x[edges], self.node_y[edges]], axis=-1)
        lines = get_parts(line_merge(multilinestrings(linestrings(ends))))
        x, y = zip(*(points_along_short(line, spacing) for line in lines), strict=True)
        return np.concatenate(x), np.concatenate(y)

    def _edges(self) -> np.ndarray:
        """The three edges of each triangle as pairs of nodes."""
        return self.triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2)

    def _outline_edges(self) -> np.ndarray:
        """Edges that belong to one triangle only, as sorted pairs of nodes."""
        unique, counts = np.unique(np.sort(self._edges(), axis=1), axis=0, return_counts=True)
        if counts.max() > 2:
            edge = unique[counts.argmax()].tolist()
            raise ConfigError(
                f"the edge {edge} belongs to {counts.max()} triangles; triangles must not overlap"
            )
        return unique[counts == 1]

    def _draw(self, ax: Any, style: Mapping[str, Any]) -> None:
        edges = np.unique(np.sort(self._edges(), axis=1), axis=0)
        self._draw_edges(ax, edges, {"color": "grey", "linewidth": 0.3, **style})
        self._draw_edges(ax, self._outline_edges(), {"color": "black", "linewidth": 1.0, **style})
        for i, (tag, tagged) in enumerate(sorted(self.boundary_tags.items())):
            self._draw_edges(ax, tagged, {"color": f"C{i}", "linewidth": 2.5, "label": tag, **style})
        if self.boundary_tags:
            ax.legend()

    def _draw_edges(self, ax: Any, edges: np.ndarray, style: Mapping[str, Any]) -> None:
        from matplotlib.collections import LineCollection

        ends = np.stack([self.node_x[edges], self.node_y[edges]], axis=-1)
        ax.add_collection(LineCollection(list(ends), **style))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, UnstructuredGrid)
            and np.array_equal(self.node_x, other.node_x)
            and np.array_equal(self.node_y, other.node_y)
            and np.array_equal(self.triangles, other.triangles)
            and self.boundary_tags.keys() == other.boundary_tags.keys()
            and all(np.array_equal(e, other.boundary_tags[tag]) for tag, e in self.boundary_tags.items())
        )

    def __str__(self) -> str:
        tags = f", {', '.join(sorted(self.boundary_tags))}" if self.boundary_tags else ""
        return f"UnstructuredGrid({self.node_x.size} nodes, {len(self.triangles)} triangles{tags})"

    def __repr__(self) -> str:
        return str(self)
