"""Whether a store on this machine still gives what was read of it."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from rompy.core.noting.brought import METADATA
from rompy.digest import sha256_by_path
from rompy.fetch.supply import RANGE
from rompy.manifest.schema import Input

Pieces = Mapping[str, str]
"""Digests of the objects of a store that were read, or of ranges of their bytes, by their keys."""


def other_store(one: Input, place: Path | None) -> str | None:
    """Why a store may give something else than is recorded; None when it gives the same.

    All that was read is there with the same content, what was not there has not come, and nothing has come by which
    something else would be looked for.

    Args:
        place: its folder; None when it is elsewhere.
    """
    if place is None:
        return "a store elsewhere is read anew, as any of its many objects may have changed"
    if not place.is_dir():
        return "the store is not there any more"
    pieces, absent = one.pieces or {}, (one.model_extra or {}).get("absent") or ()
    if not pieces or any(".." in Path(key).parts or Path(key).is_absolute() for key in (*pieces, *absent)):
        return "it is not recorded what was read of it"
    if any((place / key).exists() for key in absent):
        return "chunks have come that were not there"
    changed = _first_changed(place, pieces)
    if changed is not None:
        is_there = (
            (place / changed.rpartition(RANGE)[0]).exists()
            if RANGE in changed
            else (place / changed).exists()
        )
        return f"{changed} has other content" if is_there else f"{changed} is not there any more"
    return "other variables may be in it now" if _may_hold_more(place, pieces) else None


def _first_changed(place: Path, pieces: Pieces) -> str | None:
    whole = {place / key: sha256 for key, sha256 in pieces.items() if RANGE not in key}
    found = sha256_by_path(whole)
    for path, sha256 in whole.items():
        if found.get(path) != sha256:
            return path.relative_to(place).as_posix()
    parts = (key for key in pieces if RANGE in key)
    return next((key for key in parts if _sha256_of_part(place, key) != pieces[key]), None)


def _sha256_of_part(place: Path, key: str) -> str | None:
    """Digest of ``object@start-end``, ``object@start-`` or ``object@-length``."""
    name, _, part = key.rpartition(RANGE)
    start, _, end = part.partition("-")
    try:
        with (place / name).open("rb") as file:
            if start:
                file.seek(int(start))
                content = file.read(int(end) - int(start)) if end else file.read()
            else:
                file.seek(-int(end), os.SEEK_END)
                content = file.read()
    except (OSError, ValueError):
        return None
    return hashlib.sha256(content).hexdigest()


def _may_hold_more(place: Path, pieces: Pieces) -> bool:
    """Whether there is metadata that nobody has read. What has a list of all that it holds is not looked through."""
    heads = [key for key in pieces if key.rpartition("/")[2] in METADATA]
    folder = min(
        (key.rpartition("/")[0] for key in heads), key=lambda one: one.count("/") + bool(one), default=""
    )
    start = f"{folder}/" if folder else ""
    newer = [f"{start}{name}" for name in ("zarr.json", ".zmetadata")]
    if f"{start}zarr.json" in pieces:
        newer = []
    if any((place / key).exists() and key not in pieces for key in newer):
        return True
    if f"{start}.zmetadata" in pieces or _lists_all(place / start / "zarr.json"):
        return False
    return any(key not in pieces for key in _metadata_below(place))


def _lists_all(head: Path) -> bool:
    with suppress(OSError, ValueError, AttributeError):
        return bool(json.loads(head.read_bytes()).get("consolidated_metadata"))
    return False


def _metadata_below(place: Path) -> Iterator[str]:
    for folder, _, names in os.walk(place):
        for name in names:
            if name in METADATA:
                yield (Path(folder) / name).relative_to(place).as_posix()
