"""Entry points of installed distributions, read from their files in a few milliseconds.

``importlib.metadata`` knows them too, but importing it costs more than everything else that ``rompy --version`` does.
It is asked only for what lies in archives on the path.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

_FOLDERS = (".dist-info", ".egg-info")


@dataclass(frozen=True)
class EntryPoint:
    """A name in a group, where its object lives, and who provides it."""

    group: str
    name: str
    value: str
    distribution: Distribution


@dataclass(frozen=True)
class Distribution:
    """An installed distribution, known by the folder of its metadata."""

    folder: Path

    @property
    def name(self) -> str:
        """Name as package indexes write it."""
        return re.sub(r"[-_.]+", "-", self._identity[0]).lower()

    @property
    def version(self) -> str:
        return self._identity[1]

    @cached_property
    def _identity(self) -> tuple[str, str]:
        file = self.folder / ("METADATA" if self.folder.suffix == ".dist-info" else "PKG-INFO")
        try:
            with file.open(encoding="utf-8", errors="replace") as lines:
                return _identity_in(lines)
        except OSError:
            name, _, version = self.folder.stem.partition("-")
            return name, version.partition("-")[0]


def entry_points(wanted: Callable[[str], bool]) -> Iterator[EntryPoint]:
    """Entry points of the wanted groups, in the order of ``sys.path``; of two folders of one name the first counts."""
    seen: set[str] = set()
    for place in sys.path:
        for folder in _metadata_folders(place or os.curdir):
            key = folder.name.lower()
            if key not in seen:
                seen.add(key)
                yield from _points_of(folder, wanted)
        if place and Path(place).is_file():
            yield from _points_in_archive(place, wanted)


def _metadata_folders(place: str) -> list[Path]:
    try:
        with os.scandir(place) as items:
            names = [item.name for item in items if item.name.endswith(_FOLDERS)]
    except OSError:
        return []
    return [Path(place, name) for name in sorted(names)]


def _points_of(folder: Path, wanted: Callable[[str], bool]) -> Iterator[EntryPoint]:
    try:
        text = (folder / "entry_points.txt").read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return
    owner = Distribution(folder)
    for group, name, value in _parsed(text):
        if wanted(group):
            yield EntryPoint(group, name, value, owner)


def _parsed(text: str) -> Iterator[tuple[str, str, str]]:
    """Group, name and value of each line of an entry_points.txt."""
    group = ""
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[" and line[-1] == "]":
            group = line[1:-1].strip()
        elif "=" in line:
            name, _, value = line.partition("=")
            yield group, name.strip(), value.strip()


def _identity_in(lines: Iterator[str]) -> tuple[str, str]:
    found = {"name": "", "version": ""}
    for line in lines:
        key, _, value = line.partition(":")
        if not line.strip() or all(found.values()):
            break
        if key.lower() in found:
            found[key.lower()] = value.strip()
    return found["name"], found["version"]


def _points_in_archive(place: str, wanted: Callable[[str], bool]) -> Iterator[EntryPoint]:
    from importlib import metadata

    for found in metadata.distributions(path=[place]):
        for point in found.entry_points:
            if wanted(point.group):
                stem = f"{found.metadata['Name'].replace('-', '_')}-{found.version}"
                yield EntryPoint(
                    point.group, point.name, point.value, Distribution(Path(place, f"{stem}.dist-info"))
                )
