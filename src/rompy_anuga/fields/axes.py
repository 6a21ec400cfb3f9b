"""Where the nodes of a rectangular grid lie."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Axes:
    """Coordinates of a rectangular grid in a system; both ascending, not necessarily evenly spaced."""

    x: Floats
    y: Floats
    crs: str

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Smallest x, smallest y, largest x, largest y."""
        return float(self.x[0]), float(self.y[0]), float(self.x[-1]), float(self.y[-1])

    @cached_property
    def nodes(self) -> tuple[Floats, Floats]:
        """x and y of all nodes, shape (y, x) each."""
        x, y = np.meshgrid(self.x, self.y)
        return x, y
