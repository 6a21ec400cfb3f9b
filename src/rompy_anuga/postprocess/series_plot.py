"""Water level and speed at the stations over time, with the level that the boundary was forced with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rompy_anuga.postprocess.boundary_series import BoundarySeries
from rompy_anuga.postprocess.case_file import Case
from rompy_anuga.postprocess.figure import INK, MUTED, STATION_COLOURS, new_figure, quieten, set_title
from rompy_anuga.postprocess.high_water import highest
from rompy_anuga.postprocess.stations import StationSeries
from rompy_anuga.postprocess.sww import Floats

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BOUNDARY_STYLES = ("--", ":", "-.")
STATION_STYLES = ("-", "-.", ":")
"""When there are more stations than colours, the next style of line begins."""


def series_plot(case: Case, stations: list[StationSeries], boundaries: list[BoundarySeries]) -> Figure:
    """Two panels that share the time axis; triangles mark the highest high water of each curve."""
    figure = new_figure(9.0, 6.0)
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=[3, 2])
    for i, boundary in enumerate(boundaries):
        _draw_boundary(upper, case, boundary, BOUNDARY_STYLES[i % len(BOUNDARY_STYLES)])
    for i, series in enumerate(stations):
        colour = STATION_COLOURS[i % len(STATION_COLOURS)]
        style = STATION_STYLES[i // len(STATION_COLOURS) % len(STATION_STYLES)]
        _draw_station(upper, lower, case, series, colour, style)
    upper.set_ylabel(f"Water level ({case.level_unit})", fontsize=9.5, color=INK)
    lower.set_ylabel("Current speed (m/s)", fontsize=9.5, color=INK)
    lower.set_ylim(bottom=0.0)
    _dress_time(lower, case)
    for axes in (upper, lower):
        axes.grid(color="#e3e3e3", linewidth=0.6)
        axes.set_axisbelow(True)
        quieten(axes)
    handles, labels = upper.get_legend_handles_labels()
    figure.legend(
        handles, labels, loc="outside lower center", ncols=5, fontsize=9, frameon=False, labelcolor=INK
    )
    title = f"{case.heading}: water level and current speed at the stations"
    set_title(upper, title, "▼ highest high water; gaps: dry")
    return figure


def _draw_boundary(axes: Axes, case: Case, boundary: BoundarySeries, style: str) -> None:
    times, level = case.times(boundary.seconds), boundary.water_level
    label = f"boundary {boundary.tag} (forcing)"
    axes.plot(times, level, style, color="black", linewidth=1.3, label=label, zorder=4)
    _mark_high_water(axes, case, boundary.seconds, level, "black")


def _draw_station(
    upper: Axes, lower: Axes, case: Case, series: StationSeries, colour: str, style: str
) -> None:
    times, level = case.times(series.seconds), series.water_level
    label = series.station.name + (" (dry)" if np.isnan(level).all() else "")
    upper.plot(times, level, style, color=colour, linewidth=1.8, label=label)
    lower.plot(times, series.speed, style, color=colour, linewidth=1.8)
    _mark_high_water(upper, case, series.seconds, level, colour)


def _mark_high_water(axes: Axes, case: Case, seconds: Floats, level: Floats, colour: str) -> None:
    high = highest(seconds, level)
    if high is not None:
        triangle: dict[str, Any] = {
            "marker": 7,
            "markersize": 8,
            "color": colour,
            "linestyle": "none",
            "zorder": 5,
        }
        axes.plot(case.times([high.seconds]), [high.level], **triangle)


def _dress_time(axes: Axes, case: Case) -> None:
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter

    first, last = case.times([0.0, case.duration_s])
    axes.set_xlim(first, last)
    locator = AutoDateLocator(minticks=5, maxticks=10)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator, show_offset=False))
    days = np.datetime_as_string(np.array([first, last]), unit="D")
    period = days[0] if days[0] == days[1] else f"{days[0]} to {days[1]}"
    axes.set_xlabel(f"Time (UTC), {period}", fontsize=9.5, color=INK)
    axes.xaxis.get_offset_text().set_color(MUTED)
