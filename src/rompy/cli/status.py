"""``rompy status``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options
from rompy.cli.target import WHICH, targets

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.jobs.result import RunResult
    from rompy.run.job import Job


@click.command(epilog=WHICH)
@targets
@common_options
def status(session: Session, targets: tuple[str, ...]) -> None:
    """Tell how runs stand: state, reason, progress, where the logs are.

    \b
    Examples:
      rompy status simulations/tide
      rompy status simulations
    """
    from rompy.cli.target import jobs_of
    from rompy.jobs.result import RunResult
    from rompy.run.waiting import statuses

    jobs = jobs_of(targets)
    lines: list[str] = []
    documents: list[dict[str, Any]] = []
    for job, answer in zip(jobs, statuses(jobs), strict=True):
        if isinstance(answer, RunResult):
            documents.append({**answer.to_dict(), "native_id": job.native_id, "progress": _progress(job)})
            lines += _about(job, answer)
        else:
            documents.append({"workspace": str(job.workspace), "error": str(answer)})
            lines.append(f"{job.workspace}: {answer}")
    session.result({"jobs": documents}, lines)


def _about(job: Job, status: RunResult) -> list[str]:
    from rompy.jobs.duration import duration

    head = f"{job.workspace}: {job.backend} {job.native_id or ''}".rstrip()
    lines = [head, *(f"  {line}" for line in str(status).splitlines())]
    if status.native_state and status.native_state not in str(status):
        lines.append(f"  {status.native_state}")
    if status.queued_s is not None and status.queued_s >= 1:
        lines.append(f"  waited {duration(status.queued_s)} to be started")
    progress = _progress(job)
    if progress and not status.state.is_final:
        lines.append(f"  {progress}")
    return lines


def _progress(job: Job) -> str | None:
    from rompy.errors import WorkspaceError
    from rompy.jobs.progress import read_progress

    try:
        name = job.record.progress
    except WorkspaceError:
        return None
    progress = read_progress(job.workspace / name) if name else None
    return None if progress is None else str(progress)
