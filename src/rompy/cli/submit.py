"""``rompy submit``"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options, delete_existing, descriptions_options, output_dir, site

if TYPE_CHECKING:
    from pathlib import Path

    from rompy.backends import BaseBackendConfig
    from rompy.cli.options import Described
    from rompy.cli.session import Session
    from rompy.errors import RompyError
    from rompy.model import ModelRun
    from rompy.run.job import Job

Member = tuple["ModelRun", "BaseBackendConfig"]
"""A run and the settings of its backend."""


@click.command()
@click.option(
    "--backend-config",
    type=click.Path(dir_okay=False),
    help="Settings of the backend. Default: the section backend of each CONFIG, else this machine.",
)
@click.option(
    "--array/--no-array",
    default=True,
    help="Hand several runs over as one array where the backend knows such, or each by itself.  [default: array]",
)
@click.option("--skip-generate", is_flag=True, help="Run the workspaces that are there, as they are.")
@site
@output_dir
@delete_existing
@common_options
@descriptions_options
def submit(
    session: Session,
    described: Sequence[Described],
    backend_config: str | None,
    array: bool,
    skip_generate: bool,
    site: str | None,
    output_dir: str | None,
    delete_existing: bool,
) -> None:
    """Generate workspaces, hand the runs over and return.

    The jobs run on when this command has ended, on this machine too. Prints the workspaces, by which status, logs, wait
    and cancel know them. Several runs with the same settings become one array of a batch scheduler, or several where it
    takes only so many elements; other backends start them one by one. Nothing is handed over before everything has been
    checked and generated.

    \b
    Examples:
      rompy submit tide.yml
      rompy submit tide.yml --backend-config slurm.yml --site gadi
      rompy submit members/*.yml --backend-config slurm.yml
      rompy wait $(rompy submit tide.yml -q)
    """
    from rompy.cli.chosen_backend import backend_of
    from rompy.cli.describe import model_run_of, sentence_about
    from rompy.cli.run import existing
    from rompy.run.submission import backend_for, submit_all

    members: list[Member] = []
    for one in described:
        session.source = one.source
        config = backend_of(one.source, backend_config, site)
        backend_for(config)
        members.append(
            (model_run_of(one.source, output_dir=output_dir, delete_existing=delete_existing), config)
        )
    _have_folders_of_their_own(described, members)
    workspaces: list[Path] = []
    for one, (model_run, _) in zip(described, members, strict=True):
        session.source = one.source
        session.say(sentence_about(model_run))
        workspaces.append(existing(model_run) if skip_generate else model_run.generate())
    answers: list[Job | RompyError | None] = [None] * len(members)
    for group in alike([config for _, config in members]):
        runs = [(members[number][0], workspaces[number]) for number in group]
        for number, answer in zip(group, submit_all(runs, members[group[0]][1], array=array), strict=True):
            answers[number] = answer
    _tell(session, [answer for answer in answers if answer is not None], workspaces)


def _have_folders_of_their_own(described: Sequence[Described], members: Sequence[Member]) -> None:
    from rompy.errors import ConfigError

    seen: dict[Path, str] = {}
    for one, (model_run, _) in zip(described, members, strict=True):
        folder = model_run.staging_dir.absolute()
        if folder in seen:
            raise ConfigError(
                f"{one.name} and {seen[folder]} have the same folder, {model_run.staging_dir}",
                hint="Give them different run_ids.",
            )
        seen[folder] = one.name


def alike(configs: Sequence[BaseBackendConfig]) -> list[list[int]]:
    """Numbers of runs whose settings are the same."""
    groups: list[list[int]] = []
    for number, config in enumerate(configs):
        for group in groups:
            if configs[group[0]] == config:
                group.append(number)
                break
        else:
            groups.append([number])
    return groups


def _tell(session: Session, answers: Sequence[Job | RompyError], workspaces: Sequence[Path]) -> None:
    from rompy.errors import RompyError, SubmitError

    jobs = [answer for answer in answers if not isinstance(answer, RompyError)]
    session.details["jobs"] = [_document(job) for job in jobs]
    errors = [answer for answer in answers if isinstance(answer, RompyError)]
    if errors:
        if len(answers) == 1 or not jobs:
            raise errors[0]
        for workspace, answer in zip(workspaces, answers, strict=True):
            if isinstance(answer, RompyError):
                session.say_error(f"{workspace}: {answer}")
        for job in jobs:
            click.echo(str(job.workspace), err=session.as_json)
        raise SubmitError(f"{len(errors)} of {len(answers)} runs could not be handed over")
    session.result(_document(jobs[0]) if len(jobs) == 1 else {}, [str(job.workspace) for job in jobs])
    if len(jobs) == 1:
        session.say(f"{jobs[0].backend} {jobs[0].native_id or ''}".rstrip())
        target = str(jobs[0].workspace)
    else:
        arrays = _arrays(jobs)
        session.say(f"{len(jobs)} runs{': ' if arrays else ''}{', '.join(arrays.values())}")
        target = next(iter(arrays)) if len(arrays) == 1 else str(jobs[0].workspace.parent)
    session.hint(f"Next: rompy status {shlex.quote(target)}")


def _document(job: Job) -> dict[str, Any]:
    return {
        "workspace": str(job.workspace),
        "backend": job.backend,
        "native_id": job.native_id,
        "attempt": job.attempt,
    }


def _arrays(jobs: Sequence[Job]) -> dict[str, str]:
    """Arrays among some jobs: what to say of each, by its id."""
    from rompy.run.scheduler import parts_of

    parts = [(job.backend, *parts_of(job.native_id or "")) for job in jobs]
    return {number: f"{backend} array {number}" for backend, number, index in parts if index is not None}
