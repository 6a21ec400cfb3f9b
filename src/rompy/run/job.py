"""A job in the hand: found again by its workspace, from any process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from rompy import plugins
from rompy.core.record_file import RecordError
from rompy.core.typed import typed
from rompy.core.workspace import Workspace
from rompy.errors import PluginError, WorkspaceError
from rompy.jobs.events import Event, Listener
from rompy.jobs.record import Attempt, JobRecord
from rompy.jobs.result import RunResult
from rompy.run import watch
from rompy.run.protocol import RunBackend

T = TypeVar("T")


@dataclass(frozen=True)
class Job:
    """One attempt at running a workspace. All about it is in ``.rompy/job.json`` there; this is only a handle."""

    workspace: Path
    backend: str
    """Name of the backend."""
    attempt: int = 1
    native_id: str | None = None
    """What its place called it when this handle was made."""

    @classmethod
    def open(cls, workspace: str | Path | Workspace) -> Job:
        """The last attempt of a workspace.

        Raises:
            WorkspaceError: it has never been run, or its record cannot be relied on.
        """
        place = workspace if isinstance(workspace, Workspace) else Workspace(Path(workspace).absolute())
        record = JobRecord.read(place)
        if record is None or record.last is None:
            raise WorkspaceError(
                f"{place.root} has no job",
                hint="Give the folder of a run (output_dir/run_id); rompy jobs lists those that are known.",
            )
        return cls.of(place, record.last)

    @classmethod
    def of(cls, place: Workspace, attempt: Attempt) -> Job:
        """A handle of an attempt."""
        return cls(place.root, attempt.backend, attempt.number, attempt.native_id)

    @property
    def place(self) -> Workspace:
        """The folder, with the names of what lies in it."""
        return Workspace(self.workspace)

    @property
    def record(self) -> Attempt:
        """What ``job.json`` says of this attempt now.

        Raises:
            WorkspaceError: it says nothing any more.
        """
        record = JobRecord.read(self.place)
        for attempt in record.attempts if record else []:
            if attempt.number == self.attempt:
                return attempt
        raise WorkspaceError(f"attempt {self.attempt} is not in the record", file=self.place.job_json)

    def facts(self, kind: type[T]) -> T | None:
        """What the backend wrote down for itself when it handed the job over; None when it did not come to that.

        Args:
            kind: a dataclass of it.

        Raises:
            WorkspaceError: the record says nothing any more, or something else.
        """
        facts = self.record.facts
        try:
            return typed(kind, facts) if facts else None
        except ValueError as error:
            raise RecordError.of(self.place.job_json, f"facts of attempt {self.attempt}: {error}") from None

    def status(self) -> RunResult:
        """How it stands now."""
        return backend_of(self).poll(self)

    def cancel(self) -> None:
        """Ask for its end."""
        backend_of(self).cancel(self)

    def logs(self) -> Mapping[str, Path]:
        """The logs that exist, by name."""
        return backend_of(self).logs(self)

    def follow(
        self, *, logs: bool = True, last: int | None = None, further: Sequence[str] = ()
    ) -> Iterator[Event]:
        """What happens from now on, until and with JobEnded.

        Args:
            last: of what has been written already, only so many lines of each log.
            further: names of logs that the backend has besides, to be read too.
        """
        return watch.follow(backend_of(self), self, logs=logs, last=last, further=further)

    def later(self) -> Job | None:
        """The attempt that the workspace is at now, when it is a later one."""
        record = JobRecord.read(self.place)
        if record is None or record.last is None or record.last.number <= self.attempt:
            return None
        return Job.of(self.place, record.last)

    def wait(self, timeout: float | None = None, *, on_event: Listener | None = None) -> RunResult:
        """Wait for its end; at most ``timeout`` seconds, then as it stands. The job is not touched by a Ctrl-C."""
        return watch.wait(backend_of(self), self, timeout, on_event=on_event)

    async def status_async(self) -> RunResult:
        """As ``status``, for programs with an event loop."""
        import asyncio  # takes longer to import than most commands need for all they do

        return await asyncio.to_thread(self.status)

    async def cancel_async(self) -> None:
        """As ``cancel``, for programs with an event loop."""
        import asyncio

        await asyncio.to_thread(self.cancel)

    async def wait_async(self, timeout: float | None = None) -> RunResult:
        """As ``wait``, for programs with an event loop. Cancelling the task leaves the job alone."""
        return await watch.wait_async(backend_of(self), self, timeout)


def backend_of(job: Job) -> RunBackend:
    """The backend that a job was handed to.

    Raises:
        PluginError: it is not installed here, or it cannot be left alone (an old one with nothing but ``run``).
    """
    try:
        cls = plugins.load("rompy.run", job.backend)
    except PluginError:
        cls = _class_by_settings(job)
    if not callable(getattr(cls, "poll", None)):
        raise PluginError(
            f"the backend {job.backend!r} cannot be asked for a job that it has not just started"
        )
    backend: RunBackend = cls()
    return backend


def _class_by_settings(job: Job) -> Any:
    settings = plugins.load("rompy.backend.config", job.backend)
    return settings.model_construct().get_backend_class()
