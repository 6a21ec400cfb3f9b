"""How a job stands, asked by a process that need not have started it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from rompy.core.workspace import Workspace
from rompy.jobs.heartbeat import Heartbeat, read_heartbeat
from rompy.jobs.lock import is_locked
from rompy.jobs.record import Attempt, JobRecord
from rompy.jobs.result import Resources, RunResult, parse_time, read_result
from rompy.jobs.state import JobState


def job_status(workspace: Path | Workspace) -> RunResult | None:
    """The last attempt of a workspace as it stands now; None when it has never been run.

    What the job itself wrote comes first, then its heartbeat. For a job that waits in a queue, the queue knows more.
    """
    place = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    record = JobRecord.read(place)
    if record is None or record.last is None:
        return read_result(place.root)
    attempt = record.last
    result = read_result(place.root, attempt=attempt.number)
    if result is None:
        result = _unfinished(place, attempt)
    return replace(result, backend=attempt.backend, submitted=parse_time(attempt.submitted))


def _unfinished(workspace: Workspace, attempt: Attempt) -> RunResult:
    heartbeat = read_heartbeat(workspace, attempt=attempt.number)
    if heartbeat is None:
        recorded = recorded_end(workspace, attempt)
        if recorded is not None:
            return recorded
        waits = attempt.backend != "local" or is_locked(workspace)
        if waits:
            return RunResult(
                JobState.pending, workspace.root, reason="not started yet", attempt=attempt.number
            )
        return _lost(workspace, attempt, None)
    if not heartbeat.is_alive:
        # Its last act may have been to write the result, just after we looked for it.
        result = read_result(workspace.root, attempt=attempt.number)
        return _lost(workspace, attempt, heartbeat.host) if result is None else result
    return running(workspace.root, heartbeat, attempt=attempt.number)


def running(root: Path, heartbeat: Heartbeat, *, attempt: int) -> RunResult:
    """How an attempt stands whose supervisor is alive."""
    return RunResult(
        JobState.running,
        root,
        reason=f"process {heartbeat.model_pid} on {heartbeat.host}",
        host=heartbeat.host,
        attempt=attempt,
        started=heartbeat.started,
        resources=Resources(wall_s=heartbeat.elapsed_s, max_rss_bytes=heartbeat.max_rss_bytes),
    )


def recorded_end(workspace: Workspace, attempt: Attempt) -> RunResult | None:
    """The end of an attempt as its record tells it, for one that left no result; None when it tells of none."""
    state = JobState(attempt.state)
    if not state.is_final or not attempt.history:
        return None
    last = attempt.history[-1]
    return RunResult(
        state,
        workspace.root,
        exit_code=last.get("exit_code"),
        reason=last.get("reason", ""),
        started=parse_time(last.get("started")),
        ended=parse_time(last.get("ended") or last["time"]),
        host=last.get("host"),
        backend=attempt.backend,
        attempt=attempt.number,
        submitted=parse_time(attempt.submitted),
    )


def _lost(workspace: Workspace, attempt: Attempt, host: str | None) -> RunResult:
    return RunResult(
        JobState.lost,
        workspace.root,
        reason="it ended without a result; how the model ended is not known",
        host=host,
        attempt=attempt.number,
    )
