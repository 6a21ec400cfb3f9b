"""What running processes have been handed out of a cache, which must not vanish under them."""

from __future__ import annotations

import fcntl
import os
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

_scope: ContextVar[list[tuple[Pins, str]] | None] = ContextVar("held", default=None)
"""What was handed out within the block of ``held_within`` that one is in."""


@contextmanager
def held_within() -> Iterator[None]:
    """What is handed out of caches within this block may be dropped after it, unless it is held elsewhere too.

    For processes that live long: without such a block everything is held until the process ends. Blocks within a block
    join it.
    """
    if _scope.get() is not None:
        yield
        return
    held: list[tuple[Pins, str]] = []
    token = _scope.set(held)
    try:
        yield
    finally:
        _scope.reset(token)
        for pins, digest in held:
            pins.remove(digest)


class Pins:
    """The list of what this process was handed out: a file that it keeps locked as long as it lives.

    The lock vanishes with the process, however that ends, so there is nothing to clean up. Files are made and judged
    only under the lock of the cache.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._handle: int | None = None
        self._path: Path | None = None
        self._held: Counter[str] = Counter()
        """Contents, and how many blocks hold each."""
        self._mutex = threading.Lock()

    def add(self, digest: str) -> None:
        """Hold a content until the block of ``held_within`` ends, without one until ``release`` or the end."""
        held = _scope.get()
        if held is not None:
            if (self, digest) in held:
                return
            held.append((self, digest))
        with self._mutex:
            self._held[digest] += 1
            if self._held[digest] > 1:
                return
            if self._handle is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._path = self.folder / f"{os.getpid()}-{os.urandom(4).hex()}"
                self._handle = os.open(
                    self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644
                )
                fcntl.flock(self._handle, fcntl.LOCK_EX)
            os.write(self._handle, f"{digest}\n".encode())

    def remove(self, digest: str) -> None:
        """Let go of a content for one of those that hold it."""
        with _not_judged(self.folder.parent / "lock"), self._mutex:
            self._held[digest] -= 1
            if self._held[digest] > 0:
                return
            del self._held[digest]
            if self._handle is not None:
                os.ftruncate(self._handle, 0)
                os.write(self._handle, "".join(f"{held}\n" for held in sorted(self._held)).encode())

    def release(self) -> None:
        """Let go of everything."""
        with self._mutex:
            if self._handle is not None and self._path is not None:
                self._path.unlink(missing_ok=True)
                os.close(self._handle)
            self._handle = self._path = None
            self._held = Counter()


def pinned(folder: Path) -> set[str]:
    """Contents that running processes hold. Lists of processes that are gone are removed."""
    held: set[str] = set()
    for path in sorted(folder.glob("*")):
        with suppress(FileNotFoundError):
            if _is_left_behind(path):
                path.unlink()
            else:
                held |= set(path.read_text(encoding="ascii").split())
    return held


@contextmanager
def _not_judged(lock: Path) -> Iterator[None]:
    """Keep those that drop contents from reading the list, as they do under the lock of the cache only."""
    try:
        handle = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except FileNotFoundError:  # the cache has been removed, and there is nothing to judge
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        os.close(handle)


def _is_left_behind(path: Path) -> bool:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
