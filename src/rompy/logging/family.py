"""Which loggers are ours: ``rompy`` and the packages whose loggers came from ``get_logger``.

Levels are set on these alone, so that asking rompy for details does not open the floodgates of every other library.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

_members: dict[str, None] = {"rompy": None, "rompy_anuga": None}  # a dict, because it keeps the order
_joined: list[Callable[[logging.Logger], None]] = []


def members() -> list[logging.Logger]:
    """The top logger of each package of the family."""
    return [logging.getLogger(name) for name in _members]


def join(name: str) -> None:
    """Make the package of a logger's name a member."""
    top = name.partition(".")[0]
    if top not in _members:
        _members[top] = None
        for tell in _joined:
            tell(logging.getLogger(top))


def when_joined(tell: Callable[[logging.Logger], None]) -> None:
    """Have ``tell`` called with the top logger of every member that joins from now on."""
    _joined.append(tell)
