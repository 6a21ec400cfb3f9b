"""The option to use what is there already."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rompy.cli.session import Session
    from rompy.model import ModelRun
    from rompy.provenance.lock import PinnedRun
    from rompy.provenance.plan import Plan
    from rompy.provenance.plan.former import Former

reuse = click.option(
    "--reuse",
    is_flag=True,
    help="Use what is there already, if it is certain to be the same; see rompy plan.",
)


def plan_to_reuse(
    session: Session, model_run: ModelRun, backend: Any = None, *, only_own: bool = False
) -> Plan:
    """What can be used; -v tells why when it is not all."""
    from rompy.cli.plan import lines_of
    from rompy.provenance.plan import plan_of

    found = plan_of(model_run, backend=backend, only_own=only_own, in_full=False)
    if session.verbose:
        session.say("\n".join(lines_of(found)))
    return found


@contextmanager
def parts_reused(model_run: ModelRun, wanted: bool) -> Iterator[None]:
    """Within this block, what is generated takes from former runs what they have; if that is wanted."""
    if not wanted:
        yield
        return
    from rompy.core.artefact import using
    from rompy.provenance.plan.shelf import FormerArtefacts

    with using(FormerArtefacts(model_run.staging_dir)):
        yield


def parts_taken(workspace: Path) -> dict[str, str]:
    """Where the parts of a run's input were taken from, by their place in the description."""
    from rompy.manifest import read_manifest

    artefacts = read_manifest(workspace).artefacts
    return {one.field or ", ".join(one.files): one.origin for one in artefacts if one.origin is not None}


def told_of_parts(taken: dict[str, str]) -> list[str]:
    """Lines for people."""
    from pathlib import Path

    from rompy.cli.plan import shown

    return [f"{what}: reused from {shown(Path(origin))}" for what, origin in taken.items()]


def tell_of_parts(session: Session, workspace: Path) -> None:
    """Say which parts of the input were taken from former runs, where the result is that of the model."""
    taken = parts_taken(workspace)
    if taken:
        session.details["reused"] = {"parts": taken}
        session.say("\n".join(told_of_parts(taken)))


def results_to_reuse(model_run: ModelRun, plan: Plan) -> Former | None:
    """The run whose results are those of this run; its input is generated aside if that has to be found out."""
    from rompy.provenance.plan.trial import is_same_after_all

    former = plan.former
    if former is None or former.has_results:
        return former
    if not plan.may_be_the_same:
        return None
    with parts_reused(model_run, True):
        return former if is_same_after_all(model_run, former) else None


def input_in_place(plan: Plan) -> bool:
    """Whether the run's own folder holds exactly what would be generated."""
    return plan.input_from is not None and plan.input_from.absolute() == plan.workspace.absolute()


def check_lock(lock: PinnedRun | None, former: Former | None) -> None:
    """Hold what a former run read to a lock."""
    if lock is not None and former is not None and former.manifest is not None:
        lock.check_inputs(former.manifest.inputs)


def show_reused_run(session: Session, former: Former) -> None:
    """Print how the model ended when it was run, and that it was not run now."""
    result = former.result
    report = {} if result is None else result.to_dict()
    values = {"workspace": str(former.root), "reused": {"run": str(former.root)}, "run": report}
    ended = "" if result is None or result.ended is None else f" on {result.ended:%Y-%m-%d %H:%M} UTC"
    session.result(values, [f"{former.root}: reused, nothing was run (the model succeeded{ended})"])
