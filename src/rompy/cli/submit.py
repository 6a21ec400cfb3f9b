"""``rompy submit``"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options, config_options, delete_existing, output_dir

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.core.run_file import RunFile


@click.command()
@click.option(
    "--backend-config",
    type=click.Path(dir_okay=False),
    help="Settings of the backend. Default: the section backend of CONFIG, else this machine.",
)
@click.option("--skip-generate", is_flag=True, help="Run the workspace that is there, as it is.")
@output_dir
@delete_existing
@common_options
@config_options
def submit(
    session: Session,
    source: RunFile,
    backend_config: str | None,
    skip_generate: bool,
    output_dir: str | None,
    delete_existing: bool,
) -> None:
    """Generate a workspace, hand the run over and return.

    The job runs on when this command has ended, on this machine too. Prints the workspace, by which status, logs, wait
    and cancel know it.

    \b
    Examples:
      rompy submit tide.yml
      rompy submit tide.yml --backend-config slurm.yml
      rompy wait $(rompy submit tide.yml -q)
    """
    from rompy.cli.describe import model_run_of, sentence_about
    from rompy.cli.run import backend_of, existing
    from rompy.run.submission import backend_for

    config = backend_of(source, backend_config)
    backend = backend_for(config)
    model_run = model_run_of(source, output_dir=output_dir, delete_existing=delete_existing)
    session.say(sentence_about(model_run))
    workspace = existing(model_run) if skip_generate else model_run.generate()
    job = backend.submit(model_run, config, workspace)
    session.result(
        {
            "workspace": str(job.workspace),
            "backend": job.backend,
            "native_id": job.native_id,
            "attempt": job.attempt,
        },
        [str(job.workspace)],
    )
    session.say(f"{job.backend} {job.native_id or ''}".rstrip())
    session.hint(f"Next: rompy status {shlex.quote(str(job.workspace))}")
