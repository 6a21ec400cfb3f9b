"""Maps of a run: mesh and bathymetry with the boundaries marked, greatest depth and greatest speed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy_anuga.crs import known
from rompy_anuga.postprocess.case_file import Case
from rompy_anuga.postprocess.face_maps import FaceMaps
from rompy_anuga.postprocess.figure import INK, MUTED, halo, new_figure, quieten, set_title
from rompy_anuga.postprocess.labels import labels_of
from rompy_anuga.postprocess.stations import Station
from rompy_anuga.postprocess.sww import Floats, Ints

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DRY_COLOUR = "#e4e1dc"
WALL_COLOUR = "#4a4a4a"
BOUNDARY_COLOURS = ("#D7191C", "#FF7F00", "#984EA3", "#1B9E77", "#A65628")
"""For boundaries that water passes through; walls are grey."""

BOUNDARY_WORDS = {"water_level": "water level", "wall": "wall", "transmissive": "transmissive"}

FINE_MESH = 20_000
"""More triangles than this and their edges would hide the colours."""


@dataclass(frozen=True)
class Boundary:
    """Edges at the rim of the mesh and the tag of each."""

    edges: Ints
    """Node numbers, shape (edges, 2)."""
    tags: list[str]

    def edges_of(self, tag: str) -> Ints:
        return self.edges[[i for i, name in enumerate(self.tags) if name == tag]]


def mesh_map(case: Case, maps: FaceMaps, boundary: Boundary, stations: list[Station]) -> Figure:
    """Bed level of each triangle with the triangles' edges, boundaries coloured by tag and stations."""
    width, height = _size(maps, panels=1)
    figure = new_figure(width, height)
    axes = figure.subplots()
    collection = _coloured(axes, maps, maps.bed_level, "viridis")
    if len(maps.faces) <= FINE_MESH:
        collection.set(edgecolor=(1, 1, 1, 0.35), linewidth=0.25)
    _colour_bar(figure, axes, collection, f"Bed level ({case.level_unit}, positive up)")
    _mark_boundary(axes, case, maps, boundary)
    _mark_stations(axes, maps, stations, *_inner_size(maps, panels=1))
    _dress(axes, case, maps)
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=4, fontsize=8.5, frameon=False, labelcolor=INK
    )
    set_title(
        axes, f"{case.heading}: mesh and bathymetry", f"{len(maps.faces):,} triangles of {_areas(maps)}"
    )
    return figure


def maxima_map(case: Case, maps: FaceMaps, boundary: Boundary, stations: list[Station]) -> Figure:
    """Greatest depth and greatest speed at any output time, side by side or one above the other."""
    wide = _aspect(maps) > 1.6
    width, height = _size(maps, panels=2, stacked=wide)
    figure = new_figure(width, height)
    grid = figure.subplots(
        2 if wide else 1, 1 if wide else 2, sharex=True, sharey=True, squeeze=False
    ).ravel()
    ever_wet = maps.wet_fraction > 0
    panels = (
        (np.where(ever_wet, maps.max_depth, np.nan), "viridis_r", "water depth", "m"),
        (maps.max_speed, "magma_r", "current speed", "m/s"),
    )
    for axes, (values, colours, quantity, unit) in zip(grid, panels, strict=True):
        collection = _coloured(axes, maps, values, colours, from_zero=True)
        _colour_bar(figure, axes, collection, f"Maximum {quantity} ({unit})")
        _outline(axes, maps, boundary.edges, MUTED, 0.6)
        _mark_stations(axes, maps, stations, *_inner_size(maps, panels=2, stacked=wide))
        _dress(axes, case, maps)
        highest = f"greatest {np.nanmax(values):.2f} {unit}, " if ever_wet.any() else ""
        set_title(axes, f"{case.heading}: maximum {quantity}", f"{highest}{case.period_words}")
    for axes in grid[:1] if wide else grid[1:]:
        axes.set(**{"xlabel": ""} if wide else {"ylabel": ""})
    if not ever_wet.all():
        _explain_dry(figure)
    return figure


def _coloured(axes: Axes, maps: FaceMaps, values: Floats, colours: str, *, from_zero: bool = False) -> Any:
    """Triangles coloured by a value; those without one in the colour of dry land."""
    from matplotlib.collections import PolyCollection

    corners: Any = maps.nodes[maps.faces] / 1000
    known_values = values[~np.isnan(values)]
    low, high = (known_values.min(), known_values.max()) if len(known_values) else (0.0, 1.0)
    collection = PolyCollection(
        corners,
        array=np.ma.masked_invalid(values),
        cmap=_palette(colours),
        edgecolor="face",
        linewidth=0.15,
        rasterized=True,
    )
    collection.set_clim(0.0 if from_zero else low, high if high > low else low + 1.0)
    axes.add_collection(collection)
    return collection


def _palette(name: str) -> Any:
    """A perceptually uniform scale without its darkest tenth, in which nothing could be told apart."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    shades = (0.1, 1.0) if not name.endswith("_r") else (0.0, 0.9)
    return ListedColormap(colormaps[name](np.linspace(*shades, 256))).with_extremes(bad=DRY_COLOUR)


def _colour_bar(figure: Figure, axes: Axes, collection: Any, label: str) -> None:
    """A bar as high as the map beside it."""
    bar = figure.colorbar(collection, cax=axes.inset_axes((1.02, 0.04, 0.025, 0.92)))
    bar.set_label(label, fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8.5, colors=INK, length=3)
    bar.outline.set_visible(False)


def _mark_boundary(axes: Axes, case: Case, maps: FaceMaps, boundary: Boundary) -> None:
    colours = iter(BOUNDARY_COLOURS * 10)
    for tag in sorted(set(boundary.tags)):
        kind = case.boundaries.get(tag, {}).get("type", "no condition")
        is_wall = kind == "wall"
        _outline(
            axes,
            maps,
            boundary.edges_of(tag),
            WALL_COLOUR if is_wall else next(colours),
            0.9 if is_wall else 3.0,
            zorder=3 if is_wall else 4,
            label=f"{tag} ({BOUNDARY_WORDS.get(kind, kind)})",
        )


def _outline(axes: Axes, maps: FaceMaps, edges: Ints, colour: str, width: float, **more: Any) -> None:
    """Draw edges of the mesh as lines."""
    from matplotlib.collections import LineCollection

    segments = list(maps.nodes[edges] / 1000)
    axes.add_collection(LineCollection(segments, colors=colour, linewidths=width, capstyle="round", **more))


def _mark_stations(axes: Axes, maps: FaceMaps, stations: list[Station], width: float, height: float) -> None:
    """Points with their names, on a map for which there are so many inches."""
    (x0, y0), (x1, y1) = maps.nodes.min(axis=0), maps.nodes.max(axis=0)
    scale = 72 * min(width / (x1 - x0), height / (y1 - y0))  # points on paper a metre
    places = [((station.x - x0) * scale, (station.y - y0) * scale) for station in stations]
    labels = labels_of([station.name for station in stations], places, (x1 - x0) * scale / 2)
    for station, label in zip(stations, labels, strict=True):
        at = station.x / 1000, station.y / 1000
        axes.plot(
            *at, "o", markersize=5.5, color="white", markeredgecolor="black", markeredgewidth=1.2, zorder=6
        )
        axes.annotate(
            station.name,
            at,
            xytext=(label.dx, label.dy),
            textcoords="offset points",
            ha=label.align,
            fontsize=9,
            fontweight="bold",
            color="black",
            path_effects=halo(2.5),
            zorder=7,
        )


def _dress(axes: Axes, case: Case, maps: FaceMaps) -> None:
    """Equal scales, kilometres, names of the axes from the projection."""
    from matplotlib.ticker import MaxNLocator

    (x0, y0), (x1, y1) = maps.nodes.min(axis=0) / 1000, maps.nodes.max(axis=0) / 1000
    margin = 0.03 * max(x1 - x0, y1 - y0)
    axes.set(xlim=(x0 - margin, x1 + margin), ylim=(y0 - margin, y1 + margin), aspect="equal")
    name = known(case.crs).name
    axes.set_xlabel(f"Easting (km), {name}", fontsize=9, color=INK)
    axes.set_ylabel("Northing (km)", fontsize=9, color=INK)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
    axes.ticklabel_format(style="plain", useOffset=False)
    axes.grid(color="#d9d9d9", linewidth=0.5, zorder=0)
    axes.set_axisbelow(True)
    quieten(axes)


def _explain_dry(figure: Figure) -> None:
    from matplotlib.patches import Patch

    patch = Patch(facecolor=DRY_COLOUR, edgecolor=MUTED, linewidth=0.5, label="never wet")
    figure.legend(handles=[patch], loc="outside lower center", fontsize=8.5, frameon=False, labelcolor=INK)


def _aspect(maps: FaceMaps) -> float:
    """Width of the mesh over its height."""
    width, height = np.ptp(maps.nodes, axis=0)
    return float(width / height)


def _size(maps: FaceMaps, *, panels: int, stacked: bool = True) -> tuple[float, float]:
    """Inches for a map of this shape with room for its title, axes and colour bar."""
    inner, tall = _inner_size(maps, panels=panels, stacked=stacked)
    width, height = inner + 1.9, tall + 1.2
    return (2 * width, height) if panels == 2 and not stacked else (width, panels * height)


def _inner_size(maps: FaceMaps, *, panels: int, stacked: bool = True) -> tuple[float, float]:
    """Inches that are left for one map itself."""
    inner = (6.2 if panels == 2 and not stacked else 7.6) - 1.9
    return inner, float(np.clip(inner / _aspect(maps), 1.6, 8.5))


def _areas(maps: FaceMaps) -> str:
    from rompy_anuga.mesh_file import TriangleMesh

    areas = TriangleMesh(maps.nodes, maps.faces, {}, {}).areas
    return f"{areas.min():,.0f} to {areas.max():,.0f} m², {areas.sum() / 1e6:,.2f} km² in all"
