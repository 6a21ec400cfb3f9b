"""``rompy schema``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rompy.cli.completion import model_types
from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session

output_option = click.option("-o", "--output", type=click.Path(dir_okay=False), help="Write into this file.")
format_option = click.option(
    "--format",
    "form",
    type=click.Choice(["json", "yaml"]),
    default="json",
    show_default=True,
    help="Form of the output.",
)


@click.command()
@click.argument("model_type", required=False, shell_complete=model_types)
@output_option
@format_option
@common_options
def schema(session: Session, model_type: str | None, output: str | None, form: str) -> None:
    """Print the JSON schema of a description.

    MODEL_TYPE is the model_type of a model, or the dotted path of a class; without it the schema is that of a whole
    run. Editors use it to complete and check YAML files.

    \b
    Examples:
      rompy schema -o rompy.schema.json
      rompy schema anuga
      rompy schema rompy.core.time.TimeRange --format yaml
    """
    write(session, class_of(model_type).model_json_schema(), output, form)


def class_of(model_type: str | None) -> Any:
    """The pydantic class that a name stands for.

    Raises:
        PluginError: nothing is called so.
        ConfigError: it has no schema.
    """
    from rompy import plugins
    from rompy.errors import ConfigError
    from rompy.utils import get_class_from_module

    if model_type in (None, "modelrun"):
        from rompy.model import ModelRun

        return ModelRun
    assert model_type is not None
    dotted = "." in model_type or ":" in model_type
    cls = get_class_from_module(model_type) if dotted else plugins.class_for_tag("rompy.config", model_type)
    if not hasattr(cls, "model_json_schema"):
        raise ConfigError(f"{model_type} is not a pydantic model, so it has no schema")
    return cls


def write(session: Session, values: dict[str, Any], output: str | None, form: str) -> None:
    """Print a document, or write it into a file and say so."""
    text = as_text(values, form)
    if output is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    from pathlib import Path

    from rompy.core import atomic

    path = Path(output)
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(path, text if text.endswith("\n") else f"{text}\n")
    session.result({"file": str(path)}, [str(path)])


def as_text(values: dict[str, Any], form: str) -> str:
    """As JSON or YAML."""
    if form == "json":
        import json

        return json.dumps(values, indent=2, default=str, ensure_ascii=False)
    from rompy.core.describing.dump import to_yaml

    return to_yaml(values)
