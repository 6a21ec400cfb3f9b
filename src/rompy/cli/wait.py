"""``rompy wait``"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from rompy.cli import statuses as exit_statuses
from rompy.cli.options import common_options
from rompy.cli.target import WHICH, targets

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.jobs.result import RunResult


@click.command(epilog=WHICH)
@targets
@click.option("--timeout", type=click.FloatRange(min=0), help="Seconds to wait at most.")
@common_options
def wait(session: Session, targets: tuple[str, ...], timeout: float | None) -> None:
    """Wait until runs have ended.

    Succeeds when all of them did. Ctrl-C ends the waiting, not the runs.

    \b
    Examples:
      rompy wait simulations/tide
      rompy wait simulations --timeout 3600
    """
    from rompy.cli.target import jobs_of
    from rompy.errors import ModelError
    from rompy.run.waiting import wait_for_all

    jobs = jobs_of(targets)
    begun = time.monotonic()
    results = wait_for_all(jobs, timeout, on_end=lambda result: _say(session, result))
    session.details["seconds"] = round(time.monotonic() - begun, 1)
    session.details["jobs"] = [result.to_dict() for result in results]
    waiting = [result for result in results if not result.state.is_final]
    if waiting:
        session.say_error(f"{len(waiting)} of {len(results)} runs have not ended after {timeout:g} s")
        session.result({"ended": False})
        click.get_current_context().exit(exit_statuses.STILL_RUNNING)
    failed = [result for result in results if not result]
    if len(results) == 1:
        results[0].check()
    elif failed:
        raise ModelError(f"{len(failed)} of {len(results)} runs did not succeed")
    session.result({"ended": True}, [f"{result.workspace}: the run {result.state}" for result in results])


def _say(session: Session, result: RunResult) -> None:
    session.say(f"{result.workspace}: the run {str(result).splitlines()[0]}")
