"""``rompy resume``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options
from rompy.cli.target import WHICH, targets

if TYPE_CHECKING:
    from rompy.cli.session import Session


@click.command(epilog=WHICH)
@targets
@click.option(
    "--backend-config",
    type=click.Path(dir_okay=False),
    help="Settings of the backend. Default: those of the last attempt.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be run again and why, and do nothing.")
@click.option("--wait", is_flag=True, help="Wait until what is run again has ended.")
@common_options
def resume(
    session: Session, targets: tuple[str, ...], backend_config: str | None, dry_run: bool, wait: bool
) -> None:
    """Run again what did not succeed, and leave alone what did.

    Goes by what is in the folders: a run whose input is as it was and that succeeded is left as it is; one that failed,
    was cancelled or is lost, or whose input has changed since, is handed over once more.

    \b
    Examples:
      rompy resume simulations --dry-run
      rompy resume simulations/tide --wait
    """
    from rompy.backends import load_backend_config
    from rompy.cli.target import jobs_of
    from rompy.errors import ModelError
    from rompy.run.resume import decide, run_of, settings_of
    from rompy.run.submission import backend_for
    from rompy.run.waiting import wait_for_all

    given = load_backend_config(backend_config) if backend_config else None
    documents: list[dict[str, Any]] = []
    again = []
    for job in jobs_of(targets):
        decision = decide(job)
        verb = "run again" if decision.again else "left alone"
        session.say(f"{job.workspace}: {verb}: {decision.why}")
        documents.append({"workspace": str(job.workspace), "again": decision.again, "why": decision.why})
        if decision.again and not dry_run:
            settings = given if given is not None else settings_of(job.record)
            again.append(backend_for(settings).submit(run_of(job.place), settings, job.workspace))
    if wait and again:
        results = wait_for_all(again)
        session.details["results"] = [result.to_dict() for result in results]
        failed = [result for result in results if not result]
        if len(results) == 1:
            results[0].check()
        elif failed:
            raise ModelError(f"{len(failed)} of {len(results)} runs did not succeed")
    count = sum(document["again"] for document in documents)
    would = "would be run" if dry_run else "handed over" if not wait else "run"
    session.result({"jobs": documents}, [f"{count} of {len(documents)} {would} again"])
