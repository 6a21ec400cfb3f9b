"""Axes for maps, with coastlines where the system of the coordinates is known."""

from __future__ import annotations

import logging
from math import cos, radians
from typing import TYPE_CHECKING, Any

from rompy.errors import PluginError, RompyError

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
    crs: str | None = None,
) -> tuple[Any, Any]:
    """A matplotlib figure and axes showing ``bounds`` (x0, y0, x1, y1).

    Longitudes and latitudes get a plate carrée map (plain axes without cartopy), projected coordinates plain axes of
    equal scale. Both have what is asked for of borders, land and coastlines, provided that their files are installed
    (extra ``maps``; nothing is ever downloaded) and the system is known. Axes that are given are drawn on as they are.
    The figure is the caller's alone: pyplot does not know it, so nothing is shown, kept or to be closed.

    Args:
        figsize: width and height in inches; without it ``fscale`` is the longer side.
        crs: system of the coordinates; unless given they are longitudes and latitudes if they can be.

    Raises:
        PluginError: matplotlib is not installed.
    """
    if ax is not None:
        return ax.figure, ax
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PluginError("plots need matplotlib", hint="Install it: pip install matplotlib") from error

    degrees = are_degrees(bounds) if crs is None else _is_geographic(crs)
    stretch = _stretch(bounds) if degrees else 1.0
    projection = _plate_carree(_central_longitude(bounds)) if degrees else None
    figure = Figure(figsize=figsize or _figsize(bounds, fscale, stretch), layout="constrained")
    ax = figure.add_subplot(projection=projection)
    x0, y0, x1, y1 = bounds
    if projection is not None:
        ax.set_extent([x0, x1, y0, y1], crs=_plate_carree())
        _add_graticule(ax, bounds)
    elif degrees:
        ax.set(xlim=(x0, x1), ylim=(y0, y1), xlabel="longitude (°)", ylabel="latitude (°)")
    else:
        ax.set(xlim=(x0, x1), ylim=(y0, y1), xlabel=_label("x", crs), ylabel=_label("y", crs))
        ax.ticklabel_format(style="plain", useOffset=False)
        ax.locator_params(axis="x", nbins=6)  # seven digits each
    ax.set_aspect(stretch)
    if degrees or crs is not None:
        _add_features(
            ax, bounds, None if degrees else crs, {"borders": borders, "land": land, "coastline": coastline}
        )
    return figure, ax


def system_of(thing: Any) -> str | None:
    """The system that a grid says its coordinates are in, by an attribute ``crs``; None if it says nothing usable."""
    from rompy.core.crs import known, text_of

    stated = getattr(thing, "crs", None)
    try:
        return (
            None if stated is None else text_of(known(stated if isinstance(stated, str) else stated.to_wkt()))
        )
    except (AttributeError, RompyError):
        return None


def data_transform(ax: Any) -> dict[str, Any]:
    """Keywords for plotting longitudes and latitudes on these axes; none for plain ones."""
    projection = getattr(ax, "projection", None)
    return {} if projection is None else {"transform": _plate_carree()}


def _add_graticule(ax: Any, bounds: Sequence[float]) -> None:
    """Meridians and parallels at round numbers, labelled in the usual convention also beyond the date line."""
    from matplotlib.ticker import FixedLocator, MaxNLocator

    x0, y0, x1, y1 = bounds
    width, height = ax.figure.get_size_inches()
    along = [x for x in MaxNLocator(max(int(width / 1.2), 3)).tick_values(x0, x1) if x0 <= x <= x1]
    across = [y for y in MaxNLocator(max(int(height / 0.8), 3)).tick_values(y0, y1) if y0 <= y <= y1]
    lines = ax.gridlines(draw_labels=["left", "bottom"], linewidth=0.3, color="grey")
    lines.xlocator = FixedLocator([(x + 180) % 360 - 180 for x in along])
    lines.ylocator = FixedLocator(across)


def with_margin(bounds: Sequence[float], part: float = 0.03) -> Bounds:
    """Bounds with a margin, as a part of the longer side, so that what lies at the edge can be seen."""
    x0, y0, x1, y1 = bounds
    margin = part * max(x1 - x0, y1 - y0)
    return x0 - margin, y0 - margin, x1 + margin, y1 + margin


def are_degrees(bounds: Sequence[float]) -> bool:
    """Whether bounds can be longitudes and latitudes."""
    x0, y0, x1, y1 = bounds
    return x0 >= -360 and x1 <= 360 and x1 - x0 <= 360 and y0 >= -90 and y1 <= 90


def _is_geographic(crs: str) -> bool:
    from rompy.core.crs import is_geographic

    return is_geographic(crs)


def _stretch(bounds: Sequence[float]) -> float:
    """How much longer a degree of latitude is than one of longitude in the middle of a map that is not too high."""
    _, y0, _, y1 = bounds
    return 1.0 if y1 - y0 > 60 else 1 / max(cos(radians((y0 + y1) / 2)), 0.2)


def _central_longitude(bounds: Sequence[float]) -> float:
    """0 unless the map crosses the date line, at which it would fall apart."""
    x0, _, x1, _ = bounds
    return 0.0 if x0 >= -180 and x1 <= 180 else (x0 + x1) / 2


def _label(axis: str, crs: str | None) -> str:
    if crs is None:
        return f"{axis} (m)"
    from rompy.core.crs import known

    unit = {"metre": "m"}.get(name := known(crs).axis_info[0].unit_name, name)
    return f"{'easting' if axis == 'x' else 'northing'} ({unit}), {known(crs).name}"


def _figsize(bounds: Sequence[float], longer: float, stretch: float) -> tuple[float, float]:
    x0, y0, x1, y1 = bounds
    ratio = stretch * (y1 - y0) / (x1 - x0) if x1 > x0 and y1 > y0 else 1.0
    return (
        (longer, max(longer * ratio, longer / 4)) if ratio < 1 else (max(longer / ratio, longer / 4), longer)
    )


def _plate_carree(central_longitude: float = 0.0) -> Any:
    try:
        import cartopy.crs
    except ImportError:
        return None
    return cartopy.crs.PlateCarree(central_longitude=central_longitude)


def _add_features(ax: Any, bounds: Sequence[float], crs: str | None, wanted: dict[str, bool]) -> None:
    """Draw what is wanted of land, coastlines and borders, in a projected system if ``crs`` is given."""
    from matplotlib.collections import LineCollection, PolyCollection

    from rompy.core.maps.coastline import projected_shapes_within, shapes_within

    if not any(wanted.values()):
        return
    shapes = shapes_within(bounds) if crs is None else projected_shapes_within(bounds, crs)
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
