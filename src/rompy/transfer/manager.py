"""Sends several files to several places and keeps account of each."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Mapping
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import dataclass
from enum import Enum
from functools import partial
from pathlib import Path

from rompy.errors import ConfigError
from rompy.transfer.address import Address, join_prefix
from rompy.transfer.registry import get_transfer

logger = logging.getLogger(__name__)


WORKERS = 4
"""Files that are under way at once."""


class TransferFailurePolicy(str, Enum):
    """What to do when a file cannot be transferred."""

    CONTINUE = "continue"
    """Record the error and go on with the rest."""
    FAIL_FAST = "fail_fast"
    """Raise the error; the rest is not tried."""


@dataclass(frozen=True)
class TransferItemResult:
    """What became of one file at one destination."""

    local_path: Path
    dest_prefix: str
    target_name: str
    dest_uri: str | None
    """Address that it went to; None when it did not arrive."""
    ok: bool
    error: str | None = None
    """Why it did not arrive, as ``Type: message``."""


@dataclass(frozen=True)
class TransferBatchResult:
    """What became of a batch. True only when every file arrived everywhere."""

    items: tuple[TransferItemResult, ...] = ()

    @property
    def total(self) -> int:
        """How many transfers were asked for."""
        return len(self.items)

    @property
    def succeeded(self) -> int:
        """How many arrived."""
        return sum(item.ok for item in self.items)

    @property
    def failed(self) -> int:
        """How many did not."""
        return self.total - self.succeeded

    def all_succeeded(self) -> bool:
        """Whether nothing failed."""
        return self.failed == 0

    def __bool__(self) -> bool:
        return self.all_succeeded()


class TransferManager:
    """Sends files to destinations of any scheme that a transfer is registered for.

    Args:
        workers: how many files are under way at once. By default four when failures are only recorded, and one when
            the first failure is to end it all, so that nothing more is tried then.
    """

    def __init__(self, workers: int | None = None) -> None:
        if workers is not None and workers < 1:
            raise ConfigError(f"{workers} workers cannot transfer anything", hint="Give at least one.")
        self.workers = workers

    def transfer_files(
        self,
        files: Iterable[Address],
        destinations: Iterable[str],
        name_map: Mapping[Path, str] | None = None,
        policy: TransferFailurePolicy = TransferFailurePolicy.CONTINUE,
    ) -> TransferBatchResult:
        """Put each file at each destination. Results are in the order of destinations, then files.

        Args:
            files: local files.
            destinations: folders or prefixes, as paths or URIs.
            name_map: names to give at the destination, by file; the file's own name for those left out.
            policy: whether to go on after a failure.

        Raises:
            Exception: the first error in that order, when the policy is FAIL_FAST. What is under way is finished then.
        """
        paths = [Path(file) for file in files]
        names = {Path(file): name for file, name in (name_map or {}).items()}
        policy = TransferFailurePolicy(policy)
        jobs = [
            (path, prefix, names.get(path, path.name))
            for prefix in map(os.fspath, destinations)
            for path in paths
        ]
        workers = min(
            self.workers or (1 if policy is TransferFailurePolicy.FAIL_FAST else WORKERS), len(jobs)
        )
        if workers <= 1:
            return TransferBatchResult(tuple(self._transfer(*job, policy) for job in jobs))
        return TransferBatchResult(tuple(self._at_once(jobs, workers, policy)))

    def _at_once(
        self, jobs: list[tuple[Path, str, str]], workers: int, policy: TransferFailurePolicy
    ) -> list[TransferItemResult]:
        with ThreadPoolExecutor(workers, thread_name_prefix="rompy-transfer") as pool:
            futures = [pool.submit(copy_context().run, partial(self._transfer, *job, policy)) for job in jobs]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
                failed = [f for f in futures if f.done() and not f.cancelled() and f.exception() is not None]
                if failed:
                    failed[0].result()
                return [future.result() for future in futures]
            finally:
                pool.shutdown(wait=True, cancel_futures=True)

    def _transfer(
        self, path: Path, prefix: str, name: str, policy: TransferFailurePolicy
    ) -> TransferItemResult:
        try:
            address = get_transfer(prefix).put(path, join_prefix(prefix, name))
        except Exception as error:
            if policy is TransferFailurePolicy.FAIL_FAST:
                raise
            reason = f"{type(error).__name__}: {error}"
            logger.warning("%s was not transferred to %s: %s", path, prefix, reason)
            return TransferItemResult(path, prefix, name, None, ok=False, error=reason)
        return TransferItemResult(path, prefix, name, address, ok=True)
