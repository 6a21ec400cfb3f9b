"""``rompy resume``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options, site
from rompy.cli.target import WHICH, targets

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.run.job import Job


@click.command(epilog=WHICH)
@targets
@click.option(
    "--backend-config",
    type=click.Path(dir_okay=False),
    help="Settings of the backend. Default: those of the last attempt.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be run again and why, and do nothing.")
@click.option("--wait", is_flag=True, help="Wait until what is run again has ended.")
@site
@common_options
def resume(
    session: Session,
    targets: tuple[str, ...],
    backend_config: str | None,
    dry_run: bool,
    wait: bool,
    site: str | None,
) -> None:
    """Run again what did not succeed, and leave alone what did.

    Goes by what is in the folders: a run whose input is as it was and that succeeded is left as it is; one that failed,
    was cancelled or is lost, or whose input has changed since, is handed over once more. Several with the same settings
    become one array where the backend knows such.

    \b
    Examples:
      rompy resume simulations --dry-run
      rompy resume simulations/tide --wait
    """
    from rompy.cli.chosen_backend import with_site
    from rompy.cli.target import jobs_of
    from rompy.errors import ModelError
    from rompy.run.waiting import wait_for_all

    given = with_site(backend_config, site) if backend_config else None
    jobs = jobs_of(targets)
    documents = [_decided(session, job, given) for job in jobs]
    again: list[Job] = []
    if not dry_run:
        again = _handed_over(session, documents)
    problems = [document["error"] for document in documents if document["error"] is not None]
    shown = [{key: document[key] for key in ("workspace", "again", "why")} for document in documents]
    if problems:
        session.details["jobs"] = shown
        if len(jobs) > 1:
            session.say_error(f"{len(problems)} of {len(jobs)} runs cannot be continued")
        raise problems[0]
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
    session.result({"jobs": shown}, [f"{count} of {len(documents)} {would} again"])


def _decided(session: Session, job: Job, given: Any) -> dict[str, Any]:
    """What becomes of a run, and why; with its settings when it is run again."""
    from rompy.errors import RompyError
    from rompy.run.resume import decide, run_of, settings_of

    document: dict[str, Any] = {"workspace": str(job.workspace), "again": False, "why": "", "error": None}
    try:
        decision = decide(job)
        if decision.again:
            settings = given if given is not None else settings_of(job.record)
            document |= {"run": run_of(job.place), "settings": settings, "place": job.workspace}
        document |= {"again": decision.again, "why": decision.why}
        session.say(f"{job.workspace}: {'run again' if decision.again else 'left alone'}: {decision.why}")
    except RompyError as error:
        document |= {"error": error, "why": error.message}
        session.say(f"{job.workspace}: left alone: {error.message}")
    return document


def _handed_over(session: Session, documents: list[dict[str, Any]]) -> list[Job]:
    """The new jobs; runs with the same settings go together, as an array where the backend knows such."""
    from rompy.cli.submit import alike
    from rompy.errors import RompyError
    from rompy.run.submission import submit_all

    chosen = [document for document in documents if document["again"]]
    jobs: list[Job] = []
    for group in alike([document["settings"] for document in chosen]):
        members = [chosen[number] for number in group]
        runs = [(member["run"], member["place"]) for member in members]
        for member, answer in zip(members, submit_all(runs, members[0]["settings"]), strict=True):
            if isinstance(answer, RompyError):
                member["error"] = answer
                session.say(f"{member['workspace']}: {answer.message}")
            else:
                jobs.append(answer)
    return jobs
