"""``rompy archive``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.provenance.archive_index import Inputs


_OTHERS = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z", ".rar")
"""Endings of names that promise what is not made here."""


def require_no_tar(output: str | None, wanted: str) -> None:
    """Raises UsageError for a name that would belie what is in the file or folder."""
    if output is not None and output.lower().endswith(_OTHERS):
        raise click.UsageError(f"-o {output}: what is made is {wanted}.")


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
    help="Take copies of what was read to generate it, or only names and digests.",
)
@click.option(
    "--strict", is_flag=True, help="Write nothing when there is an input of which no copy can be taken along."
)
@common_options
def archive(session: Session, workspace: str, output: str | None, inputs: Inputs, strict: bool) -> None:
    """Pack a run into one portable file.

    The archive has everything in the folder of the run, with digests that rompy restore checks. The same contents give
    the same archive. By value, it also has what was read of files here and elsewhere, so that the run can be made again
    without them; what cannot be taken along is listed.

    \b
    Examples:
      rompy archive simulations/tide
      rompy archive simulations/tide -o tide.zip --inputs by-value
      rompy archive simulations/tide --inputs by-value --strict
    """
    from rompy.cli.describe import size_of
    from rompy.provenance.archive import archive as pack

    if strict and inputs == "by-reference":
        raise click.UsageError("--strict goes with --inputs by-value.")
    require_no_tar(output, "a zip file, such as run.rompy.zip")
    done = pack(workspace, output, inputs=inputs, strict=strict)
    for warning in done.warnings:
        session.say(f"Warning: {warning}")
    if done.not_taken:
        session.say(f"Warning: not enough by itself: no copy of {len(done.not_taken)} of its inputs")
        for one in done.not_taken:
            session.say(f"  {one}")
    size, index = done.path.stat().st_size, done.index
    session.result(
        {
            "archive": str(done.path),
            "bytes": size,
            "files": len(index.members),
            "copies": sorted(set(index.copies.values())),
            "references": [vars(reference) for reference in index.references],
            "warnings": list(done.warnings),
            "is_enough": inputs == "by-value" and not done.not_taken,
            "not_taken": [vars(one) for one in done.not_taken],
        },
        [f"{done.path}: {len(index.members)} files, {size_of(index.size)} in {size_of(size)}"],
    )
