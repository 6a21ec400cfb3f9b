"""``rompy jobs``"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.jobs.store import JobRow, JobStore

STATES = ("pending", "running", "succeeded", "failed", "timeout", "cancelled", "lost")
COLUMNS = ("run", "state", "backend", "id", "submitted", "workspace", "reason")
COLOURS = {
    "state": {
        "succeeded": "green",
        "running": "cyan",
        "failed": "red",
        "timeout": "red",
        "lost": "magenta",
        "cancelled": "yellow",
    }
}


@click.command()
@click.option("--state", "states", multiple=True, type=click.Choice(STATES), help="Only runs in this state.")
@click.option("--backend", "backends", multiple=True, help="Only runs with this backend.")
@click.option("--under", type=click.Path(), help="Only runs below this folder.")
@click.option("--limit", type=click.IntRange(min=1), help="Only that many, the latest first.")
@click.option("--offline", is_flag=True, help="Ask no scheduler and no process: what is known.")
@click.option(
    "--rescan",
    "folders",
    multiple=True,
    type=click.Path(exists=True, file_okay=False),
    help="Find all runs below this folder first; those that have gone from it are forgotten.",
)
@common_options
def jobs(
    session: Session,
    states: tuple[str, ...],
    backends: tuple[str, ...],
    under: str | None,
    limit: int | None,
    offline: bool,
    folders: tuple[str, ...],
) -> None:
    """List all runs, with how they stand now.

    \b
    Examples:
      rompy jobs
      rompy jobs --state running --state pending
      rompy jobs --rescan simulations --json
    """
    from rompy.jobs.store import JobStore

    store = JobStore()
    for folder in folders:
        session.say(f"{folder}: {store.rescan(folder)} runs")
    rows = [row for row in store.fresh_rows() if _fits(row, backends, under)]
    if not offline:
        rows = _asked(store, rows)
    rows = [row for row in rows if not states or row.state in states][:limit]
    if session.as_json:
        session.result({"jobs": [dict(vars(row)) for row in rows]})
    else:
        session.result({}, _lines(rows))


def _fits(row: JobRow, backends: tuple[str, ...], under: str | None) -> bool:
    from pathlib import Path

    if backends and row.backend not in backends:
        return False
    return under is None or Path(row.workspace).is_relative_to(Path(under).absolute())


def _asked(store: JobStore, rows: list[JobRow]) -> list[JobRow]:
    """Rows with the state of what had not ended."""
    open_rows = [row for row in rows if not row.is_final]
    if not open_rows:
        return rows
    from rompy.core.workspace import Workspace
    from rompy.errors import RompyError
    from rompy.jobs.result import RunResult
    from rompy.run.job import Job
    from rompy.run.waiting import statuses

    jobs = [Job(Workspace(row.workspace).root, row.backend, row.attempt, row.native_id) for row in open_rows]
    answers: dict[str, RunResult | RompyError] = {}
    for row, answer in zip(open_rows, statuses(jobs), strict=True):
        answers[row.workspace] = answer
    return [_with_answer(row, answers.get(row.workspace)) for row in rows]


def _with_answer(row: JobRow, answer: Any) -> JobRow:
    from rompy.jobs.result import RunResult

    if answer is None:
        return row
    if not isinstance(answer, RunResult):
        return replace(row, reason=str(answer).partition("\n")[0])
    ended = answer.ended.isoformat().replace("+00:00", "Z") if answer.ended else row.ended
    reason = "; ".join([answer.summary, *answer.notes])
    return replace(row, state=answer.state.value, reason=reason, ended=ended, exit_code=answer.exit_code)


def _lines(rows: list[JobRow]) -> list[str]:
    from rompy.cli.table import table

    if not rows:
        return ["no runs"]
    cells = [
        {
            "run": row.run_id,
            "state": row.state,
            "backend": row.backend,
            "id": row.native_id,
            "submitted": row.submitted[:19].replace("T", " "),
            "workspace": row.workspace,
            "reason": "" if row.state == "succeeded" else row.reason,
        }
        for row in rows
    ]
    return table(cells, COLUMNS, colours=COLOURS)
