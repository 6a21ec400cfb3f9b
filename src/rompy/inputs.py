"""Notes what is read while a run is made, so that its record can tell what it was made from.

Whoever opens something says so here (``note_file``, ``note_remote``, ``note_values`` ...); outside of ``noted`` that
costs nothing and does nothing. To note never fails: what cannot be told is left out.
"""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from rompy.digest.background import BackgroundDigests
from rompy.digest.meaning import canonical, meaning_sha256
from rompy.secrets import in_address, without_secrets

logger = logging.getLogger(__name__)

Told = dict[str, Any]
"""An input as the manifest has it: field, uri, kind, version, slice, bytes, sha256, and what else is known."""


@dataclass
class Notes:
    """What was read within one block."""

    limit: int
    """Bytes of files that are read for their digests at most; what goes beyond is known by samples."""
    fields: Mapping[int, str] = field(default_factory=dict)
    """Where the description has its objects, by their ids."""
    _told: dict[str, Told] = field(default_factory=dict)
    _files: dict[str, Told] = field(default_factory=dict)
    _later: list[Callable[[], Told | None]] = field(default_factory=list)
    _lock: Any = field(default_factory=Lock, repr=False)
    places: Mapping[str, str] = field(default_factory=dict)
    """Where the description has its texts: tells the field of an input that was read past its object."""
    template: tuple[str, Path] | None = None
    """Name and folder of the template that was rendered."""

    def __post_init__(self) -> None:
        self._digests = BackgroundDigests(self.limit)

    def add(self, told: Told) -> None:
        with self._lock:
            self._told.setdefault(
                canonical([told.get("field"), told["uri"], told["kind"], told.get("slice")]), told
            )

    def add_file(self, path: str, told: Told) -> None:
        with self._lock:
            is_new = path not in self._files
            self._files.setdefault(path, told)
        if is_new:
            self._digests.begin(path)

    def add_later(self, tell: Callable[[], Told | None]) -> None:
        """Something that is only known when all has been read."""
        with self._lock:
            self._later.append(tell)

    def finished(self) -> list[Told]:
        """All inputs, sorted, with their digests."""
        for tell in self._later:
            self._add_told(tell)
        known = self._digests.results()
        inputs = [
            *self._told.values(),
            *({**told, **known.get(path, {})} for path, told in self._files.items()),
        ]
        inputs = [{**one, "field": one.get("field") or self.places.get(one["uri"])} for one in inputs]
        return sorted(inputs, key=lambda one: (one["uri"], one.get("field") or "", canonical(one)))

    def _add_told(self, tell: Callable[[], Told | None]) -> None:
        try:
            told = tell()
        except Exception as error:  # noqa: BLE001 - to record must not fail what is recorded
            logger.warning("an input could not be recorded: %s", error)
            return
        if told is not None:
            self.add(told)

    def stop(self) -> None:
        self._digests.stop()


_notes: ContextVar[Notes | None] = ContextVar("inputs", default=None)
_field: ContextVar[str | None] = ContextVar("input_field", default=None)
_silent: ContextVar[bool] = ContextVar("inputs_silent", default=False)


@contextmanager
def noted(fields: Mapping[int, str] | None = None, *, limit: int = 4 * 2**30) -> Iterator[Notes]:
    """Collect what is read within the block."""
    notes = Notes(limit, fields or {})
    token = _notes.set(notes)
    try:
        yield notes
    finally:
        _notes.reset(token)
        notes.stop()


@contextmanager
def unnoted() -> Iterator[None]:
    """Within this block nothing is noted: for copies of what has been noted already."""
    token = _silent.set(True)
    try:
        yield
    finally:
        _silent.reset(token)


@contextmanager
def reading_for(owner: object) -> Iterator[None]:
    """Within this block, what is read belongs to an object of the description."""
    notes = _current()
    name = None if notes is None else notes.fields.get(id(owner))
    if name is None:
        yield
        return
    token = _field.set(name)
    try:
        yield
    finally:
        _field.reset(token)


def is_noting() -> bool:
    """Whether it is worth while to find out what to note."""
    return _current() is not None


def note_file(path: str | os.PathLike[str], uri: str | os.PathLike[str] | None = None) -> None:
    """A file on this machine is read. Folders are passed over, as stores are known by what is read of them.

    Args:
        uri: what the description calls it.
    """
    notes = _current()
    if notes is None:
        return
    place = Path(path).absolute()
    if place.is_file():
        notes.add_file(str(place), _told(os.fspath(uri or path), "file", path=str(place)))


def note_folder(path: str | os.PathLike[str], uri: str | os.PathLike[str] | None = None) -> None:
    """Every file of a folder is read."""
    if _current() is None:
        return
    for folder, _, names in os.walk(path):
        for name in names:
            file = Path(folder) / name
            note_file(file, f"{os.fspath(uri or path).rstrip('/')}/{file.relative_to(path).as_posix()}")


def note_remote(
    address: str,
    *,
    version: Mapping[str, Any] | None = None,
    part: Mapping[str, Any] | None = None,
    size: int | None = None,
    sha256: str | None = None,
) -> None:
    """Something elsewhere is read.

    Args:
        version: ``etag``, ``modified``, ``size``, as far as the other end tells.
        part: what was asked for; None for all of it.
        size: bytes that came.
        sha256: digest of the bytes that came.
    """
    notes = _current()
    if notes is not None:
        known = {key: value for key, value in (version or {}).items() if value is not None}
        told = _told(address, "remote", bytes=size, sha256=sha256, version=known or None)
        notes.add({**told, "slice": _plain(part)})


def note_values(uri: str, values: Any) -> None:
    """Values in memory are used: a dataset, a table or an array."""
    notes = _current()
    if notes is not None:
        told = _told(uri, "memory")
        from rompy.digest.values import values_sha256

        def tell() -> Told:
            size, sha256 = values_sha256(values)
            return {**told, "bytes": size, "sha256": sha256}

        notes.add_later(tell)


def pieces_of(uri: str, kind: str, version: Mapping[str, Any] | None = None) -> Pieces | None:
    """Something large, of which pieces are read; None when nothing is noted.

    Args:
        kind: ``store``, whose pieces are objects by their keys, or ``remote``, whose pieces are ranges of bytes.
    """
    notes = _current()
    if notes is None:
        return None
    known = {key: value for key, value in (version or {}).items() if value is not None}
    pieces = Pieces({**_told(uri, kind), "version": known or None})
    notes.add_later(pieces.tell)
    return pieces


def note_template(uri: str, folder: Path) -> None:
    """A template is rendered."""
    notes = _current()
    if notes is not None:
        notes.template = (in_address(uri), folder)


@dataclass
class Pieces:
    """Pieces that were read. The digest is over names and digests of all, in whatever order they came."""

    told: Told
    digests: dict[str, str] = field(default_factory=dict)
    size: int = 0
    is_dropped: bool = False
    """Set when it was read in another way after all."""
    _lock: Any = field(default_factory=Lock, repr=False)

    def add(self, name: str, content: Any) -> None:
        """A piece by its name, and its bytes."""
        digest = hashlib.sha256(content).hexdigest()
        with self._lock:
            if name not in self.digests:
                self.size += len(content)
            self.digests[name] = digest

    def tell(self) -> Told | None:
        """What was read; None when nothing was."""
        with self._lock:
            digests = dict(sorted(self.digests.items()))
        if self.is_dropped or not digests:
            return None
        return {**self.told, "bytes": self.size, "sha256": meaning_sha256(digests), "pieces": digests}


def _current() -> Notes | None:
    return None if _silent.get() else _notes.get()


def _told(uri: str, kind: str, **more: Any) -> Told:
    return {"field": _field.get(), "uri": in_address(uri), "kind": kind, **more}


def _plain(part: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if part is None:
        return None
    import json

    told: dict[str, Any] = json.loads(canonical(without_secrets(part)))
    return told
