"""``rompy plan``"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from rompy.cli.options import common_options, config_options, output_dir, site

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rompy.cli.session import Session
    from rompy.core.describing.run_file import RunFile
    from rompy.provenance.plan import Plan

SHOWN = 8
"""Reasons that are listed for a step; -v lists all."""


@click.command()
@click.option(
    "--against",
    metavar="WORKSPACE",
    type=click.Path(file_okay=False),
    help="The former run to compare with.  [default: the run's own folder, else runs of the same name]",
)
@click.option(
    "--backend-config",
    type=click.Path(dir_okay=False),
    help="Settings of the backend. Default: the section backend of CONFIG, else this machine.",
)
@site
@output_dir
@common_options
@config_options
def plan(
    session: Session,
    source: RunFile,
    against: str | None,
    backend_config: str | None,
    site: str | None,
    output_dir: str | None,
) -> None:
    """Tell what a run would reuse, fetch, build and run, and why. Writes, fetches and runs nothing.

    The same decision is made by rompy generate, run and pipeline with --reuse.

    \b
    Examples:
      rompy plan tide.yml
      rompy plan tide.yml --against /scratch/runs/tide
      rompy plan tide.yml --json
    """
    from rompy.cli.chosen_backend import backend_of
    from rompy.cli.describe import model_run_of
    from rompy.provenance.plan import plan_of

    backend = backend_of(source, backend_config, site)
    model_run = model_run_of(source, output_dir=output_dir)
    found = plan_of(model_run, backend=backend, against=against)
    session.result(found.to_dict(), lines_of(found, whole=session.verbose > 0))


def lines_of(found: Plan, *, whole: bool = False) -> list[str]:
    """A plan for people."""
    compared = "" if found.former is None else f", compared with {found.former.root}"
    width = max(len(step.what) for step in found.steps)
    lines = [f"{found.run_id}: {found.workspace}{compared}"]
    for step in found.steps:
        lines.append(f"  {step.action:<8} {step.what:<{width}}  {', '.join(_facts(step))}".rstrip())
        shown = step.reasons if whole else step.reasons[:SHOWN]
        lines += [f"      {reason}" for reason in shown]
        if len(shown) < len(step.reasons):
            lines.append(f"      and {len(step.reasons) - len(shown)} more (-v lists all)")
    return lines


def _facts(step: Any) -> Iterator[str]:
    from rompy.cli.describe import size_of
    from rompy.jobs.duration import duration

    if step.bytes is not None:
        former = step.action in ("built", "run")
        yield f"{size_of(step.bytes)}{' last time' if former else ''}"
    if step.seconds is not None:
        yield (
            f"{duration(step.seconds)} last time"
            if step.action == "run"
            else f"took {duration(step.seconds)}"
        )
    if step.origin is not None:
        yield f"from {shown(step.origin)}"


def shown(place: Path) -> Path:
    """A path as short as it can be from here."""
    from pathlib import Path

    here = Path.cwd()
    return place.relative_to(here) if place.is_relative_to(here) else place
