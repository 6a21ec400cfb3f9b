"""Sees what is written into a workspace while one artefact is made in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from rompy.core.artefact.folder_state import state_of

T = TypeVar("T")

NO_FILES = "it leaves no files"
"""Why nobody can tell what else it does."""


@dataclass
class Turn:
    """The time that making one artefact takes."""

    is_alone: bool = True
    """Whether no other one was made at any moment of it."""


@dataclass
class Watch:
    """Watches the artefacts of one run."""

    _there: list[Turn] = field(default_factory=list)
    _lock: Any = field(default_factory=Lock, repr=False)

    @contextmanager
    def turn(self) -> Iterator[Turn]:
        """While one is made."""
        mine = Turn()
        with self._lock:
            self._there.append(mine)
            for one in self._there if len(self._there) > 1 else ():
                one.is_alone = False
        try:
            yield mine
        finally:
            with self._lock:
                self._there = [one for one in self._there if one is not mine]

    def seen(self, make: Callable[[], T], folder: Path, root: Path) -> tuple[T, set[str], list[str]]:
        """What ``make`` gives, the files that it left in a folder of the workspace, and what speaks against taking them
        for all of its effects.

        Args:
            root: the workspace.
        """
        top = root if folder.absolute().is_relative_to(root.absolute()) else folder
        with self.turn() as turn:
            before = state_of(top)
            value = make()
            after = state_of(top)
        start = "" if top == folder else f"{folder.absolute().relative_to(top.absolute()).as_posix()}/"
        start = "" if start == "./" else start
        left = {name for name, stamp in after.items() if before.get(name) != stamp}
        here = {name for name in left if name.startswith(start)}
        files = {name[len(start) :] for name in here if not name.endswith("/")}
        wrong = {
            "it was made beside others": not turn.is_alone,
            "files of others were removed for it": any(
                not n.endswith("/") for n in before.keys() - after.keys()
            ),
            "files of others were changed for it": any(n in before for n in left),
            "it writes outside of its folder": bool(left - here),
            "it leaves empty folders": any(n.endswith("/") for n in left),
            NO_FILES: not files,
        }
        return value, files, [why for why, is_so in wrong.items() if is_so]
