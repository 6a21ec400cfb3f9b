"""Names of files in an archive that are safe to unpack anywhere below a folder."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from rompy.errors import ArchiveError

LONGEST = 4096
"""Bytes of a whole name; what Linux takes for a path (PATH_MAX)."""
LONGEST_PART = 255
"""Bytes of one part of a name; what all common file systems take (NAME_MAX)."""


def checked(name: str) -> str:
    """The name itself, when it is a plain relative path that stays where it is put on every system.

    Raises:
        ArchiveError: it is absolute, has ``..``, a drive, a backslash or characters that no file name should have, or
            is longer than a file system takes.
    """
    reason = _objection(name)
    if reason is not None:
        raise ArchiveError(f"the archive has a file with the name {name!r}, which {reason}")
    return name


def _objection(name: str) -> str | None:
    parts = name.split("/")
    if not name:
        return "is empty"
    if not name.isprintable() and any(unicodedata.category(character) in ("Cc", "Cs") for character in name):
        return "has characters that cannot be in a file name"
    if name.startswith("/") or "\\" in name or ":" in parts[0]:
        return "is not relative to the folder"
    if any(part in ("", ".", "..") for part in parts):
        return "does not stay in the folder"
    if len(name.encode()) > LONGEST or any(len(part.encode()) > LONGEST_PART for part in parts):
        return "is too long"
    return None


def require_distinct(names: Iterable[str]) -> None:
    """Check that no two names stand for one file, also where capitals or ways to write an accent do not count.

    Folders count too: ``a/x`` beside ``A/y`` would become one folder on some systems and two on others. So does a file
    that another name takes for a folder.

    Raises:
        ArchiveError: names the two.
    """
    files: dict[str, str] = {}
    folders: dict[str, str] = {}
    for name in names:
        key = _key(name)
        if key in files:
            raise _clash(files[key], name)
        files[key] = name
    for folder in sorted(folders_of(files.values())):
        known = folders.setdefault(_key(folder), folder)
        if known != folder:
            raise _clash(known, folder)
    for key in files.keys() & folders.keys():
        raise _clash(files[key], folders[key])


def folders_of(names: Iterable[str]) -> set[str]:
    """All folders that files lie in, at any depth."""
    found: set[str] = set()
    for name in names:
        folder = name.rpartition("/")[0]
        while folder and folder not in found:
            found.add(folder)
            folder = folder.rpartition("/")[0]
    return found


def _key(name: str) -> str:
    if name.isascii():
        return name.lower()
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def _clash(one: str, other: str) -> ArchiveError:
    if one == other:
        return ArchiveError(f"there are two files, or a file and a folder, with the name {one!r}")
    return ArchiveError(
        f"the names {one!r} and {other!r} are the same on systems that do not tell capitals from small letters",
        hint="Rename one of them.",
    )
