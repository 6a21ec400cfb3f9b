"""``rompy pipeline``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rompy.cli.inputs_from import inputs_from
from rompy.cli.locked import Locks, lock_options
from rompy.cli.options import common_options, config_options, delete_existing, output_dir, site
from rompy.cli.reuse import reuse

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.core.describing.run_file import RunFile


@click.command()
@click.option(
    "--backend-config",
    type=click.Path(dir_okay=False),
    help="Settings of the backend, instead of the section backend.",
)
@click.option(
    "--processor-config",
    type=click.Path(dir_okay=False),
    help="Settings of the postprocessor, instead of the section postprocessor.",
)
@click.option(
    "--cleanup-on-failure/--no-cleanup", default=False, help="Remove the workspace when a stage fails."
)
@click.option(
    "--validate-stages/--no-validate",
    default=True,
    help="Check the outcome of each stage.  [default: validate]",
)
@site
@output_dir
@delete_existing
@reuse
@lock_options
@common_options
@config_options
@inputs_from
def pipeline(
    session: Session,
    source: RunFile,
    backend_config: str | None,
    processor_config: str | None,
    cleanup_on_failure: bool,
    validate_stages: bool,
    site: str | None,
    output_dir: str | None,
    delete_existing: bool,
    reuse: bool,
    locked: bool,
    lock_file: Path | None,
) -> None:
    """Generate, run and postprocess in one go.

    CONFIG has the sections config, backend and postprocessor; each may be an !include. The sections backend and
    postprocessor may also stand beside the keys of the run itself.

    \b
    Examples:
      rompy pipeline tide.yml
      rompy pipeline tide.yml --backend-config docker.yml
      rompy pipeline tide.yml --reuse
      rompy pipeline tide.yml --locked
      rompy pipeline tide.yml --json > result.json
    """
    from rompy.cli.chosen_backend import with_site
    from rompy.cli.describe import model_run_of, sentence_about
    from rompy.cli.postprocess import processor_of
    from rompy.cli.reuse import check_lock, parts_reused, plan_to_reuse, results_to_reuse, tell_of_parts
    from rompy.cli.watch import watching

    settings: Any = backend_config or source.backend
    if settings is None:
        raise click.UsageError(
            "No backend is given: use --backend-config, or a section backend in the description."
        )
    backend, processor = with_site(settings, site), processor_of(source, processor_config)
    model_run = model_run_of(source, output_dir=output_dir, delete_existing=delete_existing)
    session.say(sentence_about(model_run))
    lock = Locks(locked, lock_file).of(source, model_run, backend)
    reused = None
    if reuse:
        # Processing writes into the folder of the run, so that only the run's own will do.
        plan = plan_to_reuse(session, model_run, backend, only_own=True)
        if (former := results_to_reuse(model_run, plan)) is not None:
            check_lock(lock, former)
            reused = former.result
            session.say(f"{former.root}: reused, nothing was run")
            session.details["reused"] = {"run": str(former.root)}
    with (
        parts_reused(model_run, reuse),
        watching(session, shows_output=getattr(backend, "stream_output", False)),
    ):
        result = model_run.pipeline(
            "local",
            backend_config=backend,
            processor=processor,
            cleanup_on_failure=cleanup_on_failure,
            validate_stages=validate_stages,
            **({} if reused is None else {"reused": reused}),
            **({} if lock is None else {"check": lock.check_manifest}),
        )
    if reuse and reused is None and result["success"]:
        tell_of_parts(session, model_run.staging_dir)
    _show(session, result)


def _show(session: Session, result: Any) -> None:
    from rompy.cli.report import lines_of, values_of

    session.details["pipeline"] = values_of(result)
    if not result["success"]:
        raise _cause_of(session, result)
    workspace = result.get("staging_dir")
    session.result(
        {}, [*lines_of(result.get("postprocess_results")), f"workspace: {workspace}", *_logs_in(workspace)]
    )


def _cause_of(session: Session, result: Any) -> Exception:
    """The exception that ended the pipeline, or one that tells why it failed."""
    from rompy.errors import ModelError, PostprocessError, RompyError

    session.stage = stage = result.get("stage")
    cause = getattr(result, "cause", None)
    if isinstance(cause, Exception):
        return cause
    run = getattr(result, "run_result", None)
    kind = {"run": ModelError, "postprocess": PostprocessError}.get(stage, RompyError)
    logs = [str(log) for log in (getattr(run, "stdout_log", None), getattr(run, "stderr_log", None)) if log]
    reason = getattr(result, "reason", None) or result.get("message") or "no reason is known"
    return kind(str(reason), hint=f"Logs: {', '.join(logs)}" if logs else None)


def _logs_in(workspace: Any) -> list[str]:
    from rompy.core.workspace import Workspace

    log = Workspace(workspace).rompy_log
    return [f"log: {log}"] if log.is_file() else []
