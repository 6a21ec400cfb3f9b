"""What speaks against using an artefact again, and shows only when everything has been made."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rompy.core.artefact.folder_state import stamp_of
from rompy.core.artefact.preparing import Artefact
from rompy.core.noting.holding import holds_its_values
from rompy.secrets import in_address

_BLOCK = 2**22
"""Bytes of a file that are searched at once."""


def late_doubts(
    one: Artefact, root: Path, known: Mapping[Path, str | None], read: Sequence[Mapping[str, Any]]
) -> Iterator[str]:
    """Reasons in words; none when there is nothing.

    Args:
        root: the workspace.
        known: digests of files that were read, as far as they were read whole.
        read: finished inputs that were read for it.
    """
    if not one.folder.absolute().is_relative_to(root.absolute()):
        yield "its files lie outside of the workspace"
    yield from _about_files(one)
    yield from _about_places(one, root)
    for file in one.recipe.named:
        if known.get(file.path) is None:
            yield f"{file.text} is not known by its whole content"
        if stamp_of(file.path, follow=True) != one.named.get(file.path):
            yield f"{file.text} was changed meanwhile"
    yield from _about_what_was_read(one, read)
    if any(_is_loose(cls) for cls in one.recipe.classes):
        yield "nobody can tell whether the code that makes it has changed"


def _is_loose(cls: type) -> bool:
    """Whether a class comes from no file that can be found again, such as a notebook."""
    module = sys.modules.get(cls.__module__.partition(".")[0])
    return cls.__module__ in ("__main__", "__mp_main__") or getattr(module, "__spec__", None) is None


def _about_what_was_read(one: Artefact, read: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    uris = {told["uri"] for told in read}
    for place in map(in_address, one.recipe.read):
        if place not in uris:
            yield f"it is not recorded what was read of {place}"
    if one.recipe.among and one.origin is None:
        files = sorted({told["path"] for told in read if told.get("path")} & one.recipe.among)
        if not files:
            yield "it is not recorded which of the files that it finds were read"
        for file in files:
            if not holds_its_values(file, {}):
                yield f"{file} may only say where its values are"


def _about_files(one: Artefact) -> Iterator[str]:
    for name, stamp in one.files.items():
        path = one.folder / name
        if stamp_of(path) != stamp:
            yield f"{name} was changed after it was made"
        elif path.is_symlink():
            yield f"{name} is a link"
        elif not path.is_file():
            yield f"{name} is no regular file"
        elif path.stat().st_mode & (stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH):
            yield f"{name} is a program"


def _about_places(one: Artefact, root: Path) -> Iterator[str]:
    """Names of the workspace in what was made: in that of another run they would be others."""
    ways = sorted({str(root), str(root.absolute()), str(root.resolve())} - {"."})
    if any(way in text for text in _texts(one.value) for way in ways) or any(
        _leads_into(text, root) for text in _texts(one.value)
    ):
        yield "what it gives names the workspace"
    if one.recipe.is_own or one.origin is not None:
        return
    needles = [way.encode() for way in (*ways, root.absolute().name)]
    for name in one.files:
        path = one.folder / name
        if path.is_file() and any(_mentions(path, needle) for needle in needles):
            yield f"{name} names the run or its folder"


def _leads_into(text: str, root: Path) -> bool:
    """Whether a text is a relative path to something in the workspace."""
    place, start = os.path.abspath(text), str(root.absolute())  # noqa: PTH100 - links stay, and texts are any
    return text != "" and (place == start or place.startswith(f"{start}{os.sep}"))


def _texts(value: Any) -> Iterator[str]:
    """All texts in a value as it is recorded; of paths below the folder only what lies below."""
    if isinstance(value, str):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _texts(item)


def _mentions(path: Path, needle: bytes) -> bool:
    """Whether a file holds a text that is no part of a longer word."""
    rest = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            held = rest + block
            place = held.find(needle)
            while place >= 0:
                around = held[max(0, place - 1) : place], held[place + len(needle) : place + len(needle) + 1]
                if not any(one.isalnum() for one in around):
                    return True
                place = held.find(needle, place + 1)
            rest = held[-len(needle) :]
    return False
