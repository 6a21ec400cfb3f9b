"""``rompy init``"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session


@click.group()
def init() -> None:
    """Start something new from a template.

    \b
    Example:
      rompy init plugin my-model
    """


@init.command()
@click.argument("name")
@click.option(
    "--directory",
    type=click.Path(file_okay=False),
    default=".",
    show_default="the current folder",
    help="Folder to make the package's folder in.",
)
@common_options
def plugin(session: Session, name: str, directory: str) -> None:
    """Make a plugin package for the model NAME: a configuration, a template, a source, and tests that pass.

    \b
    Examples:
      rompy init plugin my-model
      rompy init plugin my-model --directory ~/src
    """
    from rompy.scaffold.plugin import PluginNames, make_plugin

    folder = make_plugin(name, directory)
    names = PluginNames.of(name)
    values = {"folder": str(folder), "distribution": names.distribution, "model_type": names.tag}
    session.result(values, [f"made {folder} with the model_type {names.tag}"])
    session.hint(
        f"Next: cd {shlex.quote(str(folder))} && pip install -e '.[test]' && pytest && rompy run examples/waves.yml"
    )
