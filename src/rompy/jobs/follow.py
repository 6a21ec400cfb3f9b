"""Follows a job to its end: what it writes, how far it is, how it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from rompy.core.workspace import Workspace
from rompy.jobs.events import Event, JobEnded, LogLine, ProgressMade, StateChanged
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs.last_lines import last_of
from rompy.jobs.progress import ProgressMeter
from rompy.jobs.record import Attempt
from rompy.jobs.result import RunResult, attempt_folder, parse_time, read_result
from rompy.jobs.state import JobState
from rompy.jobs.status import job_status
from rompy.jobs.tail import LogTail

INTERVAL = 0.1
"""Seconds between looks. A look costs a few calls of ``stat``."""

Pulse = Callable[[float], "RunResult | None"]
"""Waits that many seconds, or less when the job ends meanwhile; returns how the job stands, None for no news."""


class Follower:
    """Follows one attempt of a workspace, from this process or from any other that sees the folder.

    ``follow`` may be left and taken up again: nothing is told twice.
    """

    def __init__(
        self,
        workspace: Path | Workspace,
        attempt: Attempt,
        *,
        pulse: Pulse | None = None,
        logs: bool = True,
        last: int | None = None,
        further: Mapping[str, Path] | None = None,
    ) -> None:
        """
        Args:
            attempt: which attempt.
            pulse: how to learn whether the job lives; by ``job_status`` when None.
            logs: whether to read the model's output.
            last: of what is there at the beginning, only so many lines of each log.
            further: other logs to be read, by name.
        """
        self.workspace = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
        self.attempt = attempt
        self.result: RunResult | None = None
        """How the job ended; None before it has."""
        self.state = JobState.pending
        self._pulse = pulse or self._pulse_by_status
        self._meter = ProgressMeter(self.workspace.root / attempt.progress) if attempt.progress else None
        places = (("stdout", self.workspace.stdout_log), ("stderr", self.workspace.stderr_log))
        aside = attempt_folder(self.workspace, attempt.number)
        self._tails = {name: LogTail(path, aside=aside / path.name) for name, path in places} if logs else {}
        self._tails |= {name: LogTail(path) for name, path in (further or {}).items()}
        self._last = last

    def follow(self) -> Iterator[Event]:
        """What happens from now on, until and with JobEnded. Waits between events."""
        while self.result is None:
            status = self._pulse(INTERVAL)
            # In this order: a job may write its result and end between the two looks, but not the other way round.
            result = read_result(self.workspace.root, attempt=self.attempt.number)
            if result is None and status is not None and status.state.is_final:
                result = self._explained(status)
            yield from self._news(status, final=result is not None)
            if result is not None:
                self.result = self._completed(result)
        if self.state is not self.result.state:
            yield self._forward(self.result.state)
        yield JobEnded(self.result)

    def _news(self, status: RunResult | None, *, final: bool) -> Iterator[Event]:
        if self.state is JobState.pending and (_is_running(status) or self._beats()):
            yield self._forward(JobState.running)
        last, self._last = self._last, None
        for name, tail in self._tails.items():
            lines = tail.lines(final=final) if last is None else last_of(tail, last, final=final)
            for text in lines:
                yield LogLine(name, text)
        progress = self._meter.read() if self._meter else None
        if progress is not None:
            yield ProgressMade(progress)

    def _beats(self) -> bool:
        return read_heartbeat(self.workspace, attempt=self.attempt.number) is not None

    def _forward(self, state: JobState) -> StateChanged:
        self.state = state
        return StateChanged(state)

    def _completed(self, result: RunResult) -> RunResult:
        return replace(result, backend=self.attempt.backend, submitted=parse_time(self.attempt.submitted))

    def _explained(self, status: RunResult) -> RunResult:
        """An end without a result, with what the folder tells about it."""
        if status.state is not JobState.lost:
            return status
        heartbeat = read_heartbeat(self.workspace, attempt=self.attempt.number)
        return replace(
            status,
            reason=status.reason or _why_lost(self.workspace, heartbeat is not None),
            host=status.host or (heartbeat.host if heartbeat else None),
            attempt=self.attempt.number,
            stdout_log=_existing(self.workspace.stdout_log),
            stderr_log=_existing(self.workspace.stderr_log),
        )

    def _pulse_by_status(self, seconds: float) -> RunResult | None:
        time.sleep(seconds)
        now = job_status(self.workspace)
        if now is None:
            return RunResult(JobState.lost, self.workspace.root)
        return replace(now, reason="") if now.state is JobState.lost else now


def _is_running(status: RunResult | None) -> bool:
    return status is not None and status.state is JobState.running


def _existing(path: Path) -> Path | None:
    return path if path.is_file() else None


def _why_lost(workspace: Workspace, started: bool) -> str:
    unknown = "how the model ended is not known"
    if not workspace.hidden.is_dir():
        return f"the run directory has been deleted; {unknown}"
    if started:
        return f"the supervisor ended without a result (killed, or the machine went down); {unknown}"
    return "the supervisor ended before it started the model"
