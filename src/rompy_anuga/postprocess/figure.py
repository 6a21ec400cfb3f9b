"""Figures without global state: matplotlib's object interface on the Agg canvas, for servers and threads alike."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy.core.atomic import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DOTS_PER_INCH = 160
"""Enough for a printed report at half a page's width and for a full screen."""

INK = "#222222"
MUTED = "#6b6b6b"

STATION_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")
"""Okabe and Ito (2008): told apart with any colour vision. Black is left for the boundary."""


def new_figure(width: float, height: float) -> Figure:
    """An empty figure of that size in inches whose parts make room for each other."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    margins = ConstrainedLayoutEngine(w_pad=0.14, h_pad=0.12)
    figure = Figure(figsize=(width, height), layout=margins, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def save_picture(figure: Figure, path: str | Path) -> Path:
    """Write a figure as PNG, the same bytes for the same figure."""
    with replacing(path) as part:
        figure.savefig(part, format="png", dpi=DOTS_PER_INCH, metadata={"Software": None})
    return Path(path)


def set_title(axes: Axes, title: str, subtitle: str = "") -> None:
    """A bold title at the left with a quieter line below it."""
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK, pad=20 if subtitle else 8)
    if subtitle:
        axes.annotate(
            subtitle,
            (0, 1),
            xytext=(0, 6),
            xycoords="axes fraction",
            textcoords="offset points",
            fontsize=8.5,
            color=MUTED,
            annotation_clip=False,
        )


def quieten(axes: Axes) -> None:
    """Small ticks in grey; no frame at the top and the right."""
    axes.tick_params(labelsize=8.5, colors=INK, length=3, color=MUTED)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(MUTED)


def halo(width: float = 2.0) -> list[Any]:
    """Path effect of a white rim, so that text and lines stay readable on any colour."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=width, foreground="white")]
