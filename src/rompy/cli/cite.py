"""``rompy cite``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session


@click.command()
@click.argument(
    "workspaces", nargs=-1, required=True, metavar="WORKSPACE...", type=click.Path(file_okay=False)
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["bibtex", "csl-json", "text"]),
    default="bibtex",
    show_default=True,
    help="For LaTeX; for Zotero, pandoc and others; for people.",
)
@common_options
def cite(session: Session, workspaces: tuple[str, ...], form: str) -> None:
    """Print what to cite: the model, plugins, datasets and rompy.

    WORKSPACE may be a folder with runs in it, such as an ensemble: each work is told once.

    \b
    Examples:
      rompy cite simulations/tide > tide.bib
      rompy cite simulations/tide --format csl-json > tide.json
      rompy cite simulations/ensemble --format text
      rompy cite simulations/tide --json
    """
    from rompy.provenance.cite import references_of

    found = references_of(*workspaces)
    for note in found.notes:
        session.say(f"Note: {note}")
    text = {"bibtex": found.to_bibtex, "csl-json": found.to_csl, "text": found.to_text}[form]()
    session.result(found.to_dict(), text.rstrip("\n").split("\n"))
