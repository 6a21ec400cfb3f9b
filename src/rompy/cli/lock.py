"""``rompy lock``"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.provenance.lock import Lock


@click.command()
@click.argument("source", metavar="FILE", type=click.Path())
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The lock.  [default: rompy.lock beside FILE]",
)
@common_options
def lock(session: Session, source: str, output: Path | None) -> None:
    """Pin the environment and the inputs of a run, for --locked to enforce.

    FILE is a description, whose input is generated into a temporary folder to see what is read; or the folder of a run,
    of which the record tells. The lock holds the versions of Python and of all packages in use, and address, version
    and digest of every input.

    \b
    Examples:
      rompy lock tide.yml
      rompy run tide.yml --locked
      rompy lock simulations/tide -o published.lock
    """
    from rompy.provenance.lock import NAME

    pinned = _lock_of(session, source)
    path = output or (Path() if Path(source).is_dir() else Path(source).parent) / NAME
    pinned.write(path)
    count = f"Python {pinned.python}, {len(pinned.distributions)} packages, {len(pinned.inputs)} inputs"
    session.result(
        {
            "lock": str(path),
            "python": pinned.python,
            "distributions": dict(pinned.distributions),
            "inputs": [one.uri for one in pinned.inputs],
        },
        [f"{path}: {count}"],
    )
    session.hint(f"Next: rompy run {source} --locked")


def _lock_of(session: Session, source: str) -> Lock:
    from rompy.cli.describe import model_run_of
    from rompy.core.run_file import RunFile, read_description
    from rompy.manifest import read_manifest
    from rompy.provenance.lock import Lock

    if Path(source).is_dir():
        return Lock.of_manifest(read_manifest(source))
    session.source = RunFile.of(read_description(Path(source)))
    return Lock.of_run(model_run_of(session.source))
