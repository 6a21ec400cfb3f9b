"""When and where a difference is greatest, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rompy.provenance.diff.overlay import Overlay


@dataclass(frozen=True)
class Spot:
    """When and where a difference is greatest."""

    moment: str | None
    index: str
    """Positions along the dimensions."""
    point: np.ndarray | None
    """Coordinates, where they are known."""

    @property
    def details(self) -> dict[str, Any]:
        """For programs."""
        return {} if self.point is None else {"largest_place": [float(value) for value in self.point]}

    def __str__(self) -> str:
        place = "" if self.point is None else f" ({self.point[0]:.8g}, {self.point[1]:.8g})"
        when = f" at {self.moment}" if self.moment else ""
        return f"{when} in {self.index}{place}" if self.index else f"{when}{place}"


def index_words(
    variable: Any, where: tuple[int, ...] | None, overlay: Overlay | None, moment: int | None
) -> str:
    """Names of the dimensions with the position along each, or what is called by it, such as a station.

    Args:
        moment: which of the dimensions is that of the times, when the moment is told in its place.
    """
    if not where:
        return ""
    dimensions, index = list(variable.dimensions), list(where)
    if overlay is not None:  # the dimensions of the place have been made one, the last
        of_place = overlay.first.dimensions
        sizes = [variable.shape[dimensions.index(name)] for name in of_place]
        dimensions = [*(name for name in dimensions if name not in of_place), *of_place]
        index = [*index[:-1], *(int(i) for i in np.unravel_index(index[-1], sizes))]
    pairs = enumerate(zip(dimensions, index, strict=False))
    return ", ".join(f"{d} {_label(variable, d, i)}" for number, (d, i) in pairs if number != moment)


def _label(variable: Any, dimension: str, index: int) -> str:
    """What the file calls a position in a text along that dimension alone; the number of it where it does not."""
    for other in variable.group().variables.values():
        if other.dimensions[:1] == (dimension,) and (other.dtype is str or other.dtype.kind in "SU"):
            letters = np.ma.filled(np.ma.asarray(other[index]), b"" if other.dtype != str else "")
            words = [
                part.decode("utf-8", "replace") if isinstance(part, bytes) else str(part)
                for part in letters.flat
            ]
            return "".join(words).strip() or str(index)
    return str(index)
