"""``rompy plugins``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rompy.cli.completion import groups
from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.plugins import Plugin

COLUMNS = ("name", "group", "distribution", "version", "state", "reason")
COLOURS = {"state": {"broken": "red", "shadowed": "yellow", "loaded": "green"}}


@click.command()
@click.argument("group", required=False, shell_complete=groups)
@click.option("--no-import", is_flag=True, help="Do not import plugins to see whether they work: faster.")
@common_options
def plugins(session: Session, group: str | None, no_import: bool) -> None:
    """List the plugins: who provides what, and whether it works.

    A broken plugin is listed with its reason and takes nothing else down.

    \b
    Examples:
      rompy plugins
      rompy plugins rompy.config
      rompy plugins --json
    """
    from rompy import plugins as registry
    from rompy.cli.table import table

    if group is not None and group not in registry.GROUPS:
        raise click.UsageError(f"No group {group!r}: use one of {', '.join(registry.GROUPS)}.")
    rows = [_row(plugin) for plugin in _found(group, imported=not no_import)]
    session.result({"plugins": rows}, () if session.as_json else table(rows, COLUMNS, colours=COLOURS))


def _found(group: str | None, *, imported: bool) -> list[Plugin]:
    from rompy import plugins as registry

    if group is None:
        return registry.survey(imported=imported)
    if imported:
        registry.load_all(group)
    return registry.entries(group)


def _row(plugin: Plugin) -> dict[str, Any]:
    row = {column: getattr(plugin, column) for column in COLUMNS}
    return row if plugin.kind is None else {**row, "name": f"{plugin.name}:{plugin.kind}"}
