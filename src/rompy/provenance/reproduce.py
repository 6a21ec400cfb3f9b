"""Makes a run again in another place, and tells whether it is the same."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rompy.core.describing.description import Description
from rompy.core.describing.explain import explain
from rompy.core.workspace import Workspace
from rompy.digest import DigestCache
from rompy.errors import (
    MissingFileError,
    PluginError,
    ReproducibilityError,
    RompyError,
    WorkspaceError,
)
from rompy.fetch import values_asked_anew
from rompy.manifest import Manifest, read_manifest
from rompy.provenance import environment
from rompy.provenance.copies import CRATE
from rompy.provenance.diff import Comparison, Tolerance, Verdict, compare_runs
from rompy.provenance.relocation import Relocation
from rompy.provenance.run_again import backend_of, require_shared, run_again
from rompy.provenance.then import as_then
from rompy.provenance.trust import asked_of_description, asked_of_parts, asked_to_run, refuse_if
from rompy.provenance.underway import require_quiet
from rompy.provenance.verify import verify

logger = logging.getLogger(__name__)

MOST = 3
"""Causes that are told in a sentence."""

COUNTED = ("description", "data", "results")
"""Levels that decide. Other code and another machine are what a reproduction is to be tried with; they explain."""


@dataclass(frozen=True)
class Reproduction:
    """What came of it."""

    source: str
    comparison: Comparison
    """The original first, what was made again second."""
    workspace: Path | None
    """What was made again; None when it was not kept."""
    ran: bool
    """Whether the model was run."""
    changed: tuple[str, ...] = ()
    """Files of the original that are not what its own record says."""

    @property
    def verdict(self) -> Verdict:
        """Of what decides."""
        levels = self.comparison.levels
        counted = [levels[name].verdict for name in COUNTED if name != "results" or self.ran]
        if any(verdict is Verdict.unknown for verdict in counted):
            return Verdict.unknown
        return self.comparison.verdict(
            ignoring=[name for name in levels if name not in COUNTED or not self._counts(name)]
        )

    def __bool__(self) -> bool:
        return self.verdict.is_good and not self.changed

    def __str__(self) -> str:
        what = "input and results" if self.ran else "input"
        if self.changed:
            few = ", ".join(self.changed[:5]) + (" ..." if len(self.changed) > 5 else "")
            return f"not reproducible: the original itself was changed since it was made: {few}"
        if self.verdict is Verdict.unknown:
            return f"not reproducible: {what} could not be compared"
        how = {
            Verdict.same: "reproduced bit for bit",
            Verdict.equal: "reproduced: all values are the same",
            Verdict.close: "reproduced within the tolerance",
        }.get(self.verdict)
        return f"{how} ({what})" if how else f"not reproducible: {self._levels_that_differ()} differ"

    @property
    def why(self) -> str | None:
        """What may be the cause when it is not reproducible: what differs first, from cause to effect."""
        if self:
            return None
        levels = self.comparison.levels
        read = [one for one in levels["data"].differences if one.details.get("kind")]
        made_by = [*levels["code"].differences, *levels["environment"].differences]
        made_by.sort(
            key=lambda one: one.before is None or one.after is None
        )  # such as what one has only imported
        causes = [*levels["description"].differences, *read] or made_by
        if not causes:
            return "nothing that is recorded differs but what came out"
        return "; ".join(map(str, causes[:MOST])) + (
            f"; and {len(causes) - MOST} more" if len(causes) > MOST else ""
        )

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "source": self.source,
            "why": self.why,
            "reproduced": bool(self),
            "verdict": self.verdict.value,
            "text": str(self),
            "ran": self.ran,
            "workspace": None if self.workspace is None else str(self.workspace),
            "changed_originals": list(self.changed),
            "comparison": self.comparison.to_dict(),
        }

    def _counts(self, level: str) -> bool:
        return level != "results" or self.ran

    def _levels_that_differ(self) -> str:
        levels = self.comparison.levels
        return " and ".join(n for n in COUNTED if self._counts(n) and not levels[n].verdict.is_good)


def reproduce(
    source: str | Path,
    *,
    run: bool = False,
    to: str | Path | None = None,
    tolerance: Tolerance | None = None,
    backend: Any = None,
    trust: bool = False,
) -> Reproduction:
    """Generate a run again from its own record, and compare; the original is only read.

    Args:
        source: the folder of a run, an archive, or a crate of one run.
        run: run the model and the postprocessors too.
        to: folder for the new run's folder, which is kept; by default a temporary one that is removed.
        tolerance: by how much results may differ.
        backend: settings to run with; by default those that the original ran with.
        trust: give an archive or a crate what it asks for: values of variables, commands of its own.

    Raises:
        TrustError: an archive or a crate asks for what only those who are trusted should get.
        ReproducibilityError: it cannot be made again: an input or plugin is missing, the model fails; or its record
            cannot be relied on.
        WorkspaceError: the source is no run or is being written, or ``to`` cannot be used.
        ArchiveError: the archive is damaged.
    """
    source = Path(source)
    require_quiet(source)
    asks_first = not trust and _is_from_anybody(source)
    with (
        tempfile.TemporaryDirectory(prefix="rompy-reproduce-") as scratch,
        _original(source, Path(scratch)) as root,
    ):
        manifest = read_manifest(Workspace(root))
        relocation = Relocation.of(root, manifest)
        place = Path(scratch) / "again" if to is None else _place(Path(to), root)
        settings = (backend or backend_of(manifest)) if run else None
        require_shared(settings, is_temporary=to is None)
        with (
            relocation.in_use(),
            as_then(manifest),
            values_asked_anew(),
            _not_made_again(source, root, manifest),
        ):
            description = _description(root)
            if asks_first:
                refuse_if(asked_of_description(description), source)
            again = _model_run(description, relocation, place)
            if asks_first:
                to_run = asked_to_run(again, manifest, own_settings=backend is not None) if run else ()
                refuse_if([*asked_of_parts(again), *to_run], source)
            again.generate()
        if run:
            with relocation.in_use():
                run_again(again, manifest, settings)
        comparison = compare_runs(root, again.staging_dir, tolerance=tolerance, relocation=relocation or None)
        changed = tuple(_changed(root, manifest, with_outputs=run))
        if run and to is None:
            _forget_job(again.staging_dir)
    named = Comparison(
        str(source), str(again.staging_dir) if to is not None else "made again", comparison.levels
    )
    return Reproduction(str(source), named, again.staging_dir if to is not None else None, run, changed)


def sources_in(places: Iterable[str | Path]) -> list[Path]:
    """Folders of runs, archives and crates; for a folder of several runs, these."""
    found: list[Path] = []
    for place in map(Path, places):
        runs = [] if not place.is_dir() or Workspace(place).manifest.is_file() else _runs_below(place)
        found += runs if len(runs) > 1 else [place]
    return found


def _runs_below(folder: Path) -> list[Path]:
    return sorted(path.parent.parent for path in folder.glob("*/.rompy/manifest.json"))


@contextmanager
def _original(source: Path, scratch: Path) -> Iterator[Path]:
    """The folder of the run: an archive is unpacked into ``scratch``."""
    from rompy.provenance.restore import restore

    if source.is_file():
        place = scratch / "original"
        restore(source, place)
        try:
            yield _only_run(place, source)
        except RompyError as error:
            if error.file is not None and Path(error.file).is_relative_to(place):
                error.file = source / Path(error.file).relative_to(
                    place
                )  # the place is gone when it is read of
            raise
    elif source.is_dir():
        yield _only_run(source, source)
    else:
        raise WorkspaceError("there is no such folder or file", file=source)


def _only_run(folder: Path, source: Path) -> Path:
    if Workspace(folder).manifest.is_file():
        return folder
    runs = _runs_below(folder)
    if len(runs) == 1:
        return runs[0]
    if not runs:
        raise WorkspaceError("it holds no run that rompy made: there is no .rompy/manifest.json", file=source)
    raise WorkspaceError(
        f"it holds {len(runs)} runs: {', '.join(run.name for run in runs[:5])}",
        file=source,
        hint="Unpack it with rompy restore, and reproduce the folder that it makes.",
    )


def _place(to: Path, root: Path) -> Path:
    if to.resolve().is_relative_to(root.resolve()) or root.resolve().is_relative_to(to.resolve() / root.name):
        raise WorkspaceError(
            "it is the original's own folder", file=to, hint="Choose another place with --to."
        )
    return to


def _is_from_anybody(source: Path) -> bool:
    """Whether it is made to be sent: an archive, a crate, or a run in a crate of several. The folder of a run is taken
    for one's own."""
    return source.is_file() or any(
        (folder / CRATE).is_file() for folder in (source, source.absolute().parent)
    )


def _description(root: Path) -> Description:
    try:
        description = Description.load(Workspace(root).run_yml)
    except MissingFileError as error:
        raise ReproducibilityError(
            "its description, .rompy/run.yml, is not there or cannot be read",
            file=root,
            hint="Put it back from a copy: what the run was made from is told nowhere else.",
        ) from error
    description.require_mapping()
    return description


def _model_run(description: Description, relocation: Relocation, place: Path) -> Any:
    from rompy.model import ModelRun

    values = relocation.applied(description.data)
    folder = place if values.get("run_id_subdir", True) else place / str(values.get("run_id", "run_id"))
    try:
        again = ModelRun.model_validate({**values, "output_dir": folder, "delete_existing": False})
    except ValidationError as error:
        raise explain(error, description) from error
    if again.staging_dir.exists() and any(again.staging_dir.iterdir()):
        raise WorkspaceError("there is something in it", file=again.staging_dir, hint="Choose another place.")
    return again


@contextmanager
def _not_made_again(source: Path, root: Path, manifest: Manifest) -> Iterator[None]:
    """What goes wrong in the block means that the run is not reproducible, unless it is about the place for it."""
    try:
        yield
    except WorkspaceError as error:
        if error.field != "output_dir":
            raise
        hint = "Choose another place: --to, or TMPDIR for what is not kept."
        raise WorkspaceError(error.message, hint=hint) from error
    except ReproducibilityError:
        raise
    except (RompyError, ValueError) as error:
        raise ReproducibilityError(
            f"it cannot be generated again: {str(error).strip().replace(str(root), str(source))}",
            file=source,
            hint=_what_to_do(error, root, manifest),
        ) from error


def _what_to_do(error: Exception, root: Path, manifest: Manifest) -> str:
    if isinstance(error, MissingFileError):
        return "An archive that was made with --inputs by-value brings its inputs along."
    used = manifest.code.rompy
    if isinstance(error, PluginError):
        wanted = sorted(
            {f"{p.distribution}=={p.version}" for p in manifest.code.plugins if p.distribution != "rompy"}
        )
        listed = f" Its {environment.NAME} lists all packages." if (root / environment.NAME).is_file() else ""
        return f"It was made with {', '.join(wanted) or f'rompy {used}'}.{listed}"
    return f"It was made with rompy {used}; rompy diff shows what else is not the same."


def _forget_job(folder: Path) -> None:
    """Take a run that is about to be removed off the list of runs."""
    from rompy.jobs.store import JobStore

    try:
        JobStore().forget([str(folder.absolute())])
    except OSError as error:
        logger.debug("%s stays in the list of runs: %s", folder, error)


def _changed(root: Path, manifest: Manifest, *, with_outputs: bool) -> Iterator[str]:
    """Files of the original, and its description, that are not as its record says."""
    # Archives leave out where links led to.
    links = {name for name, one in {**manifest.files, **manifest.outputs}.items() if one.link is not None}
    found = verify(root, outputs=with_outputs, cache=DigestCache())
    for one in found.findings:
        if one.what == "record":  # of how the model was run, which needs no copying
            continue
        if one.kind in ("changed", "missing", "unreadable") and one.name not in links:
            yield one.name
