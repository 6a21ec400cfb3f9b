"""Where in which file a value stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple


class Mark(NamedTuple):
    """A position in a file; lines and columns count from 1."""

    file: str | None
    line: int | None
    column: int | None


NOWHERE = Mark(None, None, None)


@dataclass
class Place:
    """Positions of a value and of everything inside it: a tree of the same shape as the data."""

    value: Mark = NOWHERE
    """Where the value starts."""
    key: Mark = NOWHERE
    """Where its key starts; for list items and the whole file the same as the value."""
    children: dict[str | int, Place] = field(default_factory=dict)
    """By key or index."""

    @property
    def mark(self) -> Mark:
        """The place to name to people: the key, because a nested value starts only in the line below."""
        return self.value if self.key is NOWHERE else self.key

    def at(self, path: Sequence[Any]) -> Place:
        """The innermost known place along a path of keys and indices."""
        place = self
        for part in path:
            if part not in place.children:
                break
            place = place.children[part]
        return place


def places_of(data: Any, mark: Mark = NOWHERE) -> Place:
    """A tree for data without positions, so that at least paths can be told apart from other words."""
    if isinstance(data, Mapping):
        return Place(mark, mark, {key: places_of(value, mark) for key, value in data.items()})
    if isinstance(data, (list, tuple)):
        return Place(mark, mark, {i: places_of(value, mark) for i, value in enumerate(data)})
    return Place(mark, mark)
