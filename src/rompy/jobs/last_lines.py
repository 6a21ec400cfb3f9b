"""The last lines of a log, however long it is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rompy.jobs.tail import CHUNK, LogTail


def lines_of(path: str | Path, count: int | None = None) -> Iterator[str]:
    """Lines of a log as they come, decoded as ``LogTail`` does; only the last ``count`` when given.

    Reads from the end as much as these take, so that a log of many gigabytes takes no longer than a short one.
    """
    tail = LogTail(path)
    yield from tail.lines(final=True) if count is None else last_of(tail, count, final=True)


def last_of(tail: LogTail, count: int, *, final: bool = False) -> list[str]:
    """The last lines that are there, at most ``count``; ``tail`` goes on after them. ``final`` as for its ``lines``."""
    found: list[str] = []
    for start in _starts(tail.place):
        tail.restart(start)
        found = list(tail.lines(final=final))
        if len(found) > count or start == 0:  # the first of them may have begun earlier
            break
    return found[len(found) - count if len(found) > count else 0 :]


def _starts(path: Path) -> Iterator[int]:
    """Where to begin to read: ever further from the end."""
    try:
        size = os.stat(path).st_size  # noqa: PTH116
    except OSError:
        return
    reach = CHUNK
    while reach < size:
        yield size - reach
        reach *= 4
    yield 0
