"""``rompy logs``"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options
from rompy.cli.target import WHICH, target

if TYPE_CHECKING:
    from pathlib import Path

    from rompy.cli.session import Session
    from rompy.run.job import Job


@click.command(epilog=WHICH)
@target
@click.option("-f", "--follow", is_flag=True, help="Show what is added until the run ends.")
@click.option(
    "--only", help="Only this log: stdout, stderr, or what the backend has besides, such as script."
)
@click.option("-n", "--lines", "count", type=click.IntRange(min=0), help="Only the last lines of each log.")
@common_options
def logs(session: Session, target: str, follow: bool, only: str | None, count: int | None) -> None:
    """Show what a model wrote.

    \b
    Examples:
      rompy logs simulations/tide -n 20
      rompy logs simulations/tide -f --only stdout
    """
    from rompy.cli.target import job_of
    from rompy.errors import WorkspaceError

    job = job_of(target)
    if follow:
        _follow(session, job, only)
        return
    found = {name: path for name, path in job.logs().items() if only in (None, name)}
    if only is not None and not found:
        raise WorkspaceError(f"the run has no log {only}", file=job.workspace)
    if session.as_json:
        session.result({"logs": {name: str(path) for name, path in found.items()}})
        return
    for name, path in found.items():
        if len(found) > 1:
            session.say(f"{name}: {path}")
        for line in _lines(path, count):
            click.echo(line)


def _follow(session: Session, job: Job, only: str | None) -> None:
    from rompy.cli.watch import printable
    from rompy.jobs.events import JobEnded, LogLine

    for event in job.follow():
        if isinstance(event, LogLine) and only in (None, event.stream):
            click.echo(printable(event.text))
        elif isinstance(event, JobEnded):
            session.say(f"the run {event.result}")


def _lines(path: Path, count: int | None) -> list[str] | deque[str]:
    from rompy.cli.watch import printable
    from rompy.jobs.tail import LogTail

    lines = map(printable, LogTail(path).lines(final=True))
    return list(lines) if count is None else deque(lines, maxlen=count)
