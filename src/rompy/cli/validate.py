"""``rompy validate``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options, config_options, site

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.core.describing.run_file import RunFile


@click.command()
@site
@common_options
@config_options
def validate(session: Session, source: RunFile, site: str | None) -> None:
    """Check a description without making anything.

    Looks at every key and value, also of the sections backend and postprocessor, and asks the model and the
    postprocessor what they find wrong beforehand: local files that are not there, boundaries without a condition,
    stations outside the domain. Data are not read. With the profile of a site, also what could never run there.

    \b
    Examples:
      rompy validate tide.yml
      rompy validate tide.yml --site gadi
      rompy validate tide.yml --json
    """
    from rompy.cli.describe import model_run_of, sentence_about
    from rompy.core.preflight import problems_of, raise_together

    model_run = model_run_of(source)
    sections, processor = ["config"], None
    if source.backend is not None:
        from rompy.cli.chosen_backend import with_site

        with_site(source.backend, site)
        sections.append("backend")
    if source.postprocessor is not None:
        from rompy.postprocess import load_processor_config

        processor = load_processor_config(source.postprocessor)
        sections.append("postprocessor")
    raise_together(problems_of(model_run, processor))
    session.result(
        {"valid": True, "run_id": model_run.run_id, "sections": sections},
        [f"valid: {sentence_about(model_run)}"],
    )
