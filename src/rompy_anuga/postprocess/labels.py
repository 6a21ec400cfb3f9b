"""Where the names of points go on a map, so that they cover neither each other nor the points."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_LETTER, _LINE = 6.2, 12.0
"""Width of a bold letter and height of a line of 9 point text (points)."""
_POINT = 4.0
"""Radius of a point's mark (points)."""
_PLACES = [(side, lift) for lift in (5.0, -13.0, 17.0, -25.0, 29.0, -37.0) for side in (1, -1)]
"""Sides of the point to try, and how high above it the text begins (points), the usual first."""


@dataclass(frozen=True)
class Label:
    """Where a text begins or ends."""

    dx: float
    """To the east of its point (points)."""
    dy: float
    """Above its point (points)."""
    align: str
    """``left``: it begins there; ``right``: it ends there."""


def labels_of(names: Sequence[str], places: Sequence[tuple[float, float]], middle: float) -> list[Label]:
    """A place for the name of each point.

    Args:
        places: of the points on the map (points, from any origin).
        middle: x of the map's middle: names lie towards it where they can, so that they stay on the map.
    """
    taken = [(x - _POINT, y - _POINT, x + _POINT, y + _POINT) for x, y in places]
    labels = []
    for name, (x, y) in zip(names, places, strict=True):
        inward = -1 if x > middle else 1
        tried = [
            Label(inward * side * 7, lift, "left" if inward * side > 0 else "right") for side, lift in _PLACES
        ]
        free = [
            label for label in tried if not any(_overlap(_box(label, name, x, y), other) for other in taken)
        ]
        label = (free or tried)[0]
        taken.append(_box(label, name, x, y))
        labels.append(label)
    return labels


def _box(label: Label, name: str, x: float, y: float) -> tuple[float, float, float, float]:
    width = _LETTER * len(name)
    left = x + label.dx - (0 if label.align == "left" else width)
    return left, y + label.dy - 2, left + width, y + label.dy + _LINE - 2


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
