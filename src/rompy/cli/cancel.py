"""``rompy cancel``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options
from rompy.cli.target import WHICH, targets

if TYPE_CHECKING:
    from rompy.cli.session import Session


@click.command(epilog=WHICH)
@targets
@click.option("--wait", is_flag=True, help="Wait until they have ended.")
@common_options
def cancel(session: Session, targets: tuple[str, ...], wait: bool) -> None:
    """End runs, with all processes of their models.

    Those that wait in a queue are taken out of it.

    \b
    Examples:
      rompy cancel simulations/tide --wait
      rompy cancel 'member-*'
      rompy cancel 4711                  the runs of the array 4711
    """
    from rompy.cli.target import jobs_of
    from rompy.errors import RompyError
    from rompy.jobs.result import RunResult
    from rompy.run.waiting import cancel_all, statuses, wait_for_all

    jobs = jobs_of(targets)
    done: dict[str, str] = {}
    asked = []
    for job, status in zip(jobs, statuses(jobs), strict=True):
        if isinstance(status, RunResult) and status.state.is_final:
            done[str(job.workspace)] = f"had ended already: {status.state}"
        else:
            asked.append(job)
    errors: list[RompyError] = []
    for job, error in zip(asked, cancel_all(asked), strict=True):
        done[str(job.workspace)] = "asked to end" if error is None else f"could not be asked: {error.message}"
        errors += [error] if error is not None else []
    if errors:
        session.details["jobs"] = done
        raise errors[0]
    if wait and asked:
        for result in wait_for_all(asked):
            done[str(result.workspace)] = str(result).splitlines()[0]
    session.result({"jobs": done}, [f"{workspace}: {what}" for workspace, what in done.items()])
