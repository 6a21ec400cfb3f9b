"""A picture of where two runs differ: the mean of the difference and its greatest size at each place."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.errors import PluginError
from rompy.provenance.diff.difference import Comparison
from rompy.provenance.diff.difference_field import DifferenceField, difference_field
from rompy.provenance.diff.place import Place

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOTS_PER_INCH = 150
MOST, OUTLYING = 99.5, 2.0
"""Percentage of the places that the scale of colours covers, if the largest value is more than that many times as
large."""
INK, MUTED, NOTHING = "#222222", "#6b6b6b", "#e4e1dc"


def draw_map(comparison: Comparison, target: str | Path, *, variable: str | None = None) -> DifferenceField:
    """Write the picture as PNG and return what it shows.

    Args:
        comparison: of two workspaces.
        variable: what to show; by default what differs most, compared with the range of its values.

    Raises:
        DataError: nothing that differs lies on a map.
        PluginError: matplotlib is not installed.
    """
    found = difference_field(comparison, variable)
    _draw(found, comparison, Path(target))
    return found


def _draw(found: DifferenceField, comparison: Comparison, target: Path) -> None:
    from rompy.core.atomic import replacing

    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError as error:
        raise PluginError("maps need matplotlib", hint="Install it: pip install matplotlib") from error

    is_wide = _aspect(found.place) > 1.6
    width, height = (8.0, 3.4 + 6.0 / _aspect(found.place) * 2) if is_wide else (12.5, 5.6)
    engine = ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.12)
    figure = Figure(figsize=(width, min(height, 14.0)), layout=engine, facecolor="white")
    FigureCanvasAgg(figure)
    rows, columns = (2, 1) if is_wide else (1, 2)
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel()
    _draw_mean(figure, panels[0], found)
    _draw_largest(figure, panels[1], found)
    runs = f"first: {comparison.first}\nsecond: {comparison.second}"
    figure.suptitle(runs, x=0.01, ha="left", fontsize=8.5, color=MUTED)
    with replacing(target) as part:
        figure.savefig(part, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})


def _draw_mean(figure: Any, axes: Axes, found: DifferenceField) -> None:
    reach = _reach(np.abs(found.mean))
    _panel(figure, axes, found, found.mean, "RdBu_r", (-reach, reach), f"Mean difference{_unit(found)}")
    over = f", over {found.times} times" if found.times > 1 else ""
    over += ", interpolated to the first" if found.is_interpolated else ""
    _title(axes, f"{_capital(found.label)}: mean difference", f"second minus first{over}; {found.file}")


def _draw_largest(figure: Any, axes: Axes, found: DifferenceField) -> None:
    limits = (0.0, _reach(found.largest))
    _panel(figure, axes, found, found.largest, "magma_r", limits, f"Greatest difference{_unit(found)}")
    peak = f"largest {float(np.nanmax(found.largest, initial=0.0)):.3g} {found.units}".rstrip()
    _title(axes, f"{_capital(found.label)}: greatest difference", peak)


def _unit(found: DifferenceField) -> str:
    return f" ({found.units})" if found.units and found.units != "1" else ""


def _reach(sizes: np.ndarray) -> float:
    """Where the scale of colours ends: a few places that differ far more than all others must not hide these."""
    known = sizes[np.isfinite(sizes)]
    if not known.size or not known.max():
        return 1.0
    most = float(np.percentile(known, MOST))
    return most if OUTLYING * most < known.max() and most > 0 else float(known.max())


def _panel(
    figure: Any,
    axes: Axes,
    found: DifferenceField,
    values: np.ndarray,
    palette: str,
    limits: tuple[float, float],
    label: str,
) -> None:
    from matplotlib import colormaps

    colours = colormaps[palette].with_extremes(bad=NOTHING)
    drawn = _shapes(axes, found.place, np.ma.masked_invalid(values), colours, limits)
    is_cut = np.nanmax(np.abs(values), initial=0.0) > limits[1]
    extend = "neither" if not is_cut else "both" if limits[0] < 0 else "max"
    bar = figure.colorbar(drawn, ax=axes, shrink=0.85, pad=0.02, extend=extend)
    bar.set_label(label, fontsize=9, color=INK)
    bar.ax.tick_params(labelsize=8.5, colors=INK, length=3)
    bar.outline.set_visible(False)
    unit = " (°)" if found.place.is_geographic else " (km)"
    axes.set_xlabel(f"{_capital(found.place.names[0])}{unit}", fontsize=9, color=INK)
    axes.set_ylabel(f"{_capital(found.place.names[1])}{unit}", fontsize=9, color=INK)
    axes.tick_params(labelsize=8.5, colors=INK, length=3)
    axes.ticklabel_format(style="plain", useOffset=False)
    axes.set_facecolor("white")
    _add_coast(axes, found.place)
    middle = np.deg2rad(float(np.nanmean(found.place.y))) if found.place.is_geographic else 0.0
    axes.set_aspect(1 / max(np.cos(middle), 0.1))
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def _add_coast(axes: Axes, place: Place) -> None:
    """Coastlines, where coordinates are degrees and the files for them are installed."""
    if not place.is_geographic:
        return
    from matplotlib.collections import LineCollection

    from rompy.core.maps.coastline import shapes_within

    bounds = [
        float(limit)
        for limit in (np.nanmin(place.x), np.nanmin(place.y), np.nanmax(place.x), np.nanmax(place.y))
    ]
    shapes = shapes_within(bounds)
    lines = LineCollection([*shapes.land, *shapes.lakes], colors=MUTED, linewidths=0.6)
    axes.add_collection(lines, autolim=False)


def _shapes(axes: Axes, place: Place, values: Any, colours: Any, limits: tuple[float, float]) -> Any:
    scale = 1.0 if place.is_geographic else 1e-3
    x, y = place.x * scale, place.y * scale
    low, high = limits
    if place.faces is None:
        return axes.pcolormesh(
            x, y, values, cmap=colours, vmin=low, vmax=high, shading="nearest", rasterized=True
        )
    if place.on_nodes:
        corners = place.faces[:, :3]
        values = np.ma.filled(values, 0.0)
        from matplotlib.tri import Triangulation

        mesh = Triangulation(x, y, corners)
        return axes.tripcolor(
            mesh, values, cmap=colours, vmin=low, vmax=high, shading="gouraud", rasterized=True
        )
    from matplotlib.collections import PolyCollection

    nodes = np.column_stack([x, y])
    outlines: Any = (
        nodes[place.faces] if (place.faces >= 0).all() else [nodes[face[face >= 0]] for face in place.faces]
    )
    drawn = PolyCollection(
        outlines, array=values, cmap=colours, edgecolor="face", linewidth=0.15, rasterized=True
    )
    drawn.set_clim(low, high)
    axes.add_collection(drawn)
    axes.autoscale_view()
    return drawn


def _aspect(place: Place) -> float:
    """Width over height of the area."""
    width, height = np.ptp(place.x), np.ptp(place.y)
    if place.is_geographic:
        width *= np.cos(np.deg2rad(float(np.nanmean(place.y))))
    return float(width / height) if height else 1.0


def _title(axes: Axes, title: str, subtitle: str) -> None:
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK, pad=20)
    axes.annotate(
        subtitle,
        (0, 1),
        xytext=(0, 6),
        xycoords="axes fraction",
        textcoords="offset points",
        fontsize=8.5,
        color=MUTED,
    )


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
