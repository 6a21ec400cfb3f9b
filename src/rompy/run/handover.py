"""Hands a run over to a place: the intent is on disk before anything is started, and nothing is started twice."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any

from typing_extensions import Self

from rompy.core.workspace import Workspace
from rompy.errors import RompyError, WorkspaceError
from rompy.jobs.cancel import request_cancel
from rompy.jobs.heartbeat import SILENCE, read_heartbeat
from rompy.jobs.lock import WorkspaceLock
from rompy.jobs.prepare import Order, prepare
from rompy.jobs.record import Attempt, JobRecord
from rompy.jobs.result import read_result
from rompy.jobs.state import JobState
from rompy.jobs.store import note_in_index
from rompy.run.interrupted import HandoverInterrupted
from rompy.run.job import Job
from rompy.secrets import without_secrets

logger = logging.getLogger(__name__)


class Handover:
    """A context manager around the moment of starting a job.

    It locks the folder, refuses one whose job has not ended, prepares it and writes the new attempt. What goes wrong
    inside the block is noted in the record, and a job that may have been started nevertheless is asked to end.
    """

    def __init__(
        self,
        workspace: Workspace,
        order: Order,
        *,
        facts: Mapping[str, Any] | None = None,
        one_of_many: bool = False,
    ) -> None:
        """
        Args:
            facts: what the backend wants to know later, kept in the record.
            one_of_many: the record need not reach the disk at once, and the caller puts the workspace into the index.
        """
        self.workspace = workspace
        self.order = order
        self._facts = facts
        self._one_of_many = one_of_many
        self._lock = WorkspaceLock(workspace)
        self._record: JobRecord | None = None

    @property
    def attempt(self) -> Attempt:
        """The new attempt."""
        if self._record is None or self._record.last is None:
            raise RuntimeError("the handover has not begun")
        return self._record.last

    @property
    def lock_fd(self) -> int:
        """Descriptor of the lock, for a supervisor on this machine to inherit. One elsewhere takes its own."""
        return self._lock.fileno

    @property
    def job(self) -> Job:
        """A handle of the new attempt."""
        return Job.of(self.workspace, self.attempt)

    def handed_over(
        self,
        native_id: str,
        *,
        facts: Mapping[str, Any] | None = None,
        state: JobState = JobState.pending,
        reason: str = "",
        sync: bool = True,
    ) -> None:
        """Write down what the place calls the job; with ``sync`` so that it survives a crash of this machine.

        Raises:
            RuntimeError: outside of the ``with`` block.
        """
        if self._record is None:
            raise RuntimeError("the handover has not begun")
        self.attempt.facts.update(without_secrets(facts or {}))
        self._record.note(state, native_id=native_id, reason=reason)
        self._record.write(self.workspace, sync=sync and not self._one_of_many)

    def __enter__(self) -> Self:
        self._lock.acquire()
        try:
            refuse_unfinished(self.workspace)
            self._record = prepare(self.workspace, self.order, facts=self._facts, sync=not self._one_of_many)
        except BaseException:
            self._lock.release()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is not None:
                self._failed(error)
        finally:
            if not self._one_of_many:
                note_in_index(self.workspace)
            # A supervisor that has inherited the lock keeps it until the last process of the job has gone.
            self._lock.release(job_ended=False)
        if isinstance(error, KeyboardInterrupt) and self._record is not None:
            raise HandoverInterrupted(self.job) from error

    def _failed(self, error: BaseException) -> None:
        with suppress(RompyError):
            request_cancel(self.workspace)
        if self._record is None or not isinstance(error, Exception):
            return  # an interrupt tells nothing about the job: its place is asked later
        self._record.note(JobState.failed, reason=str(error).partition("\n")[0])
        with suppress(OSError):
            self._record.write(self.workspace)


def refuse_unfinished(workspace: Workspace) -> None:
    """Raise a WorkspaceError when the workspace has a job that may still run, somewhere else perhaps."""
    record = JobRecord.read(workspace)
    if record is None or record.last is None:
        return
    if (
        record.last.backend == "local"
    ):  # it holds the lock, or beats its heart, unless it is about to begin elsewhere
        _refuse_beginning_elsewhere(workspace, record.last)
        return
    job = Job.of(workspace, record.last)
    try:
        status = job.status()
    except RompyError as error:
        logger.warning("the last job of %s cannot be asked for: %s", workspace.root, error)
        return
    if not status.state.is_final:
        raise WorkspaceError(
            f"the folder has a job that is {status.state}: {job.backend} {job.native_id or ''}".rstrip(),
            file=workspace.root,
            hint="Wait for it, cancel it (rompy cancel), or choose another run_id.",
        )


def _refuse_beginning_elsewhere(workspace: Workspace, attempt: Attempt) -> None:
    host = attempt.facts.get("host")
    if host in (None, socket.gethostname()) or JobState(attempt.state).is_final:
        return
    begun = (
        read_heartbeat(workspace, attempt=attempt.number) is not None
        or read_result(workspace.root, attempt=attempt.number) is not None
    )
    age = time.time() - workspace.job_json.stat().st_mtime
    if not begun and abs(age) < SILENCE:
        raise WorkspaceError(
            f"another run uses this folder: one that has just been started on {host}",
            file=workspace.root,
            hint="Wait for it, cancel it, or choose another run_id.",
        )
