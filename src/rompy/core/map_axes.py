"""Axes for maps: with coastlines for longitudes and latitudes, plain ones in metres."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from rompy.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""

_LAND, _COAST = "#e9e4d4", "#6b6455"


def map_axes(
    bounds: Sequence[float],
    ax: Any = None,
    figsize: tuple[float, float] | None = None,
    fscale: float = 10,
    *,
    borders: bool = True,
    land: bool = True,
    coastline: bool = True,
) -> tuple[Any, Any]:
    """A matplotlib figure and axes showing ``bounds`` (x0, y0, x1, y1).

    Longitudes and latitudes get a plate carrée map (plain axes without cartopy) with what is asked for of borders, land
    and coastlines, provided that their files are installed (extra ``maps``; nothing is ever downloaded); projected
    coordinates, and everything else, get plain axes of equal scale. Axes that are given are drawn on as they are.

    Args:
        figsize: width and height in inches; without it ``fscale`` is the longer side.

    Raises:
        PluginError: matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise PluginError("plots need matplotlib", hint="Install it: pip install matplotlib") from error

    if ax is not None:
        return ax.figure, ax
    x0, y0, x1, y1 = bounds
    projection = _plate_carree() if _are_degrees(bounds) else None
    figure, ax = plt.subplots(
        figsize=figsize or _figsize(bounds, fscale),
        subplot_kw={"projection": projection},
        layout="constrained",
    )
    if projection is not None:
        ax.set_extent([x0, x1, y0, y1], crs=projection)
        ax.gridlines(draw_labels=["left", "bottom"], linewidth=0.3, color="grey")
    elif _are_degrees(bounds):
        ax.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal", xlabel="longitude (°)", ylabel="latitude (°)")
    else:
        ax.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal", xlabel="x (m)", ylabel="y (m)")
        ax.ticklabel_format(style="plain", useOffset=False)
    if _are_degrees(bounds):
        _add_features(ax, bounds, {"borders": borders, "land": land, "coastline": coastline})
    return figure, ax


def data_transform(ax: Any) -> dict[str, Any]:
    """Keywords for plotting longitudes and latitudes on these axes; none for plain ones."""
    projection = getattr(ax, "projection", None)
    return {} if projection is None else {"transform": _plate_carree()}


def _are_degrees(bounds: Sequence[float]) -> bool:
    x0, y0, x1, y1 = bounds
    return x0 >= -360 and x1 <= 360 and x1 - x0 <= 360 and y0 >= -90 and y1 <= 90


def _figsize(bounds: Sequence[float], longer: float) -> tuple[float, float]:
    x0, y0, x1, y1 = bounds
    ratio = (y1 - y0) / (x1 - x0) if x1 > x0 and y1 > y0 else 1.0
    return (
        (longer, max(longer * ratio, longer / 4)) if ratio < 1 else (max(longer / ratio, longer / 4), longer)
    )


def _plate_carree() -> Any:
    try:
        import cartopy.crs
    except ImportError:
        return None
    return cartopy.crs.PlateCarree()


def _add_features(ax: Any, bounds: Sequence[float], wanted: dict[str, bool]) -> None:
    from matplotlib.collections import LineCollection, PolyCollection

    from rompy.core.coastline import shapes_within

    if not any(wanted.values()):
        return
    shapes = shapes_within(bounds)
    if not shapes.is_known:
        logger.info('the map has no coastline: pip install "rompy[maps]" brings one')
    style = data_transform(ax)
    for areas, colour in ((shapes.land, _LAND), (shapes.lakes, "white")):
        if areas and wanted["land"]:
            filled = PolyCollection(areas, facecolor=colour, edgecolor="none", zorder=0.5, **style)
            ax.add_collection(filled, autolim=False)
    # Lines lie above the fields that are drawn on the map, areas below them.
    lines = {"coastline": shapes.land + shapes.lakes, "borders": shapes.borders}
    for name, dashes in (("coastline", "-"), ("borders", ":")):
        if lines[name] and wanted[name]:
            drawn = LineCollection(
                lines[name], colors=_COAST, linewidths=0.6, linestyles=dashes, zorder=1.6, **style
            )
            ax.add_collection(drawn, autolim=False)
