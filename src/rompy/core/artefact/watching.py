"""Sees what is written into a workspace while one artefact is made in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from rompy.core.artefact.folder_state import Stamp, state_of

T = TypeVar("T")

MANY = 1000
"""Files. Where there are fewer, all of them are looked at before each artefact as well as after it."""

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
    _left: tuple[Path, dict[str, Stamp]] = (Path(), {})
    """Folder and state that the last one was left in."""
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
            before = self._state_before(top)
            value = make()
            after = state_of(top)
            self._left = (top, after)
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
            "files of others were changed meanwhile": any(n in before for n in left),
            "it writes outside of its folder": bool(left - here),
            "it leaves empty folders": any(n.endswith("/") for n in left),
            NO_FILES: not files,
        }
        return value, files, [why for why, is_so in wrong.items() if is_so]

    def _state_before(self, top: Path) -> dict[str, Stamp]:
        """Of many files only the new ones are looked at. Whatever was written to in place since the last artefact seems
        to be changed for the next one then, which is doubted for nothing; nothing is trusted that should not be."""
        folder, left = self._left
        return state_of(top, left if folder == top and len(left) >= MANY else None)
