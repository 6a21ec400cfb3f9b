"""``rompy verify``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session

SHOWN = 20
"""Findings of one run that are listed; -v lists all."""


@click.command(
    epilog="Exit status 11 tells that something is not as recorded; 6 that a run is being written just now."
)
@click.argument("workspaces", nargs=-1, required=True, metavar="WORKSPACE...", type=click.Path())
@click.option("--inputs", is_flag=True, help="Look at the inputs too: files, and what servers have now.")
@click.option("--strict", is_flag=True, help="Files that the record does not know count as well.")
@click.option(
    "--rehash", is_flag=True, help="Read every file, also those that seem unchanged since last time."
)
@common_options
def verify(session: Session, workspaces: tuple[str, ...], inputs: bool, strict: bool, rehash: bool) -> None:
    """Tell what changed, is missing or was added in run directories since they were made.

    Compares each file with the record that was kept when the run was made and when it ended. Nothing is written.

    \b
    Examples:
      rompy verify simulations/tide
      rompy verify simulations/tide --inputs
      rompy verify simulations/* --json
    """
    from rompy.digest import DigestCache
    from rompy.errors import ReproducibilityError, WorkspaceError
    from rompy.provenance.verify import verify as look_at

    cache = None if rehash else DigestCache()
    found = [look_at(place, inputs=inputs, strict=strict, cache=cache) for place in workspaces]
    lines = []
    for one in found:
        shown = one.findings if session.verbose else one.findings[:SHOWN]
        lines += [str(one), *(f"  {finding}" for finding in shown)]
        if len(shown) < len(one.findings):
            lines.append(f"  and {len(one.findings) - len(shown)} more (-v lists all)")
    session.result({"verified": all(found), "workspaces": [one.to_dict() for one in found]}, lines)
    if not all(found):
        differs = any(one.differs for one in found)
        error = ReproducibilityError if differs else WorkspaceError
        click.get_current_context().exit(error.exit_status)
