"""``rompy run``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options, config_options, delete_existing, output_dir

if TYPE_CHECKING:
    from rompy.backends import BaseBackendConfig
    from rompy.cli.session import Session
    from rompy.core.run_file import RunFile
    from rompy.model import ModelRun


@click.command()
@click.option(
    "--backend-config",
    type=click.Path(dir_okay=False),
    help="Settings of the backend. Default: the section backend of CONFIG, else this machine.",
)
@click.option("--dry-run", is_flag=True, help="Generate the workspace, but do not run the model.")
@click.option("--skip-generate", is_flag=True, help="Run the workspace that is there, as it is.")
@output_dir
@delete_existing
@common_options
@config_options
def run(
    session: Session,
    source: RunFile,
    backend_config: str | None,
    dry_run: bool,
    skip_generate: bool,
    output_dir: str | None,
    delete_existing: bool,
) -> None:
    """Generate a workspace and run the model in it.

    Shows progress in model time. Ctrl-C ends the model with all its processes. The model's output is kept in
    .rompy/stdout.log and .rompy/stderr.log of the workspace; -v shows it meanwhile.

    \b
    Examples:
      rompy run tide.yml
      rompy run tide.yml --backend-config docker.yml
      rompy run tide.yml --skip-generate
      rompy run tide.yml --dry-run
    """
    if dry_run and skip_generate:
        raise click.UsageError("--dry-run and --skip-generate exclude each other.")
    from rompy.cli.describe import model_run_of, sentence_about
    from rompy.cli.workspace import files_in, lines_about

    backend = backend_of(source, backend_config)
    model_run = model_run_of(source, output_dir=output_dir, delete_existing=delete_existing)
    session.say(sentence_about(model_run))
    workspace = _existing(model_run) if skip_generate else model_run.generate()
    if dry_run:
        files = files_in(workspace)
        session.result(
            {"workspace": str(workspace), "files": files, "run": None}, lines_about(workspace, files)
        )
        session.hint(f"Nothing was run. Without --dry-run the model would run with {type(backend).__name__}.")
        return
    _run(session, model_run, backend, workspace, processed=source.postprocessor is not None)


def backend_of(source: RunFile, path: str | None) -> BaseBackendConfig:
    """Settings of the backend: a file's, else those of the description, else of this machine."""
    from rompy.backends import load_backend_config

    return load_backend_config(path or source.backend or {"type": "local"})


def _existing(model_run: ModelRun) -> Any:
    from rompy.core.workspace import Workspace
    from rompy.errors import WorkspaceError

    if not Workspace(model_run.staging_dir).made_by_rompy:
        raise WorkspaceError(
            f"there is no generated workspace in {model_run.staging_dir}",
            hint="Leave out --skip-generate, or check run_id and output_dir.",
        )
    return model_run.staging_dir


def _run(
    session: Session, model_run: ModelRun, backend: BaseBackendConfig, workspace: Any, *, processed: bool
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
