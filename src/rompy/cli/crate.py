"""``rompy crate``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.provenance.archive_index import Inputs


@click.command()
@click.argument(
    "workspaces", nargs=-1, required=True, metavar="WORKSPACE...", type=click.Path(file_okay=False)
)
@click.option("-o", "--output", type=click.Path(), help="A new folder, or a file that ends in .zip.")
@click.option(
    "--inputs",
    type=click.Choice(["by-value", "by-reference"]),
    default="by-reference",
    show_default=True,
    help="Take copies of the files that were read, or only their names and digests.",
)
@click.option("--license", "licence", help="Of the content: an SPDX name such as CC-BY-4.0, or an address.")
@click.option(
    "--author", help="'Name' or 'Name <https://orcid.org/...>'.  [default: who git says works here]"
)
@click.option("--title", help="Name of the crate.  [default: the name of the run]")
@common_options
def crate(
    session: Session,
    workspaces: tuple[str, ...],
    output: str | None,
    inputs: Inputs,
    licence: str | None,
    author: str | None,
    title: str | None,
) -> None:
    """Write an RO-Crate of one or several runs.

    A crate is a folder or zip file that data repositories understand: the runs, and which files each step made from
    which, by what and when (Process Run Crate 0.5). WORKSPACE may be a folder with runs in it, such as an ensemble.

    \b
    Examples:
      rompy crate simulations/tide --license CC-BY-4.0
      rompy crate simulations/ensemble -o ensemble.zip --author "Ada Lovelace <https://orcid.org/0000-0000-0000-0000>"
    """
    from rompy.cli.describe import size_of
    from rompy.provenance.crate import Person, person_of_git, write_crate

    person = Person.parse(author) if author else person_of_git()
    made = write_crate(workspaces, output, inputs=inputs, licence=licence, author=person, title=title)
    for warning in made.warnings:
        session.say(f"Warning: {warning}")
    session.result(
        {
            "crate": str(made.path),
            "runs": list(made.runs),
            "files": made.files,
            "bytes": made.bytes,
            "warnings": list(made.warnings),
        },
        [
            f"{made.path}: {len(made.runs)} run{'s' * (len(made.runs) > 1)}, {made.files} files, {size_of(made.bytes)}"
        ],
    )
