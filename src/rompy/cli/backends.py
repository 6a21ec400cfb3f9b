"""``rompy backends``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rompy.cli.completion import backend_types, processor_types
from rompy.cli.options import common_options, site
from rompy.cli.schema import format_option, output_option, write

if TYPE_CHECKING:
    from rompy.cli.session import Session

LISTED = ("rompy.backend.config", "rompy.postprocess.config", "rompy.pipeline")
"""Groups whose names can be used in files."""


@click.group()
def backends() -> None:
    """List, check and describe the ways to run a model.

    \b
    Examples:
      rompy backends list
      rompy backends create --backend-type local --output local.yml
      rompy backends validate local.yml
    """


@backends.command("list")
@common_options
def list_(session: Session) -> None:
    """List backends, postprocessors and pipelines.

    \b
    Example:
      rompy backends list --json
    """
    from rompy import plugins
    from rompy.cli.table import table

    rows = [
        {"type": plugin.name, "for": plugins.GROUPS[group], "package": plugin.origin}
        for group in LISTED
        for plugin in plugins.entries(group)
        if plugin.state != "shadowed"
    ]
    session.result({"backends": rows}, () if session.as_json else table(rows, ("type", "for", "package")))


@backends.command()
@click.argument("file", type=click.Path(dir_okay=False))
@click.option(
    "--backend-type", shell_complete=backend_types, help="Type of backend, if the file does not say."
)
@click.option(
    "--processor-type", shell_complete=processor_types, help="The file holds settings of this postprocessor."
)
@site
@common_options
def validate(
    session: Session, file: str, backend_type: str | None, processor_type: str | None, site: str | None
) -> None:
    """Check a file with settings of a backend or a postprocessor.

    \b
    Examples:
      rompy backends validate local.yml
      rompy backends validate slurm.yml --site gadi
      rompy backends validate pictures.yml --processor-type anuga
    """
    loaded = _load(file, backend_type, processor_type, site)
    kind = type(loaded).__name__
    session.result({"valid": True, "class": kind, "file": file}, [f"valid: {file} ({kind})"])


@backends.command("schema")
@click.option("--backend-type", shell_complete=backend_types, help="Only this backend.")
@click.option("--examples", is_flag=True, help="Add an example.")
@output_option
@format_option
@common_options
def schema(session: Session, backend_type: str | None, examples: bool, output: str | None, form: str) -> None:
    """Print the JSON schema of backend settings.

    \b
    Example:
      rompy backends schema --backend-type docker
    """
    from rompy import plugins

    names = (
        [backend_type] if backend_type else sorted({p.name for p in plugins.entries("rompy.backend.config")})
    )
    schemas = {name: _schema(name, examples) for name in names}
    write(session, schemas[backend_type] if backend_type else schemas, output, form)


@backends.command()
@click.option(
    "--backend-type", default="local", shell_complete=backend_types, show_default=True, help="Which backend."
)
@click.option("--with-examples", is_flag=True, help="Fill in optional settings too.")
@output_option
@click.option(
    "--format",
    "form",
    type=click.Choice(["yaml", "json"]),
    default="yaml",
    show_default=True,
    help="Form of the file.",
)
@common_options
def create(session: Session, backend_type: str, with_examples: bool, output: str | None, form: str) -> None:
    """Make a file with settings of a backend to start from.

    \b
    Example:
      rompy backends create --backend-type slurm --output slurm.yml
    """
    write(session, example_of(backend_type, complete=with_examples), output, form)


def example_of(name: str, *, complete: bool) -> dict[str, Any]:
    """Settings to start from: the required ones, and with ``complete`` all of them."""
    values: dict[str, Any] = {"type": name, **_EXAMPLES.get(name, {})}
    schema = _schema(name, examples=False)
    for key, field in schema.get("properties", {}).items():
        wanted = complete or key in schema.get("required", ())
        if wanted and key not in values:
            values[key] = field.get("default", _EMPTY.get(field.get("type", ""), ""))
    return values


_EMPTY: dict[str, Any] = {"object": {}, "array": []}


_EXAMPLES: dict[str, dict[str, Any]] = {
    "dask": {"cluster": "LocalCluster", "workers": 2, "timeout": 3600},
    "local": {"timeout": 3600},
    "docker": {"image": "rompy/anuga:latest", "cpu": 1, "timeout": 3600},
    "slurm": {"command": "./run.sh", "queue": "general", "nodes": 1, "ntasks": 1, "time_limit": "1:00:00"},
}


def _schema(name: str, examples: bool) -> dict[str, Any]:
    from rompy import plugins

    values: dict[str, Any] = plugins.load("rompy.backend.config", name).model_json_schema()
    if examples:
        values["examples"] = [{"type": name, **_EXAMPLES.get(name, {})}]
    return values


def _load(file: str, backend_type: str | None, processor_type: str | None, site: str | None) -> Any:
    from rompy.core.describing.description import Description
    from rompy.core.describing.run_file import read_description

    if backend_type and processor_type:
        raise click.UsageError("Give --backend-type or --processor-type, not both.")
    description: Description = read_description(file).rendered()
    if processor_type:
        from rompy.postprocess import load_processor_config

        return load_processor_config(description, processor_type=processor_type)
    from rompy.backends import load_backend_config

    return load_backend_config(description, backend_type=backend_type, site=site)
