"""``rompy logs``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options
from rompy.cli.target import WHICH, target

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.run.job import Job


@click.command(epilog=WHICH)
@target
@click.option("-f", "--follow", is_flag=True, help="Go on with what is added, until the run ends.")
@click.option(
    "--only", help="Only this log: stdout, stderr, or what the backend has besides, such as script."
)
@click.option("-n", "--lines", "count", type=click.IntRange(min=0), help="Only the last lines of each log.")
@common_options
def logs(session: Session, target: str, follow: bool, only: str | None, count: int | None) -> None:
    """Show what a model wrote.

    With --follow it goes on until the run ends; when somebody has begun another attempt by then, with that one.

    \b
    Examples:
      rompy logs simulations/tide -n 20
      rompy logs simulations/tide -f -n 10 --only stdout
    """
    from rompy.cli.target import job_of
    from rompy.cli.watch import printable
    from rompy.errors import WorkspaceError
    from rompy.jobs.last_lines import lines_of

    if follow and session.as_json:
        raise click.UsageError("--follow and --json exclude each other.")
    job = job_of(target)
    found = {name: path for name, path in job.logs().items() if only in (None, name)}
    if only not in (None, "stdout", "stderr") and not found:
        raise WorkspaceError(f"the run has no log {only}", file=job.workspace)
    if follow:
        _follow(session, job, only, count)
        return
    if session.as_json:
        session.result({"logs": {name: str(path) for name, path in found.items()}})
        return
    for name, path in found.items():
        if len(found) > 1:
            session.say(f"{name}: {path}")
        for line in lines_of(path, count):
            click.echo(printable(line))


def _follow(session: Session, job: Job, only: str | None, count: int | None) -> None:
    """Attempt by attempt, for as long as another has begun when one has ended."""
    from rompy.cli.watch import printable
    from rompy.jobs.events import JobEnded, LogLine

    further = (only,) if only not in (None, "stdout", "stderr") else ()
    following: Job | None = job
    while following is not None:
        for event in following.follow(last=count, further=further):
            if isinstance(event, LogLine) and only in (None, event.stream):
                click.echo(printable(event.text))
            elif isinstance(event, JobEnded):
                session.say(f"the run {event.result}")
        following, count = following.later(), None
        if following is not None:
            session.say(f"attempt {following.attempt} ({following.backend})")
