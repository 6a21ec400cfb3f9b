"""``rompy validate``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options, config_options

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.core.run_file import RunFile


@click.command()
@common_options
@config_options
def validate(session: Session, source: RunFile) -> None:
    """Check a description without making anything.

    Looks at every key and value, also of the sections backend and postprocessor. Data are not opened.

    \b
    Examples:
      rompy validate tide.yml
      rompy validate tide.yml --json
    """
    from rompy.cli.describe import model_run_of, sentence_about

    model_run = model_run_of(source)
    sections = ["config"]
    if source.backend is not None:
        from rompy.backends import load_backend_config

        load_backend_config(source.backend)
        sections.append("backend")
    if source.postprocessor is not None:
        from rompy.postprocess import load_processor_config

        load_processor_config(source.postprocessor)
        sections.append("postprocessor")
    session.result(
        {"valid": True, "run_id": model_run.run_id, "sections": sections},
        [f"valid: {sentence_about(model_run)}"],
    )
