"""The result of a run in five lines: high water outside and inside, what the inlet does to the range, speed, mass."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from rompy.errors import PostprocessError
from rompy.postprocess.moments import iso
from rompy_anuga.postprocess.boundary_series import BoundarySeries
from rompy_anuga.postprocess.face_maps import FaceMaps
from rompy_anuga.postprocess.finished_run import FinishedRun
from rompy_anuga.postprocess.high_water import HighWater, highest, paired_high_waters
from rompy_anuga.postprocess.stations import StationSeries
from rompy_anuga.postprocess.sww import Floats


@dataclass(frozen=True)
class Level:
    """A high water with its place."""

    place: str
    time: str
    """UTC, ISO 8601."""
    level_m: float
    """m above the datum of the run."""


@dataclass(frozen=True)
class FastestFlow:
    """The largest speed on any triangle at any output time."""

    speed_m_s: float
    time: str
    lon: float
    lat: float


@dataclass(frozen=True)
class MassBalance:
    """Volume that appeared or vanished without having flown in or out."""

    error_m3: float
    """Largest absolute error at any output time."""
    volume_m3: float
    """Volume of water at the end."""


@dataclass(frozen=True)
class RunSummary:
    """What a run came to. Parts that the run does not have are None."""

    level_unit: str
    """Unit of levels with their datum, such as ``m MSL``."""
    outside: Level | None = None
    """Highest high water at the water-level boundary that also arrives inside."""
    inside: Level | None = None
    """The same high water at the inside station."""
    lag_s: float | None = None
    """Delay of the high water inside."""
    range_outside_m: float | None = None
    """Highest less lowest level of the boundary during the run."""
    range_inside_m: float | None = None
    """Highest less lowest level of the inside station while wet."""
    range_ratio: float | None = None
    """Range inside over range outside."""
    range_is_partial: bool = False
    """Whether the run begins or ends at the highest or lowest level inside: over a longer run the range is larger."""
    fastest: FastestFlow | None = None
    mass: MassBalance | None = None

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON, the lines included."""
        return {**asdict(self), "lines": self.lines}

    @property
    def lines(self) -> list[str]:
        """At most five short lines for people."""
        found = [
            _level_line("High water outside", self.outside, self.level_unit),
            _level_line("High water inside", self.inside, self.level_unit),
            self._response_line(),
            self._speed_line(),
            self._mass_line(),
        ]
        return [line for line in found if line]

    def __str__(self) -> str:
        return "\n".join(self.lines)

    def _response_line(self) -> str | None:
        if self.range_ratio is None:
            return None
        lag = "" if self.lag_s is None else f"; high water {_duration(self.lag_s)}"
        least = "at least " if self.range_is_partial else ""
        ratio = f"{least}{100 * self.range_ratio:.0f} % of outside"
        ranges = f"{self.range_inside_m:.2f} of {self.range_outside_m:.2f} m"
        return f"{'Range inside:':<21}{ratio} ({ranges}){lag}"

    def _speed_line(self) -> str | None:
        if self.fastest is None:
            return None
        f = self.fastest
        return f"{'Maximum speed:':<21}{f.speed_m_s:.2f} m/s at {_place(f.lon, f.lat)}, {_shown(f.time)}"

    def _mass_line(self) -> str | None:
        if self.mass is None:
            return None
        return f"{'Mass error:':<21}{self.mass.error_m3:.1e} m3 of {self.mass.volume_m3:.3e} m3 of water"


def summarise(
    run: FinishedRun,
    maps: FaceMaps,
    boundaries: list[BoundarySeries],
    stations: list[StationSeries],
    *,
    edge_points: dict[str, Floats] | None = None,
    inside: str | None = None,
) -> RunSummary:
    """Sum up a run with any boundaries and stations.

    Levels inside and outside are compared when exactly one boundary forces the level and there is a station. The
    inside station is the one named ``inside``; by default the one furthest from that boundary, whose points (x, y)
    are ``edge_points[tag]``, among the stations that are wet throughout if there are any.

    Raises:
        PostprocessError: there is no station of the name ``inside``.
    """
    inner = _inside_station(stations, inside, edge_points or {}, [series.tag for series in boundaries])
    outer = boundaries[0] if len(boundaries) == 1 else None
    return RunSummary(
        level_unit=run.case.level_unit,
        **_levels(run, outer, inner),
        fastest=_fastest(run, maps),
        mass=_mass(run),
    )


def require_station(name: str | None, stations: list[str]) -> None:
    """Check that the inside station, if one is named, is among the stations.

    Raises:
        PostprocessError: it is not; says which there are.
    """
    if name is not None and name not in stations:
        raise PostprocessError(
            f"there is no station {name!r} to take as the inside one",
            field="inside",
            hint=f"The stations are: {', '.join(stations) or 'none'}.",
        )


def _inside_station(
    stations: list[StationSeries], name: str | None, edge_points: dict[str, Floats], tags: list[str]
) -> StationSeries | None:
    if name is not None:
        require_station(name, [series.station.name for series in stations])
        return next(series for series in stations if series.station.name == name)
    always_wet = [series for series in stations if not np.isnan(series.water_level).any()]
    ever_wet = [series for series in stations if not np.isnan(series.water_level).all()]
    candidates = always_wet or ever_wet
    points = edge_points.get(tags[0]) if len(tags) == 1 else None
    if points is None or not candidates:
        return candidates[0] if candidates else None
    return max(candidates, key=lambda s: float(np.hypot(*(points - [s.station.x, s.station.y]).T).min()))


def _levels(run: FinishedRun, outer: BoundarySeries | None, inner: StationSeries | None) -> dict[str, Any]:
    out = None if outer is None else (outer.seconds, outer.water_level)
    into = None if inner is None else (inner.seconds, inner.water_level)
    pair = paired_high_waters(out, into) if out and into else None
    high_out = pair[0] if pair else out and highest(*out)
    high_in = pair[1] if pair else into and highest(*into)
    ranges = [None if series is None else _range(series[1]) for series in (out, into)]
    return {
        "outside": _placed(run, f"boundary {outer.tag}", high_out) if outer and high_out else None,
        "inside": _placed(run, f"station {inner.station.name}", high_in) if inner and high_in else None,
        "lag_s": pair[1].seconds - pair[0].seconds if pair else None,
        "range_outside_m": ranges[0],
        "range_inside_m": ranges[1],
        "range_ratio": ranges[1] / ranges[0] if ranges[0] and ranges[1] is not None else None,
        "range_is_partial": into is not None and _ends_at_extreme(into[1]),
    }


def _range(level: Floats) -> float | None:
    wet = level[~np.isnan(level)]
    return float(wet.max() - wet.min()) if len(wet) else None


def _ends_at_extreme(level: Floats) -> bool:
    """Whether the series begins or ends at its highest or lowest level: the tide had further to go."""
    wet = level[~np.isnan(level)]
    return len(wet) > 0 and bool(np.isin(wet[[0, -1]], [wet.min(), wet.max()]).any())


def _placed(run: FinishedRun, place: str, high: HighWater) -> Level:
    return Level(place, iso(run.case.moment(high.seconds)), high.level)


def _fastest(run: FinishedRun, maps: FaceMaps) -> FastestFlow | None:
    if np.isnan(maps.max_speed).all():
        return None
    face = int(np.nanargmax(maps.max_speed))
    moment = iso(run.case.moment(maps.max_speed_time[face]))
    return FastestFlow(float(maps.max_speed[face]), moment, float(maps.lon[face]), float(maps.lat[face]))


def _mass(run: FinishedRun) -> MassBalance | None:
    balance = run.record.get("mass_balance", {})
    try:
        error = balance.get("max_abs_error_m3", balance["error_m3"])
        return MassBalance(abs(float(error)), float(balance["final_volume_m3"]))
    except (KeyError, TypeError, ValueError):
        return None


def _level_line(title: str, level: Level | None, unit: str) -> str | None:
    if level is None:
        return None
    return f"{title + ':':<21}{level.level_m:.2f} {unit} at {level.place}, {_shown(level.time)}"


def _shown(time: str) -> str:
    return f"{time[:16].replace('T', ' ')} UTC"


def _duration(seconds: float) -> str:
    minutes = round(abs(seconds) / 60)
    text = f"{minutes // 60} h {minutes % 60:02d} min" if minutes >= 60 else f"{minutes} min"
    return f"{text} {'earlier' if seconds < 0 and minutes else 'later'}"


def _place(lon: float, lat: float) -> str:
    return f"{abs(lat):.4f}° {'S' if lat < 0 else 'N'} {abs(lon):.4f}° {'W' if lon < 0 else 'E'}"
