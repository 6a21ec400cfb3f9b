"""What changes in a folder while something is prepared in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from rompy.core.workspace import HIDDEN

Stamp = tuple[int, int, int, int]
"""Inode, size, and times of modification and of change (ns) of a file."""

NOWHERE: Stamp = (0, 0, 0, 0)
"""Of what is not there, and of empty folders."""


def state_of(folder: Path, known: Mapping[str, Stamp] | None = None) -> dict[str, Stamp]:
    """Stamps of all files below a folder but rompy's own, by their names relative to it; names of empty folders end in
    a slash.

    Args:
        known: stamps from before, which hold for files that have kept name and inode. To list names takes a fraction of
            the time of looking at each; files that were written to in place have their former stamp then.
    """
    found: dict[str, Stamp] = {}
    known, top, waiting = known or {}, os.fspath(folder), [""]
    while waiting:
        start = waiting.pop()
        entries = _entries(f"{top}/{start}")
        for entry in entries:
            name = start + entry.name
            if entry.is_dir(follow_symlinks=False):
                if name != HIDDEN:
                    waiting.append(f"{name}/")
                continue
            stamp = known.get(name, NOWHERE)
            found[name] = stamp if stamp[0] == entry.inode() else _stamp_of_entry(entry)
        if start and not entries:
            found[start] = NOWHERE
    return found


def stamp_of(path: Path, *, follow: bool = False) -> Stamp:
    """Of a file, or of a link itself unless links are followed."""
    try:
        return _stamp(path.stat() if follow else path.lstat())
    except OSError:
        return NOWHERE


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:  # not there yet
        return []


def _stamp_of_entry(entry: os.DirEntry[str]) -> Stamp:
    try:
        return _stamp(entry.stat(follow_symlinks=False))
    except OSError:  # gone in the meantime
        return NOWHERE


def _stamp(told: os.stat_result) -> Stamp:
    return told.st_ino, told.st_size, told.st_mtime_ns, told.st_ctime_ns
