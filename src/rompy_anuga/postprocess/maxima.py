"""Extremes over time on each face, gathered block by block so that no more than one block is in memory."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rompy_anuga.postprocess.sww import Block, Floats


class Maxima:
    """Running maxima on faces. Times are seconds since the start; NaN marks faces that were never wet."""

    def __init__(self, faces: int) -> None:
        self.level: Floats = np.full(faces, np.nan)
        self.level_time: Floats = np.full(faces, np.nan)
        self.depth: Floats = np.zeros(faces)
        self.speed: Floats = np.full(faces, np.nan)
        self.speed_time: Floats = np.full(faces, np.nan)
        self.first_wet_time: Floats = np.full(faces, np.nan)
        self._wet_times: NDArray[np.int64] = np.zeros(faces, dtype=np.int64)
        self._times = 0

    @property
    def wet_fraction(self) -> Floats:
        """Share of the output times at which the face was wet."""
        return np.asarray(self._wet_times / max(self._times, 1))

    def update(self, block: Block) -> None:
        """Take in the next block of output times."""
        np.maximum(self.depth, block.depth.max(axis=0), out=self.depth)
        self._wet_times += block.wet.sum(axis=0)
        self._times += len(block.seconds)
        _raise_to(self.level, self.level_time, block.level, block.seconds)
        _raise_to(self.speed, self.speed_time, block.speed, block.seconds)
        newly_wet = block.wet.any(axis=0) & np.isnan(self.first_wet_time)
        self.first_wet_time[newly_wet] = block.seconds[block.wet[:, newly_wet].argmax(axis=0)]


def _raise_to(best: Floats, best_time: Floats, values: Floats, seconds: Floats) -> None:
    """Lift ``best`` to the largest of ``values`` (times, faces), remembering when; the earliest of equals counts."""
    for row, moment in zip(values, seconds, strict=True):
        higher = (row > best) | (np.isnan(best) & ~np.isnan(row))
        best[higher] = row[higher]
        best_time[higher] = moment
