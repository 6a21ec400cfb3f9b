"""High waters of a series of levels, timed between the samples by a parabola, and their delay from place to place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rompy_anuga.postprocess.sww import Floats

TIDAL_PERIOD_S = 44714.16
"""Period of the principal lunar tide M2, 12.42 h: a later high water belongs to the next tide."""


@dataclass(frozen=True)
class HighWater:
    """A turning point from rising to falling."""

    seconds: float
    """Time since the start of the run."""
    level: float
    """m above the run's datum."""


def high_waters(seconds: Floats, level: Floats) -> list[HighWater]:
    """All high waters of a series, in order of time; NaN where dry. The ends of a series are never turning points."""
    before, here, after = level[:-2], level[1:-1], level[2:]
    turns = np.flatnonzero((here > before) & (here >= after)) + 1
    return [_top(seconds[i - 1 : i + 2], level[i - 1 : i + 2]) for i in turns]


def paired_high_waters(
    outside: tuple[Floats, Floats], inside: tuple[Floats, Floats]
) -> tuple[HighWater, HighWater] | None:
    """The highest outside high water that arrives inside during the run, and that arrival.

    Both series are (seconds, level). The arrival is the highest inside one from one inside sample before it (places
    near the boundary turn with it, give or take a sample) until the next tide. None if no high water arrives.
    """
    arrivals = high_waters(*inside)
    sample = float(np.median(np.diff(inside[0])))
    for one in sorted(high_waters(*outside), key=lambda high: -high.level):
        candidates = [a for a in arrivals if -sample <= a.seconds - one.seconds < TIDAL_PERIOD_S]
        if candidates:
            return one, max(candidates, key=lambda high: high.level)
    return None


def highest(seconds: Floats, level: Floats) -> HighWater | None:
    """The highest turning point of a series, or None."""
    return max(high_waters(seconds, level), key=lambda high: high.level, default=None)


def _top(t: Floats, z: Floats) -> HighWater:
    """Vertex of the parabola through three samples, of which the middle one is the highest."""
    # With s = t - t1, z = z1 + b s + a s^2; the vertex is at -b / 2a.
    before, after = t[0] - t[1], t[2] - t[1]
    slope_before, slope_after = (z[0] - z[1]) / before, (z[2] - z[1]) / after
    a = (slope_after - slope_before) / (after - before)
    b = slope_before - a * before
    shift = -b / (2 * a)
    return HighWater(float(t[1] + shift), float(z[1] + b * shift / 2))
