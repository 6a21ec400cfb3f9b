"""What changes in a folder while something is prepared in it."""

from __future__ import annotations

import os
from pathlib import Path

from rompy.core.workspace import HIDDEN

Stamp = tuple[int, int, int, int]
"""Inode, size, and times of modification and of change (ns) of a file."""

NOWHERE: Stamp = (0, 0, 0, 0)
"""Of what is not there, and of empty folders."""


def state_of(folder: Path) -> dict[str, Stamp]:
    """Stamps of all files below a folder but rompy's own, by their names relative to it; names of empty folders end in
    a slash."""
    found: dict[str, Stamp] = {}
    waiting = [""]
    while waiting:
        start = waiting.pop()
        entries = _entries(folder / start)
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                found[start + entry.name] = _stamp_of_entry(entry)
            elif start + entry.name != HIDDEN:
                waiting.append(f"{start}{entry.name}/")
        if start and not entries:
            found[start] = NOWHERE
    return found


def stamp_of(path: Path, *, follow: bool = False) -> Stamp:
    """Of a file, or of a link itself unless links are followed."""
    try:
        return _stamp(path.stat() if follow else path.lstat())
    except OSError:
        return NOWHERE


def _entries(folder: Path) -> list[os.DirEntry[str]]:
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
