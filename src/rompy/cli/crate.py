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
    "--author",
    "authors",
    multiple=True,
    help="'Name' or 'Name <https://orcid.org/...>'; may be given several times.  [default: who git says works here]",
)
@click.option("--affiliation", help="Where the authors work: 'Name' or 'Name <https://ror.org/...>'.")
@click.option("--publisher", help="Who publishes it, such as the repository: 'Name' or 'Name <https://...>'.")
@click.option("--title", help="Name of the crate.  [default: the name of the run]")
@common_options
def crate(
    session: Session,
    workspaces: tuple[str, ...],
    output: str | None,
    inputs: Inputs,
    licence: str | None,
    authors: tuple[str, ...],
    affiliation: str | None,
    publisher: str | None,
    title: str | None,
) -> None:
    """Write an RO-Crate of one or several runs.

    A crate is a folder or zip file that data repositories understand: the runs, and which files each step made from
    which, by what and when (Process Run Crate 0.5), also as a page for browsers. WORKSPACE may be a folder with runs in
    it, such as an ensemble.

    \b
    Examples:
      rompy crate simulations/tide --license CC-BY-4.0
      rompy crate simulations/ensemble -o ensemble.zip --author "Ada Lovelace <https://orcid.org/...>"
    """
    from rompy.cli.archive import require_no_tar
    from rompy.cli.describe import size_of
    from rompy.provenance.crate import Credits, Named, person_of_git, write_crate

    require_no_tar(output, "a folder, or a file that ends in .zip")
    here = person_of_git() if not authors else None
    credited = Credits(
        tuple(map(Named.parse, authors)) or ((here,) if here else ()),
        Named.parse(affiliation) if affiliation else None,
        Named.parse(publisher) if publisher else None,
    )
    made = write_crate(workspaces, output, inputs=inputs, licence=licence, credited=credited, title=title)
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
