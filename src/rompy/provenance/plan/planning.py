"""What would be done for a run: reused, fetched, built, run; and why."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rompy.core.workspace import Workspace
from rompy.jobs.store import JobStore
from rompy.manifest import read_manifest
from rompy.provenance.plan.fetches import Fetch, fetches_of
from rompy.provenance.plan.former import Former, former_run, last_run, total

logger = logging.getLogger(__name__)

MOST = 10
"""Former runs of the same name that are looked at."""

Action = Literal["reused", "fetched", "built", "run"]


@dataclass(frozen=True)
class Step:
    """Something that is needed, and where it comes from."""

    action: Action
    what: str
    """``input``, ``run``, or the address of a file."""
    bytes: int | None = None
    """Size; of what has still to be made, that of the former one. None when it is not known."""
    seconds: float | None = None
    """How long it took the last time."""
    reasons: tuple[str, ...] = ()
    """Why it is not reused."""
    origin: Path | None = None
    """The run that it is reused from."""


@dataclass(frozen=True)
class Plan:
    """Steps in the order of cause and effect."""

    run_id: str
    workspace: Path
    steps: tuple[Step, ...]
    former: Former | None
    """The run that was compared with; None when there was none."""

    @property
    def input_from(self) -> Path | None:
        """The workspace whose input is exactly what would be generated."""
        return self.former.root if self.former is not None and self.former.has_input else None

    @property
    def results_from(self) -> Path | None:
        """The workspace whose results are those that the run would have."""
        return self.former.root if self.former is not None and self.former.has_results else None

    @property
    def may_be_the_same(self) -> bool:
        """Whether the former results are those of this run if its input, once generated, is that of the former run."""
        return self.former is not None and _may_be_the_same(self.former, self.run_id)

    @property
    def is_ready_to_run(self) -> bool:
        """Whether the run's own folder holds exactly what would be generated, and no model has been started there:
        what one has left might be read by the next."""
        return (
            self.input_from is not None
            and self.input_from.absolute() == self.workspace.absolute()
            and not Workspace(self.workspace).has_run
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        steps = [
            {**asdict(step), "origin": None if step.origin is None else str(step.origin)}
            for step in self.steps
        ]
        return {
            "run_id": self.run_id,
            "workspace": str(self.workspace),
            "compared_with": None if self.former is None else str(self.former.root),
            "steps": steps,
        }


def plan_of(
    model_run: Any,
    *,
    backend: Any = None,
    against: str | Path | None = None,
    only_own: bool = False,
    with_fetches: bool = True,
) -> Plan:
    """What would be done for a run. Nothing is written; servers may be asked for versions.

    Args:
        model_run: the ModelRun.
        backend: settings it would be run with; without them those of former runs are not compared.
        against: the workspace to compare with. By default the run's own, then runs of the same name that the index of
            runs knows.
        only_own: look at the run's own workspace only.
        with_fetches: also tell what comes from elsewhere.

    Raises:
        WorkspaceError: there is no run in ``against``.
        ManifestError: its record cannot be relied on.
    """
    own = Path(model_run.staging_dir)
    if against is not None:
        read_manifest(Workspace(against))
    places = [Path(against)] if against is not None else [*_places(model_run, own, only_own)]
    former = _best([former_run(place, model_run, backend) for place in places])
    fetches = fetches_of(model_run) if with_fetches and not (former and former.has_input) else ()
    return Plan(model_run.run_id, own, (*map(_fetched, fetches), *_steps(former, model_run.run_id)), former)


def _places(model_run: Any, own: Path, only_own: bool) -> Iterator[Path]:
    if Workspace(own).manifest.is_file():
        yield own
    if only_own:
        return
    try:
        rows = JobStore().rows()
    except (OSError, sqlite3.Error) as error:
        logger.debug("the index of runs cannot be read: %s", error)
        return
    others = [Path(row.workspace) for row in rows if row.run_id == model_run.run_id]
    there = [path for path in others if path != own.absolute() and Workspace(path).manifest.is_file()]
    yield from there[:MOST]


def _best(formers: list[Former]) -> Former | None:
    """The one of which most can be used; of equals the first, which is the run's own."""
    return min(
        formers,
        key=lambda one: (
            not one.has_results,
            not one.has_input,
            bool(one.other_code),
            bool(one.not_run),
            len(one.not_input),
        ),
        default=None,
    )


def _fetched(fetch: Fetch) -> Step:
    return Step("reused" if fetch.is_here else "fetched", fetch.address, fetch.bytes, reasons=fetch.reasons)


def _steps(former: Former | None, run_id: str) -> Iterator[Step]:
    if former is None:
        yield Step("built", "input", reasons=("there is no former run",))
        yield Step("run", "run", reasons=("there is no former run",))
        return
    last = last_run(former.manifest)
    seconds = None if last is None else (last.resources or {}).get("wall_s")
    size = None if former.manifest is None else total(former.manifest.outputs)
    if former.has_input:
        yield Step("reused", "input", former.bytes, origin=former.root)
    else:
        yield Step("built", "input", former.bytes, reasons=former.not_input)
    if former.has_results:
        yield Step("reused", "run", size, seconds, origin=former.root)
    else:
        why = former.not_run if former.has_input else _why_run(former, run_id)
        yield Step("run", "run", size or None, seconds, reasons=why)


def _may_be_the_same(former: Former, run_id: str) -> bool:
    is_alike = former.manifest is not None and former.manifest.run_id == run_id  # files are named by it
    return is_alike and not (former.has_results or former.other_code or former.not_run)


def _why_run(former: Former, run_id: str) -> tuple[str, ...]:
    if _may_be_the_same(former, run_id):
        return ("its input is built anew, unless that turns out to be the same files",)
    return ("its input is built anew", *former.not_run)
