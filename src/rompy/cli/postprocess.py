"""``rompy postprocess``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options, config_options

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.core.describing.run_file import RunFile
    from rompy.postprocess import BasePostprocessorConfig


@click.command()
@click.option(
    "--processor-config",
    type=click.Path(dir_okay=False),
    help="Settings of the postprocessor. Default: the section postprocessor of CONFIG.",
)
@click.option(
    "--output-dir", type=click.Path(file_okay=False), help="Where the output is, if not in the workspace."
)
@click.option(
    "--validate-outputs/--no-validate",
    default=None,
    help="Check that there is output.  [default: as in the settings]",
)
@common_options
@config_options
def postprocess(
    session: Session,
    source: RunFile,
    processor_config: str | None,
    output_dir: str | None,
    validate_outputs: bool | None,
) -> None:
    """Turn the output of a run into datasets, pictures and scores.

    \b
    Examples:
      rompy postprocess tide.yml
      rompy postprocess tide.yml --processor-config pictures.yml
    """
    from rompy.cli.describe import model_run_of
    from rompy.cli.report import lines_of, values_of
    from rompy.errors import PostprocessError
    from rompy.postprocess.result import has_succeeded, message_of

    processor = processor_of(source, processor_config)
    model_run = model_run_of(source)
    # Only what was asked for: processors of others need not know these.
    options = {"output_dir": output_dir, "validate_outputs": validate_outputs}
    result = model_run.postprocess(processor, **{k: v for k, v in options.items() if v is not None})
    if not has_succeeded(result):
        raise PostprocessError(
            message_of(result) or "the postprocessor reports no success", file=model_run.staging_dir
        )
    session.result(
        {"workspace": str(model_run.staging_dir), "postprocess": values_of(result)}, lines_of(result)
    )


def processor_of(source: RunFile, path: str | None) -> BasePostprocessorConfig:
    """Settings of the postprocessor: a file's, else those of the description.

    Raises:
        UsageError: neither has any.
    """
    from rompy.postprocess import load_processor_config

    settings: Any = path or source.postprocessor
    if settings is None:
        raise click.UsageError(
            "No postprocessor is given: use --processor-config, or a section postprocessor in the description."
        )
    return load_processor_config(settings)
