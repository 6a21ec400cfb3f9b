"""What running processes have been handed out of a cache, which must not vanish under them."""

from __future__ import annotations

import fcntl
import os
import threading
from contextlib import suppress
from pathlib import Path


class Pins:
    """The list of what this process was handed out: a file that it keeps locked as long as it lives.

    The lock vanishes with the process, however that ends, so there is nothing to clean up. Files are made and judged
    only under the lock of the cache.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._handle: int | None = None
        self._path: Path | None = None
        self._held: set[str] = set()
        self._mutex = threading.Lock()

    def add(self, digest: str) -> None:
        """Hold a content until ``release``, or until the process ends."""
        with self._mutex:
            if digest in self._held:
                return
            if self._handle is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._path = self.folder / f"{os.getpid()}-{os.urandom(4).hex()}"
                self._handle = os.open(
                    self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644
                )
                fcntl.flock(self._handle, fcntl.LOCK_EX)
            os.write(self._handle, f"{digest}\n".encode())
            self._held.add(digest)

    def release(self) -> None:
        """Let go of everything."""
        with self._mutex:
            if self._handle is not None and self._path is not None:
                self._path.unlink(missing_ok=True)
                os.close(self._handle)
            self._handle = self._path = None
            self._held = set()


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


def _is_left_behind(path: Path) -> bool:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(handle)
    return True
