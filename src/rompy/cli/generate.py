"""``rompy generate``"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rompy.cli.inputs_from import inputs_from
from rompy.cli.locked import Locks, lock_options
from rompy.cli.options import common_options, config_options, delete_existing, output_dir
from rompy.cli.reuse import reuse

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.core.describing.run_file import RunFile


@click.command()
@output_dir
@delete_existing
@reuse
@lock_options
@common_options
@config_options
@inputs_from
def generate(
    session: Session,
    source: RunFile,
    output_dir: str | None,
    delete_existing: bool,
    reuse: bool,
    locked: bool,
    lock_file: Path | None,
) -> None:
    """Write the input files of a model.

    CONFIG describes the run: a YAML or JSON file, or the text itself. The workspace is made in one go: either complete
    or not at all.

    \b
    Examples:
      rompy generate tide.yml
      rompy generate tide.yml --output-dir /scratch/runs
      rompy generate tide.yml --locked
      rompy generate tide.yml --reuse
      rompy generate tide.yml --inputs-from restored
      CYCLE=20230201 rompy generate forecast.yml
    """
    from rompy.cli.describe import model_run_of
    from rompy.cli.reuse import (
        check_lock,
        input_in_place,
        parts_reused,
        parts_taken,
        plan_to_reuse,
        told_of_parts,
    )
    from rompy.cli.workspace import files_in, lines_about

    model_run = model_run_of(source, output_dir=output_dir, delete_existing=delete_existing)
    lock = Locks(locked, lock_file).of(source, model_run)
    if reuse and input_in_place(plan := plan_to_reuse(session, model_run, only_own=True)):
        check_lock(lock, plan.former)
        _show_reused(session, model_run.run_id, plan.workspace)
        return
    with parts_reused(model_run, reuse):
        workspace = model_run.generate(check=None if lock is None else lock.check_manifest)
    files = files_in(workspace)
    taken = parts_taken(workspace) if reuse else {}
    session.result(
        {
            "run_id": model_run.run_id,
            "workspace": str(workspace),
            "files": files,
            **({"reused": {"parts": taken}} if taken else {}),
        },
        [
            *lines_about(workspace, files),
            *told_of_parts(taken),
        ],
    )
    elsewhere = f" --output-dir {shlex.quote(output_dir)}" if output_dir else ""
    session.hint(f"Next: rompy run {session.subject} --skip-generate{elsewhere}")


def _show_reused(session: Session, run_id: str, workspace: Path) -> None:
    from rompy.cli.workspace import files_in, lines_about

    files = files_in(workspace)
    session.result(
        {"run_id": run_id, "workspace": str(workspace), "files": files, "reused": {"input": str(workspace)}},
        [f"{workspace}: reused, nothing was generated", *lines_about(workspace, files)[1:]],
    )
