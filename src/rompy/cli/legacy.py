"""``rompy legacy``: the command of the first versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session


@click.command()
@click.argument("model", required=False, envvar="ROMPY_MODEL")
@click.argument("config", required=False, envvar="ROMPY_CONFIG")
@click.option(
    "--zip/--no-zip", "packed", default=False, envvar="ROMPY_ZIP", help="Pack the workspace and remove it."
)
@common_options
def legacy(session: Session, model: str | None, config: str | None, packed: bool) -> None:
    """Generate a run and pack it, as in the days of old.

    \b
    Example:
      rompy legacy swan run.yml --zip
    """
    from rompy.cli.describe import model_run_of
    from rompy.core.describing.run_file import RunFile, read_description

    if config is None:
        raise click.UsageError("Give CONFIG, or set ROMPY_CONFIG.")
    source = RunFile.of(read_description(config))
    inner = source.run.data.get("config")
    if model and isinstance(inner, dict):
        inner.setdefault("model_type", model)
    model_run = model_run_of(source)
    made = model_run.generate()
    if packed:
        made = model_run.zip()
    session.result({"file": str(made)}, [str(made)])
