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
    places: Mapping[str, str] = field(default_factory=dict)
    """Where the description has its texts: tells the field of an input that was read past its object."""
    template: tuple[str, Path] | None = None
    """Name and folder of the template that was rendered."""
    _entries: dict[str, Callable[[], Told | None]] = field(default_factory=dict)
    _owners: dict[str, set[str]] = field(default_factory=dict)
    """Places in the description for which each entry was read."""
    _about: dict[str | None, tuple[tuple[bool, str], dict[str, str]]] = field(default_factory=dict)
    """What is said of the data of each field, and how much that counts."""
    _positions: dict[str, int] = field(default_factory=dict)
    _pieces: dict[str, Pieces] = field(default_factory=dict)
    _lock: Any = field(default_factory=Lock, repr=False)

    def __post_init__(self) -> None:
        self._digests = BackgroundDigests(self.limit)

    def add(self, told: Told) -> None:
        """Something of which all is known."""
        self._add(_identity(told), lambda: told)

    def add_file(self, path: str, told: Told) -> None:
        """A file, which is read for its digest beside other work."""
        if self._add(f"file:{path}", lambda: {**told, **self._digests.results().get(path, {})}):
            self._digests.begin(path)

    def add_later(self, tell: Callable[[], Told | None]) -> None:
        """Something that is only known when all has been read."""
        self._add(f"later:{id(tell)}:{len(self._entries)}", tell)

    def pieces_of(self, told: Told) -> Pieces:
        """What collects pieces of one thing, however often it is opened."""
        key = f"pieces:{_identity(told)}"
        with self._lock:
            pieces = self._pieces.setdefault(key, Pieces(told))
        self._add(key, pieces.tell)
        return pieces

    def add_about(self, name: str, facts: dict[str, str], *, counts_more: bool) -> None:
        """What is said of the data of a field; of several the one that counts more, whoever comes first."""
        rank = (not counts_more, canonical(facts))
        with self._lock:
            if name not in self._about or rank < self._about[name][0]:
                self._about[name] = (rank, facts)

    def finished(self) -> list[Told]:
        """All inputs, sorted, with their digests."""
        found: dict[str, Told] = {}
        keys: dict[str, str] = {}
        for key, tell in self._entries.items():
            told = _told_or_none(tell)
            if told is not None:
                # Of several that read it the first by name, since who comes first may be chance.
                owner = min(self._owners.get(key, ()), default=None) or told.get("field")
                told = {**told, "field": owner or self.places.get(told["uri"])}
                told |= {"about": about[1]} if (about := self._about.get(told["field"])) else {}
                keys[key] = identity = _identity(told)
                found.setdefault(identity, told)
        found = _without_outlines(found)
        order = sorted(found, key=lambda one: _order(found[one]))
        positions = {identity: position for position, identity in enumerate(order)}
        self._positions = {key: positions[identity] for key, identity in keys.items() if identity in found}
        return [found[identity] for identity in order]

    def positions_of(self, trace: Trace) -> list[int]:
        """Which of the finished inputs were read within a block."""
        return sorted({self._positions[key] for key in trace.keys if key in self._positions})

    def stop(self) -> None:
        """Begin to read nothing more."""
        self._digests.stop()

    def _add(self, key: str, tell: Callable[[], Told | None]) -> bool:
        for trace in _traces.get():
            trace.keys[key] = None
        with self._lock:
            is_new = key not in self._entries
            self._entries.setdefault(key, tell)
        self.add_owner(key)
        return is_new

    def add_owner(self, key: str) -> None:
        """Whatever is being read for now has read this."""
        owner = _field.get()
        if owner is not None:
            with self._lock:
                self._owners.setdefault(key, set()).add(owner)


@dataclass(frozen=True)
class Trace:
    """What was read within a part of the block."""

    keys: dict[str, None] = field(default_factory=dict)


_notes: ContextVar[Notes | None] = ContextVar("inputs", default=None)
_field: ContextVar[str | None] = ContextVar("input_field", default=None)
_silent: ContextVar[bool] = ContextVar("inputs_silent", default=False)
_traces: ContextVar[tuple[Trace, ...]] = ContextVar("input_traces", default=())


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
def traced() -> Iterator[Trace]:
    """Tell what is noted within this block; blocks within it tell it too."""
    trace = Trace()
    token = _traces.set((*_traces.get(), trace))
    try:
        yield trace
    finally:
        _traces.reset(token)


def read_again(former: Trace) -> None:
    """What was read for something that is kept open belongs to everybody who uses it."""
    for trace in _traces.get():
        if trace is not former:
            trace.keys.update(former.keys)
    notes = _current()
    if notes is not None:
        for key in former.keys:
            notes.add_owner(key)


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


def pieces_of(
    uri: str,
    kind: str,
    version: Mapping[str, Any] | None = None,
    *,
    part: Mapping[str, Any] | None = None,
    of_values: bool = False,
) -> Pieces | None:
    """Something large, of which pieces are read; None when nothing is noted.

    Args:
        kind: ``store``, whose pieces are objects by their keys, or ``remote``, whose pieces are ranges of bytes.
        part: what was asked for; None for all of it.
        of_values: pieces are ranges of variables, as no file is known that holds them.
    """
    notes = _current()
    if notes is None:
        return None
    known = {key: value for key, value in (version or {}).items() if value is not None}
    more = {"slice": _plain(part), "digest_of": "values"} if of_values else {}
    return notes.pieces_of({**_told(uri, kind), "version": known or None, **more})


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
    absent: set[str] = field(default_factory=set)
    """Pieces that were asked for and are not there."""
    outline: dict[str, str] = field(default_factory=dict)
    """Digests of the axes: what is told when nothing else was read, here or of a part of the same."""
    is_dropped: bool = False
    """Set when it was read in another way after all."""
    _lock: Any = field(default_factory=Lock, repr=False)

    def add(self, name: str, content: Any) -> None:
        """A piece by its name, and its bytes."""
        self.add_digest(name, hashlib.sha256(content).hexdigest(), len(content))

    def add_digest(self, name: str, digest: str, size: int) -> None:
        """A piece by its name, with the digest of its content and its bytes."""
        with self._lock:
            if name not in self.digests:
                self.size += size
            self.digests[name] = digest

    def add_absent(self, name: str) -> None:
        """A piece that was asked for and is not there."""
        with self._lock:
            self.absent.add(name)

    def tell(self) -> Told | None:
        """What was read; None when nothing was."""
        with self._lock:
            digests = dict(sorted(self.digests.items()))
            more: Told = {"absent": sorted(self.absent)} if self.absent else {}
        if self.is_dropped or not (digests or self.outline):
            return None
        if not digests:
            digests, more = dict(sorted(self.outline.items())), {"is_outline": True}
        found = {"bytes": self.size, "sha256": meaning_sha256(digests), "pieces": digests}
        return {**self.told, **found, **more}


def note_about(facts: Mapping[str, str], *, counts_more: bool = False) -> None:
    """What is said of the data that is read now, such as its title and how to cite it.

    Args:
        counts_more: whether it counts more than what others say of the same.
    """
    notes, name = _current(), _field.get()
    if notes is not None and name is not None and facts:
        told: dict[str, str] = without_secrets(dict(facts))
        notes.add_about(name, told, counts_more=counts_more)


def note_again(told: Mapping[str, Any]) -> None:
    """What a former record tells of an input is still so, and is used again."""
    notes = _current()
    if notes is None:
        return
    token = _field.set(told.get("field"))
    try:
        if told["kind"] == "file" and told.get("path"):
            path = str(told["path"])
            notes.add_file(
                path, {"field": told.get("field"), "uri": told["uri"], "kind": "file", "path": path}
            )
        else:
            notes.add(dict(told))
    finally:
        _field.reset(token)


def field_of(owner: object) -> str | None:
    """Where the description has an object; None when it has not, or when nothing is noted."""
    notes = _current()
    return None if notes is None else notes.fields.get(id(owner))


def _told_or_none(tell: Callable[[], Told | None]) -> Told | None:
    try:
        return tell()
    except Exception as error:  # noqa: BLE001 - to record must not fail what is recorded
        logger.warning("an input could not be recorded: %s", error)
        return None


def _without_outlines(found: dict[str, Told]) -> dict[str, Told]:
    """Inputs without those of which only the axes were read, where something else of the same was read as well."""
    outlines = {identity for identity, told in found.items() if told.pop("is_outline", False)}
    read = {told["uri"] for identity, told in found.items() if identity not in outlines}
    return {
        identity: told
        for identity, told in found.items()
        if identity not in outlines or told["uri"] not in read
    }


def _identity(told: Told) -> str:
    return canonical([told.get("field"), told["uri"], told["kind"], told.get("slice"), told.get("path")])


def _order(told: Told) -> tuple[str, str, str]:
    return told["uri"], told.get("field") or "", canonical(told)


def _current() -> Notes | None:
    return None if _silent.get() else _notes.get()


def _told(uri: str, kind: str, **more: Any) -> Told:
    return {"field": _field.get(), "uri": in_address(uri), "kind": kind, **more}


def _plain(part: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if part is None:
        return None
    import json

    try:
        told: dict[str, Any] = json.loads(canonical(without_secrets(part)))
    except TypeError:  # something in it has no plain form
        told = {"asked": repr(without_secrets(part))}
    return told
