"""``rompy archive``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.provenance.archive_index import Inputs


@click.command()
@click.argument("workspace", type=click.Path(file_okay=False))
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False),
    help="The archive.  [default: the name of WORKSPACE with .rompy.zip, here]",
)
@click.option(
    "--inputs",
    type=click.Choice(["by-value", "by-reference"]),
    default="by-reference",
    show_default=True,
    help="Take copies of the files that were read to generate it, or only their names and digests.",
)
@common_options
def archive(session: Session, workspace: str, output: str | None, inputs: Inputs) -> None:
    """Pack a run into one portable file.

    The archive has everything in the folder of the run, with digests that rompy restore checks. The same contents give
    the same archive.

    \b
    Examples:
      rompy archive simulations/tide
      rompy archive simulations/tide -o tide.zip --inputs by-value
    """
    from rompy.cli.describe import size_of
    from rompy.provenance.archive import archive as pack

    done = pack(workspace, output, inputs=inputs)
    for warning in done.warnings:
        session.say(f"Warning: {warning}")
    size, index = done.path.stat().st_size, done.index
    session.result(
        {
            "archive": str(done.path),
            "bytes": size,
            "files": len(index.members),
            "copies": sorted(set(index.copies.values())),
            "references": [vars(reference) for reference in index.references],
            "warnings": list(done.warnings),
        },
        [f"{done.path}: {len(index.members)} files, {size_of(index.size)} in {size_of(size)}"],
    )
