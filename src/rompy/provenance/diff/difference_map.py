"""A picture of where two runs differ: the mean of the difference and its greatest size at each place."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.errors import DataError, PluginError
from rompy.provenance.diff.difference import Comparison, Difference
from rompy.provenance.diff.file_pair import FilePair
from rompy.provenance.diff.netcdf import is_netcdf, opened
from rompy.provenance.diff.overlay import Overlay
from rompy.provenance.diff.place import Place, units_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

DOTS_PER_INCH = 150
MOST, OUTLYING = 99.5, 2.0
"""Percentage of the places that the scale of colours covers, if the largest value is more than that many times as
large."""
INK, MUTED, NOTHING = "#222222", "#6b6b6b", "#e4e1dc"


@dataclass(frozen=True)
class DifferenceField:
    """Difference of one variable at each place, second minus first."""

    file: str
    variable: str
    label: str
    """What it is, for people."""
    units: str
    place: Place
    mean: np.ndarray
    """Mean over all times (and levels); NaN where nothing could be compared."""
    largest: np.ndarray
    """Greatest absolute difference at any time."""
    times: int
    is_interpolated: bool = False
    """Whether the second lies on another mesh or grid, and its values were interpolated to the places of the first."""


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


def difference_field(comparison: Comparison, variable: str | None = None) -> DifferenceField:
    """The difference of one variable at each place. Memory grows with the number of places, not of times."""
    first, second = Path(comparison.first), Path(comparison.second)
    for file, part in _candidates(comparison, variable):
        names = file.details.get("files") or (file.what, file.what)
        paths = first / names[0], second / names[1]
        if not all(path.is_file() and is_netcdf(path) for path in paths):
            continue
        with opened(paths[0]) as one, opened(paths[1]) as other:
            pair = FilePair(one, other)
            overlay = pair.overlay_of(part.what)
            if overlay is not None:
                return _field(file.what, part.what, pair, overlay)
    raise DataError(
        "no variable that differs lies on a mesh or grid, so there is no map"
        if variable is None
        else f"no variable {variable!r} that differs lies on a mesh or grid",
        hint="rompy diff without --map shows what differs.",
    )


def _candidates(comparison: Comparison, variable: str | None) -> Iterable[tuple[Difference, Difference]]:
    """Variables that differ, the most telling one first.

    What changes in time is computed, the rest is mostly given; what has units comes from whoever knows what it is; of
    these the one whose difference is the largest part of its own range.
    """
    pairs = [
        (file, part)
        for file in comparison.levels["results"].differences
        for part in file.parts
        if part.details.get("rms") and variable in (None, part.what)
    ]
    return sorted(pairs, key=_rank)


def _rank(pair: tuple[Difference, Difference]) -> tuple[bool, bool, float, str]:
    file, part = pair
    details = part.details
    is_given = details.get("largest_time") is None
    return is_given, not details.get("units"), -float(details.get("relative", 0.0)), file.what


def _field(name: str, variable: str, pair: FilePair, overlay: Overlay) -> DifferenceField:
    a, b, place = pair.one[variable], pair.other[variable], overlay.first
    rows, along_time = pair.rows_of(variable), pair.runs_along_time(variable)
    size = len(overlay.points)
    total, count, largest = np.zeros(size), np.zeros(size, dtype=np.int64), np.zeros(size)
    for left, right, _ in overlay.pairs(a, b, rows):
        difference = (right - left).reshape(-1, size)
        known = np.isfinite(difference)
        total += np.where(known, difference, 0.0).sum(axis=0)
        count += known.sum(axis=0)
        largest = np.maximum(largest, np.where(known, np.abs(difference), 0.0).max(axis=0, initial=0.0))
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    largest = np.where(count > 0, largest, np.nan)
    shape = tuple(a.shape[a.dimensions.index(d)] for d in place.dimensions)
    label = str(getattr(a, "long_name", getattr(a, "standard_name", variable.removesuffix("_c")))).replace(
        "_", " "
    )
    times = 1 if not along_time else int(a.shape[0]) if rows is None else len(rows[0])
    mean, largest = mean.reshape(shape), largest.reshape(shape)
    units, is_interpolated = units_of(pair.one, a), not overlay.is_same
    return DifferenceField(name, variable, label, units, place, mean, largest, times, is_interpolated)


def _draw(found: DifferenceField, comparison: Comparison, target: Path) -> None:
    from rompy.core.atomic import replacing

    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
        from matplotlib.layout_engine import ConstrainedLayoutEngine
    except ImportError as error:
        raise PluginError("maps need matplotlib", hint="Install it: pip install matplotlib") from error

    wide = _aspect(found.place) > 1.6
    width, height = (8.0, 3.4 + 6.0 / _aspect(found.place) * 2) if wide else (12.5, 5.6)
    engine = ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.12)
    figure = Figure(figsize=(width, min(height, 14.0)), layout=engine, facecolor="white")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(
        2 if wide else 1, 1 if wide else 2, sharex=True, sharey=True, squeeze=False
    ).ravel()
    reach, peak = _reach(np.abs(found.mean)), float(np.nanmax(found.largest, initial=0.0))
    unit = f" ({found.units})" if found.units and found.units != "1" else ""
    _panel(figure, left, found, found.mean, "RdBu_r", (-reach, reach), f"Mean difference{unit}")
    limits = (0.0, _reach(found.largest))
    _panel(figure, right, found, found.largest, "magma_r", limits, f"Greatest difference{unit}")
    over = f"over {found.times} times" if found.times > 1 else "at one time"
    over += ", interpolated to the first" if found.is_interpolated else ""
    _title(left, f"{_capital(found.label)}: mean difference", f"second minus first, {over}; {found.file}")
    _title(
        right, f"{_capital(found.label)}: greatest difference", f"largest {peak:.3g} {found.units}".rstrip()
    )
    figure.suptitle(
        f"first: {comparison.first}\nsecond: {comparison.second}",
        x=0.01,
        ha="left",
        fontsize=8.5,
        color=MUTED,
    )
    with replacing(target) as part:
        figure.savefig(part, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})


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
