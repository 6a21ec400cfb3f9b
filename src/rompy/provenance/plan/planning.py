"""What would be done for a run: reused, fetched, built, run; and why."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError
from rompy.foresight import Deed
from rompy.jobs.store import JobStore
from rompy.manifest import Manifest, read_manifest
from rompy.manifest.schema import Artefact
from rompy.provenance.plan.artefact_words import why_made, words_of
from rompy.provenance.plan.fetches import Fetch, fetches_of
from rompy.provenance.plan.foreseen import artefacts_of
from rompy.provenance.plan.former import Former, former_run, last_run, total
from rompy.provenance.plan.shelf import FormerArtefacts
from rompy.regular_file import is_file

logger = logging.getLogger(__name__)

MOST = 10
"""Former runs of the same name that are looked at."""

Action = Literal["reused", "fetched", "built", "run"]


@dataclass(frozen=True)
class Step:
    """Something that is needed, and where it comes from."""

    action: Action
    what: str
    """``input``, ``run``, the place of an artefact in the description, or the address of a file."""
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
    in_full: bool = True,
) -> Plan:
    """What would be done for a run. Nothing is written; servers may be asked for versions.

    Args:
        model_run: the ModelRun.
        backend: settings it would be run with; without them those of former runs are not compared.
        against: the workspace to compare with. By default the run's own, then runs of the same name that the index of
            runs knows.
        only_own: look at the run's own workspace only.
        in_full: also tell what comes from elsewhere, and of which parts the input is made.

    Raises:
        WorkspaceError: there is no run in ``against``.
        ManifestError: its record cannot be relied on.
    """
    own = Path(model_run.staging_dir)
    if against is not None:
        _require_record(Workspace(against))
    places = [Path(against)] if against is not None else [*_places(model_run, own, only_own)]
    former = _best([former_run(place, model_run, backend) for place in places])
    pieces: list[Step] = []
    if in_full and not (former and former.has_input):
        artefacts = _artefacts(model_run, own, former)
        told = {step.what.partition(" (")[0] for step in artefacts}  # parts of these are told already
        reused = {step.what for step in artefacts if step.action == "reused" and step.origin is not None}
        pieces += [_fetched(fetch) for fetch in fetches_of(model_run, reused) if fetch.address not in told]
        pieces += artefacts
    return Plan(model_run.run_id, own, (*pieces, *_steps(former, model_run.run_id)), former)


def _require_record(against: Workspace) -> None:
    if not is_file(against.manifest) and is_file(against.unfinished):
        raise WorkspaceError(
            f"the input of {against.root} is being generated, or that was broken off",
            hint="Wait for its end, or compare with another run.",
        )
    read_manifest(against)


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
    there = [path for path in others if path != own.absolute() and is_file(Workspace(path).manifest)]
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


def _artefacts(model_run: Any, own: Path, former: Former | None) -> list[Step]:
    """What the parts of the input need, and the parts themselves."""
    shelf = FormerArtefacts(own) if former is None else FormerArtefacts(former.root, own)
    steps: list[Step] = []
    foreseen, stumbled = artefacts_of(model_run, shelf)
    for one in foreseen:
        what = one.field or one.recipe.what.rpartition(".")[2]
        if one.found is not None:
            steps.append(Step("reused", what, one.found.bytes, origin=one.found.origin))
        else:
            manifest, before = shelf.nearest(one.field) or (None, None)
            steps += [_step_of(deed, what) for deed in one.deeds]
            steps.append(Step("built", what, _size(manifest, before), reasons=why_made(one, before)))
    if stumbled:
        steps.append(Step("built", "other parts", reasons=(f"they cannot be foreseen: {stumbled}",)))
    return list(dict.fromkeys(steps))


def _step_of(deed: Deed, field: str) -> Step:
    if deed.what == "weights":
        why = () if deed.is_kept else ("there are none for these two grids",)
        return Step("reused" if deed.is_kept else "built", f"weights of {field}", deed.bytes, reasons=why)
    why = () if deed.is_kept else ("this part is not in the cache, or has changed",)
    part = f" ({words_of(deed.part)})" if deed.part else ""
    return Step("reused" if deed.is_kept else "fetched", f"{deed.name}{part}", deed.bytes, reasons=why)


def _size(manifest: Manifest | None, artefact: Artefact | None) -> int | None:
    """Bytes of the files of an artefact."""
    if manifest is None or artefact is None:
        return None
    return total({name: manifest.files[name] for name in artefact.paths if name in manifest.files})


def _steps(former: Former | None, run_id: str) -> Iterator[Step]:
    if former is None:
        yield Step("built", "input", reasons=("there is no former run of this name",))
        yield Step("run", "run", reasons=("there is no former run of this name",))
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
