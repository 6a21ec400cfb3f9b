"""``rompy reproduce``"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from rompy.cli.diff import tolerances
from rompy.cli.options import common_options

if TYPE_CHECKING:
    from rompy.cli.session import Session


@click.command(epilog="Exit status 11 tells that it is not reproducible.")
@click.argument("source", type=click.Path())
@click.option("--run", "run_too", is_flag=True, help="Run the model and the postprocessors too.")
@click.option("--to", type=click.Path(file_okay=False), help="Keep what is made, below this folder.")
@click.option(
    "--backend-config", type=click.Path(dir_okay=False), help="Run it with these settings, not with its own."
)
@tolerances[0]
@tolerances[1]
@common_options
def reproduce(
    session: Session,
    source: str,
    run_too: bool,
    to: str | None,
    backend_config: str | None,
    atol: float,
    rtol: float,
) -> None:
    """Make a run again in another place, and tell what differs.

    SOURCE is the folder of a run, an archive or a crate; it is only read. Description, data and results decide; other
    code and another machine are reported.

    \b
    Examples:
      rompy reproduce simulations/tide
      rompy reproduce tide.rompy.zip --run --rtol 1e-6
      rompy reproduce simulations/tide --run --to again
    """
    from rompy.errors import ReproducibilityError
    from rompy.provenance.diff import Tolerance
    from rompy.provenance.diff.report import report
    from rompy.provenance.reproduce import reproduce as make_again

    backend = None
    if backend_config is not None:
        from rompy.backends import load_backend_config

        backend = load_backend_config(backend_config)
    found = make_again(source, run=run_too, to=to, tolerance=Tolerance(atol, rtol), backend=backend)
    session.result(found.to_dict(), [*report(found.comparison, whole=session.verbose > 0), str(found)])
    if not found:
        click.get_current_context().exit(ReproducibilityError.exit_status)
