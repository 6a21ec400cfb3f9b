"""``rompy diff``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli import statuses
from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session

tolerances = (
    click.option(
        "--atol", type=click.FloatRange(min=0), default=0.0, help="Difference of results that is allowed."
    ),
    click.option(
        "--rtol", type=click.FloatRange(min=0), default=0.0, help="The same, as a part of the value."
    ),
)
LEVELS = ("description", "data", "code", "environment", "results")


@click.command(epilog="Exit status 1 tells that something differs.")
@click.argument("first", type=click.Path(file_okay=False))
@click.argument("second", type=click.Path(file_okay=False))
@tolerances[0]
@tolerances[1]
@click.option("--ignore", multiple=True, type=click.Choice(LEVELS), help="A level that does not count.")
@click.option(
    "--map", "picture", type=click.Path(dir_okay=False), help="Draw where results differ into this PNG file."
)
@click.option("--variable", help="Variable to draw.  [default: what differs most]")
@common_options
def diff(
    session: Session,
    first: str,
    second: str,
    atol: float,
    rtol: float,
    ignore: tuple[str, ...],
    picture: str | None,
    variable: str | None,
) -> None:
    """Compare two runs: description, data, code, environment and results.

    \b
    Examples:
      rompy diff simulations/tide simulations/storm
      rompy diff simulations/tide simulations/storm --map difference.png
      rompy diff here/tide there/tide --ignore environment --rtol 1e-6
    """
    from rompy.provenance.diff import Tolerance, compare_runs
    from rompy.provenance.diff.report import report

    if variable is not None and picture is None:
        raise click.UsageError("--variable says what to draw: give --map too.")
    if picture is not None:
        _require_png(picture)
    comparison = compare_runs(first, second, tolerance=Tolerance(atol, rtol))
    values, lines = comparison.to_dict(), report(comparison, whole=session.verbose > 0)
    verdict = comparison.verdict(ignoring=ignore)
    if picture is not None:
        from rompy.errors import DataError
        from rompy.provenance.diff.difference_map import draw_map

        try:
            drawn = draw_map(comparison, picture, variable=variable)
            values["map"] = {"picture": picture, "file": drawn.file, "variable": drawn.variable}
            lines.append(f"map: {picture} ({drawn.variable} of {drawn.file})")
        except DataError as error:  # as when nothing differs; the comparison itself is worth printing
            values["map"] = None
            session.say(f"No map: {error.message}.")
    session.result({**values, "same": verdict.is_good}, lines)
    if not verdict.is_good:
        click.get_current_context().exit(statuses.DIFFERS)


def _require_png(picture: str) -> None:
    """That a picture can be put there, before long work begins."""
    from pathlib import Path

    from rompy.errors import WorkspaceError

    path = Path(picture)
    if path.suffix.lower() != ".png":
        raise click.UsageError(f"--map draws PNG: give it a name such as {path.stem}.png.")
    if not path.absolute().parent.is_dir():
        raise WorkspaceError(
            "there is no such folder", file=path.parent, hint="Make it, or choose another for --map."
        )
