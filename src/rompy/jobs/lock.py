"""The lock on a workspace: two runs in one folder exclude each other, and a crash leaves nothing locked."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from typing_extensions import Self

from rompy.core.json_file import read_json
from rompy.core.workspace import Workspace, is_held
from rompy.errors import WorkspaceError
from rompy.jobs import supervise
from rompy.jobs.claim import Claim, Claimed
from rompy.jobs.heartbeat import owner_is_alive, read_heartbeat
from rompy.jobs.result import read_result
from rompy.regular_file import opener

INSTANT = 0.5
"""Seconds within which a mere look at the workspace is over."""

_HELD: set[Path] = set()
_GUARD = threading.Lock()


class WorkspaceLock:
    """Holds a workspace for one run. A context manager.

    Four guards, because no single one holds everywhere: the operating system's lock on ``.rompy/lock``, which the
    supervisor and the model inherit, so that it is free only when the last process of the run has gone; a set of the
    folders held in this process; and, for file systems that know no locks or do not share them between machines, the
    facts about the owner with the heartbeat of the job, and a claim for the moment of handing it over.
    """

    def __init__(self, workspace: Workspace, *, patience: float = 0.0) -> None:
        self.workspace = workspace
        self._patience = patience
        self._key = workspace.root.resolve()
        self._claim = Claim(workspace.hidden)
        self._handle: int | None = None

    @property
    def fileno(self) -> int:
        """Descriptor for a child process to inherit."""
        if self._handle is None:
            raise RuntimeError("the lock is not held")
        return self._handle

    def acquire(self) -> Self:
        """Take the lock.

        Raises:
            WorkspaceError: another run holds it; the message names process and host.
        """
        with _GUARD:
            if self._key in _HELD:
                raise self._in_use({"pid": os.getpid(), "host": socket.gethostname()})
            _HELD.add(self._key)
        try:
            self._handle = self._take()
        except BaseException:
            with _GUARD:
                _HELD.discard(self._key)
            raise
        return self

    def release(self, *, job_ended: bool = True) -> None:
        """Give the lock back.

        Args:
            job_ended: False leaves the lock with those processes of the job that inherited it and still run.
        """
        if self._handle is None:
            return
        handle, self._handle = self._handle, None
        if job_ended:
            supervise.write_owner(handle, None)
            # Unlocks for all who inherited it too, such as a process that another thread forked meanwhile.
            with suppress(OSError):  # of a file system without locks
                fcntl.flock(handle, fcntl.LOCK_UN)
        elif read_owner(self.workspace).get("pid") == os.getpid():
            supervise.write_owner(handle, None)
        os.close(handle)
        self._claim.release()
        with _GUARD:
            _HELD.discard(self._key)

    def __enter__(self) -> Self:
        return self.acquire()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def _take(self) -> int:
        path = self.workspace.lock
        try:
            path.parent.mkdir(exist_ok=True)
            handle = opener(str(path), os.O_RDWR | os.O_CREAT)
        except OSError as error:
            raise self._unwritable(error) from error
        try:
            self._lock(handle)
            owner = read_owner(self.workspace)
            if owner_is_alive(owner):
                raise self._in_use(owner)
            os.utime(handle)
            now = os.fstat(handle).st_mtime  # by the clock of whoever keeps the files
            self._refuse_remote(now)
            facts = supervise.owner_facts("client")
            self._claim.take(facts, now)
            supervise.write_owner(handle, facts)
        except Claimed as claimed:
            os.close(handle)
            raise self._in_use(claimed.owner) from None
        except BaseException as error:
            self._claim.release()
            os.close(handle)
            if isinstance(error, OSError) and not isinstance(error, WorkspaceError):
                raise self._unwritable(error) from error
            raise
        return handle

    def _lock(self, handle: int) -> None:
        begun = time.monotonic()
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError as error:  # noqa: PERF203
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                    return  # a file system without locks: the facts about the owner have to do
                owner = read_owner(self.workspace)
                # Somebody who only looks holds it for an instant, and is not the owner.
                patience = self._patience if owner_is_alive(owner) else max(self._patience, INSTANT)
                if time.monotonic() >= begun + patience:
                    raise self._in_use(owner) from None
                time.sleep(0.01)

    def _refuse_remote(self, now: float) -> None:
        heartbeat = read_heartbeat(self.workspace, now=now)
        if heartbeat is None or read_result(self.workspace.root, attempt=heartbeat.attempt) is not None:
            return
        if heartbeat.is_alive:
            raise self._in_use({"pid": heartbeat.pid, "host": heartbeat.host})

    def _unwritable(self, error: OSError) -> WorkspaceError:
        place = error.filename or self.workspace.root
        return WorkspaceError(f"the run directory cannot be written: {error.strerror}", file=place)

    def _in_use(self, owner: dict[str, Any]) -> WorkspaceError:
        if not owner:
            return WorkspaceError("another run uses this folder", file=self.workspace.root)
        here = owner.get("host") == socket.gethostname() and "pid_start" in owner
        gone = here and not owner_is_alive(owner)
        since = f" since {owner['since']}" if owner.get("since") else ""
        return WorkspaceError(
            f"another run uses this folder: process {owner.get('pid')} on {owner.get('host')}{since}"
            + (", which has ended, but processes that it started still run" if gone else ""),
            file=self.workspace.root,
            hint="Wait for it, cancel it, or choose another run_id.",
        )


def is_locked(workspace: Workspace) -> bool:
    """Whether some process holds the workspace."""
    return is_held(workspace.lock)


def owner_died_here(workspace: Workspace) -> bool:
    """Whether the last owner was a process of this machine, since it was booted, that ended without giving it back."""
    owner = read_owner(workspace)
    return owner.get("boot_id") == supervise.boot_id() and not owner_is_alive(owner)


def read_owner(workspace: Workspace) -> dict[str, Any]:
    """Who holds or last held the lock; empty when it was given back."""
    try:
        facts = read_json(workspace.lock)
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
