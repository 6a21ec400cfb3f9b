"""``rompy reproduce``"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from rompy.cli.diff import tolerances
from rompy.cli.options import common_options
from rompy.cli.watch import watching

if TYPE_CHECKING:
    from rompy.cli.session import Session
    from rompy.provenance.reproduce import Reproduction


@click.command(epilog="Exit status 11 tells that it is not reproducible.")
@click.argument("sources", metavar="SOURCE...", type=click.Path(), nargs=-1, required=True)
@click.option("--run", "run_too", is_flag=True, help="Run the model and the postprocessors too.")
@click.option("--to", type=click.Path(file_okay=False), help="Keep what is made, below this folder.")
@click.option(
    "--backend-config", type=click.Path(dir_okay=False), help="Run it with these settings, not with its own."
)
@click.option(
    "--trust",
    is_flag=True,
    help="Give an archive or crate what it asks for: values of your variables, and with --run commands of its own.",
)
@tolerances[0]
@tolerances[1]
@common_options
def reproduce(
    session: Session,
    sources: tuple[str, ...],
    run_too: bool,
    to: str | None,
    backend_config: str | None,
    trust: bool,
    atol: float,
    rtol: float,
) -> None:
    """Make a run again in another place, and tell what differs.

    SOURCE is the folder of a run, a folder of several, an archive or a crate; it is only read. Description, data and
    results decide; other code and another machine are reported. Archives and crates may come from anybody: what one
    asks for beyond computing from data with what is installed here, it gets with --trust only.

    \b
    Examples:
      rompy reproduce simulations/tide
      rompy reproduce tide.rompy.zip --run --rtol 1e-6
      rompy reproduce simulations/tide --run --to again
      rompy reproduce simulations/* --json
    """
    from rompy.errors import ReproducibilityError
    from rompy.provenance.diff import Tolerance
    from rompy.provenance.reproduce import reproduce as make_again
    from rompy.provenance.reproduce import sources_in

    backend = None
    if backend_config is not None:
        from rompy.backends import load_backend_config

        backend = load_backend_config(backend_config)
    tolerance = Tolerance(atol, rtol)

    def again(source: str | Path) -> Reproduction:
        with watching(session) if run_too else nullcontext():
            return make_again(source, run=run_too, to=to, tolerance=tolerance, backend=backend, trust=trust)

    places = sources_in(sources)
    if len(places) == 1:
        found = again(places[0])
        session.result(found.to_dict(), _lines(found, whole=session.verbose > 0))
        is_good = bool(found)
    else:
        is_good = _many(session, places, again)
    if not is_good:
        click.get_current_context().exit(ReproducibilityError.exit_status)


def _lines(found: Reproduction, *, whole: bool) -> list[str]:
    from rompy.provenance.diff.report import report

    why = [f"why: {found.why}"] if found.why else []
    comparison = found.comparison if found.ran else found.comparison.before_the_run()
    return [*report(comparison, whole=whole), *_not_made(found), *why, str(found)]


def _not_made(found: Reproduction) -> list[str]:
    return [] if found.ran else [f"{'results':<11}  not made again; --run does it"]


def _many(session: Session, places: list[Path], again: Callable[[Path], Reproduction]) -> bool:
    """Each of several with a line; one that fails does not keep the others from it."""
    from rompy.errors import RompyError

    told: list[dict[str, Any]] = []
    lines: list[str] = []
    for number, place in enumerate(places, 1):
        session.say(f"{number}/{len(places)} {place}")
        try:
            found = again(place)
        except RompyError as error:
            told.append({"source": str(place), "reproduced": False, "text": f"not reproducible: {error}"})
        else:
            told.append(found.to_dict())
        why = told[-1].get("why")
        lines.append(f"{place}: {told[-1]['text']}{f' ({why})' if why else ''}")
    good = sum(one["reproduced"] for one in told)
    session.result({"reproductions": told}, [*lines, f"{good} of {len(told)} runs reproduced"])
    return good == len(told)
