"""``rompy submit``"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rompy.cli.locked import Locks, lock_options
from rompy.cli.options import common_options, delete_existing, descriptions_options, output_dir, site
from rompy.cli.reuse import reuse

if TYPE_CHECKING:
    from rompy.backends import BaseBackendConfig
    from rompy.cli.options import Described
    from rompy.cli.session import Session
    from rompy.errors import RompyError
    from rompy.model import ModelRun
    from rompy.provenance.lock import PinnedRun
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
@reuse
@lock_options
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
    reuse: bool,
    locked: bool,
    lock_file: Path | None,
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
      rompy submit members/*.yml --locked
      rompy submit members/*.yml --reuse
      rompy wait $(rompy submit tide.yml -q)
    """
    if reuse and skip_generate:
        raise click.UsageError("--reuse does not go with --skip-generate.")
    from rompy.cli.chosen_backend import backend_of
    from rompy.cli.describe import model_run_of, sentence_about
    from rompy.core.preflight import problems_of, raise_together
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
    locks = Locks(locked, lock_file)
    pinned = [locks.of(one.source, *member) for one, member in zip(described, members, strict=True)]
    if not skip_generate:
        for one, (model_run, _), lock in zip(described, members, pinned, strict=True):
            session.source = one.source
            raise_together(problems_of(model_run))
            if lock is not None:
                lock.check_files()
    workspaces: list[Path] = []
    ended: set[int] = set()
    with _all_as_pinned(session) as new:
        for number, (one, member, lock) in enumerate(zip(described, members, pinned, strict=True)):
            session.source = one.source
            session.say(sentence_about(member[0]))
            folder = member[0].staging_dir
            if reuse and _has_ended_well(session, member, lock):
                ended.add(number)
                workspaces.append(folder)
                continue
            is_new = not (skip_generate or folder.exists())
            workspaces.append(_prepared(member, lock, skip_generate=skip_generate, reuse=reuse))
            new[workspaces[-1]] = is_new
    answers: list[Job | RompyError | None] = [None] * len(members)
    for group in alike([config for _, config in members]):
        wanted = [number for number in group if number not in ended]
        runs = [(members[number][0], workspaces[number]) for number in wanted]
        for number, answer in zip(wanted, submit_all(runs, members[group[0]][1], array=array), strict=True):
            answers[number] = answer
    _tell(session, answers, workspaces)


@contextmanager
def _all_as_pinned(session: Session) -> Iterator[dict[Path, bool]]:
    """Takes back what was generated in the block when another run of it turns out not to be what is pinned.

    Gives a mapping for the folders that are generated, to whether nothing was there before.
    """
    from rompy.core import workspace
    from rompy.provenance.lock import LockError

    generated: dict[Path, bool] = {}
    try:
        yield generated
    except LockError:
        for folder, is_new in generated.items():
            if is_new:
                workspace.remove(folder)
            else:
                session.say(f"{folder}: stays, generated anew")
        raise


def _has_ended_well(session: Session, member: Member, lock: PinnedRun | None) -> bool:
    """Whether the results that a run would have are in its folder already."""
    from rompy.cli.reuse import check_lock, plan_to_reuse, results_to_reuse

    model_run, config = member
    plan = plan_to_reuse(session, model_run, config, only_own=True)
    former = results_to_reuse(model_run, plan)
    if former is None:
        return False
    check_lock(lock, former)
    session.say(f"{former.root}: reused, nothing is run")
    return True


def _prepared(member: Member, lock: PinnedRun | None, *, skip_generate: bool, reuse: bool) -> Path:
    """The workspace of a run, whose inputs are those of the lock."""
    from rompy.cli.reuse import parts_reused
    from rompy.cli.run import existing
    from rompy.manifest import read_manifest

    model_run, _ = member
    if not skip_generate:
        with parts_reused(model_run, reuse):
            return model_run.generate(check=None if lock is None else lock.check_manifest)
    workspace: Path = existing(model_run)
    if lock is not None:
        lock.check_inputs(read_manifest(workspace).inputs)
    return workspace


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


def _tell(session: Session, answers: Sequence[Job | RompyError | None], workspaces: Sequence[Path]) -> None:
    """Print the workspaces that can be waited for; None are those whose results are there already."""
    from rompy.errors import RompyError, SubmitError

    jobs = [answer for answer in answers if answer is not None and not isinstance(answer, RompyError)]
    errors = [answer for answer in answers if isinstance(answer, RompyError)]
    paired = list(zip(workspaces, answers, strict=True))
    good = [
        str(workspace.absolute() if answer is None else answer.workspace)
        for workspace, answer in paired
        if not isinstance(answer, RompyError)
    ]
    session.details["jobs"] = [_document(job) for job in jobs]
    if reused := [str(workspace.absolute()) for workspace, answer in paired if answer is None]:
        session.details["reused"] = reused
    if errors:
        if not good:
            raise errors[0]
        for workspace, answer in paired:
            if isinstance(answer, RompyError):
                session.say_error(f"{workspace}: {answer}")
        for name in good:
            click.echo(name, err=session.as_json)
        raise SubmitError(f"{len(errors)} of {len(answers)} runs could not be handed over")
    session.result(_document(jobs[0]) if len(answers) == len(jobs) == 1 else {}, good)
    if jobs:
        _tell_of_jobs(session, jobs)


def _tell_of_jobs(session: Session, jobs: Sequence[Job]) -> None:
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
