"""A folder of fetched contents, stored by their digest, within a limit of size, shared by all processes of a user."""

from __future__ import annotations

import fcntl
import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import ClassVar

from rompy.digest import digest_of
from rompy.errors import TransferError
from rompy.fetch.entry import Entry, Slice, key_of, shown
from rompy.fetch.pins import Pins, pinned
from rompy.fetch.settings import FOLDER, cache_folder, cache_limit
from rompy.transfer.part import Part, disk_full_explained
from rompy.transfer.version import Version

logger = logging.getLogger(__name__)

LONGEST_REST = 7 * 86400
"""Seconds after which a download that broke off is not expected to be continued."""

_pins: dict[Path, Pins] = {}
"""What this process holds, by cache."""
os.register_at_fork(after_in_child=_pins.clear)  # a child keeps its own account


class CacheError(TransferError):
    """The cache cannot be used."""

    code: ClassVar[str] = "transfer.cache"


@dataclass(frozen=True)
class Damage:
    """Something that is wrong in the cache."""

    path: Path
    reason: str
    entry: Entry | None = None


class Cache:
    """Contents by their digest (``objects``), records of what they are (``entries``), what is under way (``parts``).

    A content that was handed out stays, whatever the limit: until the block of ``held_within`` ends that it was handed
    out in, or else until the process ends or calls ``release``.
    """

    def __init__(self, root: Path | None = None, limit: int | None = None) -> None:
        self.root = (root or cache_folder()).absolute() / "fetched"
        self.limit = cache_limit() if limit is None else limit
        """Bytes that may be kept."""
        try:
            for folder in (self._objects, self._entries, self._parts):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CacheError(
                f"the cache {self.root} cannot be used: {error.strerror}",
                hint=f"Set {FOLDER} to another folder.",
            ) from error

    @property
    def _objects(self) -> Path:
        return self.root / "objects"

    @property
    def _entries(self) -> Path:
        return self.root / "entries"

    @property
    def _parts(self) -> Path:
        return self.root / "parts"

    @property
    def _held(self) -> Pins:
        return _pins.setdefault(self.root, Pins(self.root / "pins"))

    @contextmanager
    def fetching(self, address: str, part: Slice | None = None) -> Iterator[Part]:
        """The room in which a content is put together, for one process and one thread at a time.

        What broke off stays there to be continued, if that can be done safely.
        """
        key = key_of(address, part)
        room = Part(self._parts / f"{key}.part", self._parts / f"{key}.json")
        # What is cut out of a whole may need the whole on the way, never the other way round.
        with _locked(self._busy(f"s{key}" if part else key), fcntl.LOCK_EX):
            room = Part(room.path, room.memo)  # as another one may have left it meanwhile
            try:
                yield room
            finally:
                if room.validator is None:
                    room.discard()

    @contextmanager
    def gathering(self, address: str) -> Iterator[Path]:
        """A folder in which the objects of a store are put together, for one process and one thread at a time.

        What broke off stays there to be continued; the one that is done with it removes it.

        Raises:
            CacheError: the folder of the cache cannot be written.
        """
        key = key_of(address)
        with _locked(self._busy(f"g{key}"), fcntl.LOCK_EX):
            room = self._parts / f"{key}.store"
            try:
                with disk_full_explained(self.root):
                    room.mkdir(exist_ok=True)
                    os.utime(room)
            except OSError as error:
                raise CacheError(f"the cache {self.root} cannot be used: {error.strerror}") from error
            yield room

    def latest(self, address: str, part: Slice | None = None) -> Entry | None:
        """The version that came last, if its content is there and sound."""
        found = [Entry.read(path) for path in self._of_key(key_of(address, part))]
        for entry in sorted((e for e in found if e is not None), key=lambda e: e.fetched, reverse=True):
            if self._is_sound(entry):
                return entry
            logger.warning("%s: the copy in the cache is damaged or gone, and is not used", entry.address)
            self._forget([entry])
        return None

    def with_digest(self, digest: str) -> Entry | None:
        """An entry with that content (SHA-256), wherever it came from."""
        return next((e for e in self.entries() if e.digest == digest and self._is_sound(e)), None)

    def keep(
        self, address: str, version: Version, room: Part, suffix: str = "", part: Slice | None = None
    ) -> Entry:
        """Take in what is complete in ``room``; then drop what was used longest ago, to stay within the limit."""
        _sync(room.path)
        digest, size = digest_of(room.path), room.size
        target = self._object(digest, suffix)
        target.parent.mkdir(exist_ok=True)
        (self._entries / key_of(address, part)[:2]).mkdir(exist_ok=True)
        with self._changing():
            is_new = not _has_size(target, size)
            entry = Entry(
                address=shown(address),
                key=key_of(address, part),
                slice=dict(part or {}),
                version=version,
                digest=digest,
                size=size,
                suffix=suffix,
                changed_ns=(room.path if is_new else target).stat().st_mtime_ns,
                fetched=datetime.now(timezone.utc).isoformat(),
            )
            with self._written(entry) as record:
                if is_new:
                    room.path.chmod(0o444)  # written to by mistake, it would be wrong for everybody
                    room.path.replace(target)
                record.replace(self._record(entry))
                _mark_used(self._record(entry))
            self._held.add(digest)
            room.discard()
            if self._counted(size if is_new else 0) > self.limit:
                self._shrink(self.limit)
        return entry

    def path(self, entry: Entry) -> Path | None:
        """The file of an entry, held for this process and marked as just used; None when it has gone meanwhile."""
        with _locked(self.root / "lock", fcntl.LOCK_SH):
            path = self._object(entry.digest, entry.suffix)
            if not _has_size(path, entry.size):
                return None
            self._held.add(entry.digest)
            _mark_used(self._record(entry))
            return path

    def release(self) -> None:
        """Let go of everything this process was handed out, so that it may be dropped."""
        self._held.release()

    def entries(self) -> list[Entry]:
        """All entries, the one used last first."""
        return [entry for _, entry in sorted(self._by_use(), key=lambda pair: -pair[0])]

    def used(self, entry: Entry) -> datetime | None:
        """When an entry was last used."""
        try:
            return datetime.fromtimestamp(self._record(entry).stat().st_mtime, timezone.utc)
        except FileNotFoundError:
            return None

    @property
    def size(self) -> int:
        """Bytes of all contents."""
        return sum(_size(path) for path in self._objects.glob("*/*"))

    def prune(self, limit: int | None = None) -> list[Entry]:
        """Drop what was used longest ago until no more than ``limit`` bytes are kept; return what was dropped.

        What a running process was handed out stays. Downloads that broke off long ago go as well, and with a limit
        of zero all that are not under way.
        """
        limit = self.limit if limit is None else limit
        with self._changing():
            dropped = self._shrink(limit)
            for path in self._rests(limit):
                if path.suffix == ".store":
                    self._drop_gathered(path)
                else:
                    self._drop_rest(path)
        return dropped

    def verify(self, *, repair: bool = False) -> list[Damage]:
        """Read everything and tell what is not as it was kept; with ``repair`` drop it, so that it is fetched anew."""
        damages = [
            Damage(path, "the record cannot be read") for path in self._records() if Entry.read(path) is None
        ]
        digests: dict[Path, str] = {}
        for entry in self.entries():
            path = self._object(entry.digest, entry.suffix)
            if not path.exists():
                damages.append(Damage(path, "the content is gone", entry))
                continue
            found = digests.setdefault(path, digest_of(path))
            if found != entry.digest:
                damages.append(Damage(path, f"the content has the SHA-256 {found}", entry))
        known = {self._object(entry.digest, entry.suffix) for entry in self.entries()}
        strays = [path for path in sorted(self._objects.glob("*/*")) if path not in known]
        damages += [Damage(path, "no record tells what it is") for path in strays]
        if repair:
            self._remove(damages)
        return damages

    def _remove(self, damages: list[Damage]) -> None:
        with self._changing():
            for damage in damages:
                damage.path.unlink(missing_ok=True)
                if damage.entry is not None:
                    self._record(damage.entry).unlink(missing_ok=True)

    def _shrink(self, limit: int) -> list[Entry]:
        """Drop least recently used entries until the contents fit; the lock is held."""
        (self.root / "size").unlink(missing_ok=True)
        size = self.size
        if size <= limit:
            return []
        held, dropped = pinned(self.root / "pins"), list[Entry]()
        remaining = [entry for _, entry in sorted(self._by_use(), key=lambda pair: pair[0])]
        for entry in list(remaining):
            if size <= limit:
                break
            if entry.digest in held:
                continue
            self._record(entry).unlink(missing_ok=True)
            remaining.remove(entry)
            dropped.append(entry)
            path = self._object(entry.digest, entry.suffix)
            if not any(path == self._object(e.digest, e.suffix) for e in remaining):
                size -= _size(path)
                path.unlink(missing_ok=True)
        if size > limit:
            logger.warning(
                "the cache %s holds %d bytes, more than its limit of %d: all of it is in use",
                self.root,
                size,
                limit,
            )
        return dropped

    def _counted(self, added: int) -> int:
        """Bytes of all contents after ``added`` came, not less than the truth; the lock is held.

        Counting thousands of files for each that comes would take longer than fetching it.
        """
        account = self.root / "size"
        try:
            size = int(account.read_text(encoding="ascii")) + added
        except (OSError, ValueError):
            size = self.size
        with suppress(OSError):
            account.unlink(missing_ok=True)  # should writing fail, it is counted again
            account.write_text(str(size), encoding="ascii")
        return size

    def _rests(self, limit: int) -> list[Path]:
        """What broke off long ago; with a limit of zero all that is put together."""
        begun = [*self._parts.glob("*.part"), *self._parts.glob("*.store")]
        return [path for path in begun if limit == 0 or time.time() - path.stat().st_mtime > LONGEST_REST]

    def _drop_gathered(self, path: Path) -> None:
        """Remove the objects of a store, unless more of them are on their way."""
        busy = self._busy(f"g{path.name}")
        with suppress(BlockingIOError), _locked(busy, fcntl.LOCK_EX | fcntl.LOCK_NB):
            shutil.rmtree(path)

    def _drop_rest(self, path: Path) -> None:
        """Remove what broke off, unless it is under way."""
        with suppress(BlockingIOError), _locked(self._busy(path.name), fcntl.LOCK_EX | fcntl.LOCK_NB):
            Part(path, path.with_suffix(".json")).discard()

    def _forget(self, entries: list[Entry]) -> None:
        with self._changing():
            for entry in entries:
                self._record(entry).unlink(missing_ok=True)
                self._object(entry.digest, entry.suffix).unlink(missing_ok=True)

    def _is_sound(self, entry: Entry) -> bool:
        """Whether the content is as it was kept: of its size, and not written to; if it was, its digest decides."""
        path = self._object(entry.digest, entry.suffix)
        try:
            status = path.stat()
            if status.st_size != entry.size:
                return False
            return status.st_mtime_ns == entry.changed_ns or digest_of(path) == entry.digest
        except OSError:
            return False

    def _object(self, digest: str, suffix: str) -> Path:
        return self._objects / digest[:2] / f"{digest}{suffix}"

    def _record(self, entry: Entry) -> Path:
        return self._entries / entry.name[:2] / entry.name

    def _of_key(self, key: str) -> list[Path]:
        return list((self._entries / key[:2]).glob(f"{key}-*.json"))

    def _busy(self, key: str) -> Path:
        """The lock for putting something together; a few share one, so that there is a bound to their number."""
        return self._parts / f"{key[:3]}.lock"

    def _records(self) -> list[Path]:
        return sorted(self._entries.glob("*/*.json"))

    def _by_use(self) -> list[tuple[int, Entry]]:
        pairs = []
        for path in self._records():
            entry = Entry.read(path)
            with suppress(FileNotFoundError):
                if entry is not None:
                    pairs.append((path.stat().st_mtime_ns, entry))
        return pairs

    @contextmanager
    def _written(self, entry: Entry) -> Iterator[Path]:
        """The record of an entry, written before anything is moved, so that a full disk changes nothing."""
        temporary = self._parts / f"{entry.name}.{os.getpid()}.new"
        try:
            with disk_full_explained(self.root):
                temporary.write_text(entry.to_json(), encoding="utf-8")
            yield temporary
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with _locked(self.root / "lock", fcntl.LOCK_EX):
            yield


@contextmanager
def _locked(path: Path, kind: int) -> Iterator[None]:
    """Hold the lock of a file, which stays: removing it would let two believe that they hold it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)


def _mark_used(record: Path) -> None:
    now = time.time_ns()  # the file system's own clock ticks every few milliseconds only
    with suppress(OSError):
        os.utime(record, ns=(now, now))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _has_size(path: Path, size: int) -> bool:
    return path.is_file() and path.stat().st_size == size


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
