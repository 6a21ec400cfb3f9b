"""``rompy cite``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session


@click.command()
@click.argument("workspace", type=click.Path(file_okay=False))
@common_options
def cite(session: Session, workspace: str) -> None:
    """Print what to cite, as BibTeX: the model, plugins, datasets and rompy.

    \b
    Examples:
      rompy cite simulations/tide > tide.bib
      rompy cite simulations/tide --json
    """
    from rompy.provenance.cite import references_of

    found = references_of(workspace)
    for note in found.notes:
        session.say(f"Note: {note}")
    session.result(found.to_dict(), found.to_bibtex().rstrip("\n").split("\n"))
