"""``rompy run``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rompy.cli.inputs_from import inputs_from
from rompy.cli.locked import Locks, lock_options
from rompy.cli.options import common_options, config_options, delete_existing, output_dir, site
from rompy.cli.reuse import reuse

if TYPE_CHECKING:
    from rompy.backends import BaseBackendConfig
    from rompy.cli.session import Session
    from rompy.core.describing.run_file import RunFile
    from rompy.model import ModelRun


@click.command()
@click.option(
    "--backend-config",
    type=click.Path(dir_okay=False),
    help="Settings of the backend. Default: the section backend of CONFIG, else this machine.",
)
@click.option(
    "--dry-run",
    "--plan",
    "dry_run",
    is_flag=True,
    help="Show the files, settings, scripts, command and environment of the run; write and run nothing.",
)
@click.option("--skip-generate", is_flag=True, help="Run the workspace that is there, as it is.")
@site
@output_dir
@delete_existing
@reuse
@lock_options
@common_options
@config_options
@inputs_from
def run(
    session: Session,
    source: RunFile,
    backend_config: str | None,
    dry_run: bool,
    skip_generate: bool,
    site: str | None,
    output_dir: str | None,
    delete_existing: bool,
    reuse: bool,
    locked: bool,
    lock_file: Path | None,
) -> None:
    """Generate a workspace and run the model in it.

    Shows progress in model time. Ctrl-C ends the model with all its processes. The model's output is kept in
    .rompy/stdout.log and .rompy/stderr.log of the workspace; -v shows it meanwhile.

    \b
    Examples:
      rompy run tide.yml
      rompy run tide.yml --backend-config docker.yml
      rompy run tide.yml --skip-generate
      rompy run tide.yml --locked
      rompy run tide.yml --reuse
      rompy run tide.yml --backend-config slurm.yml --site gadi --dry-run
    """
    if dry_run and skip_generate:
        raise click.UsageError("--dry-run and --skip-generate exclude each other.")
    if reuse and (dry_run or skip_generate):
        raise click.UsageError("--reuse goes neither with --dry-run nor with --skip-generate.")
    from rompy.cli.chosen_backend import backend_of
    from rompy.cli.describe import model_run_of, sentence_about
    from rompy.cli.reuse import (
        check_lock,
        parts_reused,
        plan_to_reuse,
        results_to_reuse,
        show_reused_run,
        tell_of_parts,
    )
    from rompy.cli.workspace import would_be_in
    from rompy.manifest import read_manifest

    backend = backend_of(source, backend_config, site)
    model_run = model_run_of(source, output_dir=output_dir, delete_existing=delete_existing)
    session.say(sentence_about(model_run))
    if dry_run:
        _show(session, model_run, backend, model_run.staging_dir, would_be_in(model_run))
        session.hint("Nothing was written and nothing was run.")
        return
    lock = Locks(locked, lock_file).of(source, model_run, backend)
    plan = plan_to_reuse(session, model_run, backend) if reuse else None
    if plan is not None and (former := results_to_reuse(model_run, plan)) is not None:
        check_lock(lock, former)
        show_reused_run(session, former)
        return
    if plan is not None and plan.is_ready_to_run:
        check_lock(lock, plan.former)
        session.say(f"{plan.workspace}: its input is reused")
        workspace = plan.workspace
    elif skip_generate:
        workspace = existing(model_run)
        if lock is not None:
            lock.check_inputs(read_manifest(workspace).inputs)
    else:
        with parts_reused(model_run, reuse):
            workspace = model_run.generate(check=None if lock is None else lock.check_manifest)
        if reuse:
            tell_of_parts(session, workspace)
    _run(session, model_run, backend, workspace, processed=source.postprocessor is not None)


def existing(model_run: ModelRun) -> Path:
    """The workspace that is there.

    Raises:
        WorkspaceError: none is.
    """
    from rompy.core.workspace import Workspace
    from rompy.errors import WorkspaceError

    if not Workspace(model_run.staging_dir).made_by_rompy:
        raise WorkspaceError(
            f"there is no generated workspace in {model_run.staging_dir}",
            hint="Leave out --skip-generate, or check run_id and output_dir.",
        )
    return model_run.staging_dir


def _show(session: Session, model_run: ModelRun, backend: Any, workspace: Path, files: list[Any]) -> None:
    """Files and plan of a run that is not run."""
    from dataclasses import asdict

    from rompy.cli.workspace import lines_about, lines_of_plan, lines_of_settings
    from rompy.errors import SubmitError
    from rompy.sites import sources_of

    plan, why = None, ""
    settings = sources_of(backend)
    try:
        tell = getattr(backend.get_backend_class()(), "plan", None)
        plan = tell(model_run, backend, workspace) if callable(tell) else None
    except SubmitError as error:
        why = f"it could not be run: {error}"
    session.result(
        {
            "workspace": str(workspace),
            "files": files,
            "run": None,
            "settings": [asdict(setting) for setting in settings],
            "plan": plan and asdict(plan),
            "problem": why,
        },
        [
            *lines_about(workspace, files),
            *lines_of_settings(settings),
            *(lines_of_plan(plan) if plan else [why] if why else []),
        ],
    )


def _run(
    session: Session, model_run: ModelRun, backend: BaseBackendConfig, workspace: Path, *, processed: bool
) -> None:
    from rompy.cli.watch import watching
    from rompy.errors import ModelError

    with watching(session, shows_output=getattr(backend, "stream_output", False)):
        result: Any = model_run.run(backend, workspace_dir=str(workspace))
    if hasattr(result, "check"):
        result.check()
    elif not result:
        raise ModelError(f"the model did not succeed with {type(backend).__name__}", file=workspace)
    report = result.to_dict() if hasattr(result, "to_dict") else {"state": "succeeded"}
    session.result({"workspace": str(workspace), "run": report}, [f"{workspace}: the run {_told(result)}"])
    session.hint(
        f"Next: rompy postprocess {session.subject}{'' if processed else ' --processor-config FILE'}"
    )


def _told(result: Any) -> str:
    return "succeeded" if isinstance(result, bool) else str(result)
