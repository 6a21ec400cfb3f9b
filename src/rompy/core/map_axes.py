"""Axes for maps: with coastlines where cartopy and its data are at hand, plain otherwise."""

from __future__ import annotations

import logging
import warnings
from typing import TYPE_CHECKING, Any

from rompy.errors import PluginError

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

Bounds = tuple[float, float, float, float]
"""West, south, east, north."""


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

    Longitudes and latitudes get a plate carrée map with what is asked for of borders, land and coastlines, provided
    that cartopy is installed and has its map data; projected coordinates, and everything else, get plain axes of equal
    scale. Axes that are given are drawn on as they are.

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
        figsize=figsize or _figsize(bounds, fscale), subplot_kw={"projection": projection}
    )
    if projection is None:
        ax.set(xlim=(x0, x1), ylim=(y0, y1), aspect="equal", xlabel="x", ylabel="y")
    else:
        ax.set_extent([x0, x1, y0, y1], crs=projection)
        ax.gridlines(draw_labels=["left", "bottom"], linewidth=0.3)
        _add_features(ax, {"borders": borders, "land": land, "coastline": coastline})
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


def _add_features(ax: Any, wanted: dict[str, bool]) -> None:
    from cartopy import feature

    features = {"land": feature.LAND, "coastline": feature.COASTLINE, "borders": feature.BORDERS}
    for name, is_wanted in wanted.items():
        if is_wanted and _is_at_hand(features[name]):
            ax.add_feature(features[name], zorder=0.5)


def _is_at_hand(item: Any) -> bool:
    """Whether the shapes of a feature can be had; they are loaded when drawn, where a failure could not be handled."""
    from cartopy.io import shapereader

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # cartopy warns when it downloads
            shapereader.natural_earth(resolution="110m", category=item.category, name=item.name)
    except Exception as error:  # noqa: BLE001 - whatever the network or the disk says, the map goes without
        logger.debug("no %s on the map: %s", item.name, error)
        return False
    return True
