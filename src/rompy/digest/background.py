"""Digests of files that are read beside other work."""

from __future__ import annotations

import hashlib
import logging
import os
import time
from contextlib import suppress
from contextvars import copy_context
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any

from rompy.digest.cache import DigestCache
from rompy.digest.file_digest import FileDigest
from rompy.digest.files import digests_of

logger = logging.getLogger(__name__)

SAMPLE = 2**20
"""Bytes of each sample of a file that is not read whole."""
SAMPLES = 32
"""Samples, spread evenly from the first byte to the last."""
_MOMENT = 0.25
"""Seconds in which further names are waited for."""


class BackgroundDigests:
    """Digests of files, begun as soon as a file is named and collected later.

    What is remembered from before costs nothing. Beyond ``limit`` bytes that had to be read, files are known by samples
    instead: a run that uses little of a large archive need not read all of it.
    """

    def __init__(self, limit: int, cache: DigestCache | None = None) -> None:
        self._left = limit
        self._cache = DigestCache() if cache is None else cache
        self._names: SimpleQueue[str | None] = SimpleQueue()
        self._results: dict[str, dict[str, Any]] = {}
        self._worker: Thread | None = None
        self._stopped = False
        self._lock = Lock()

    def begin(self, path: str) -> None:
        """Read a file as soon as possible."""
        self._names.put(path)
        with self._lock:
            if self._worker is None:
                told = copy_context().run  # to those who listen to long work
                self._worker = Thread(target=told, args=(self._work,), name="digests", daemon=True)
                self._worker.start()

    def results(self) -> dict[str, dict[str, Any]]:
        """``bytes`` and ``sha256`` by path; ``version`` with a digest of samples for what was too large.

        Waits for the end. What cannot be read is left out.
        """
        with self._lock:
            worker, self._worker = self._worker, None
        if worker is not None:
            self._names.put(None)
            worker.join()
        return self._results

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopped = True
        self._names.put(None)

    def _work(self) -> None:
        ended = False
        while not ended:
            paths = self._gathered()
            ended = None in paths or self._stopped
            if not self._stopped:
                self._read_what_can_be([path for path in paths if path is not None])

    def _gathered(self) -> list[str | None]:
        """Names that come within a moment: to look up and remember thousands of files one by one would take longer than
        to read them."""
        paths = [self._names.get()]
        until = time.monotonic() + _MOMENT
        with suppress(Empty):
            while paths[-1] is not None and (left := until - time.monotonic()) > 0:
                paths.append(self._names.get(timeout=left))
        return paths

    def _read_what_can_be(self, paths: list[str]) -> None:
        try:
            self._read(paths)
        except Exception as error:  # noqa: BLE001 - to record must not fail what is recorded
            logger.warning("digests of inputs could not be made: %s: %s", type(error).__name__, error)

    def _read(self, paths: list[str]) -> None:
        known = self._cache.look_up(paths)
        fresh = [path for path in paths if path not in known]
        whole = [path for path in fresh if self._is_affordable(path)]
        found = dict(zip(whole, digests_of(whole), strict=True))
        read = {path: digest for path, digest in found.items() if isinstance(digest, FileDigest)}
        self._cache.remember(read)
        for path, digest in {**known, **read}.items():
            self._results[path] = digest._asdict()
        for path in fresh:
            if path not in found and not self._stopped:
                self._results[path] = sampled(path)

    def _is_affordable(self, path: str) -> bool:
        try:
            size = Path(path).stat().st_size
        except OSError:
            return True  # reading it will tell what is wrong
        if size > max(self._left, SAMPLE * SAMPLES):
            return False
        self._left -= size
        return True


def sampled(path: str | os.PathLike[str]) -> dict[str, Any]:
    """``bytes`` of a file, and its ``version``: a digest of samples of it; empty when it cannot be read.

    Another file of the same size would have to be equal in all samples to be taken for it.
    """
    digest = hashlib.sha256()
    try:
        with Path(path).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            for number in range(SAMPLES):
                file.seek(max(0, (size - SAMPLE) * number // (SAMPLES - 1)))
                digest.update(file.read(SAMPLE))
    except OSError:
        return {}
    return {"bytes": size, "version": {"sample_sha256": digest.hexdigest()}}
