"""Makes a run again in another place, and tells whether it is the same."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy.core.workspace import Workspace
from rompy.errors import ReproducibilityError, RompyError, WorkspaceError
from rompy.manifest import Manifest, read_manifest
from rompy.manifest.schema import PostprocessPhase, RunPhase
from rompy.provenance.diff import Comparison, Tolerance, Verdict, compare_runs
from rompy.provenance.relocation import Relocation

logger = logging.getLogger(__name__)

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

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        return {
            "source": self.source,
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
) -> Reproduction:
    """Generate a run again from its own record, and compare; the original is only read.

    Args:
        source: the folder of a run, an archive, or a crate of one run.
        run: run the model and the postprocessors too.
        to: folder for the new run's folder, which is kept; by default a temporary one that is removed.
        tolerance: by how much results may differ.
        backend: settings to run with; by default those that the original ran with.

    Raises:
        ReproducibilityError: it cannot be made again: an input or plugin is missing, the model fails; or its record
            cannot be relied on.
        WorkspaceError: the source is no run, or ``to`` cannot be used.
        ArchiveError: the archive is damaged.
    """
    source = Path(source)
    with (
        tempfile.TemporaryDirectory(prefix="rompy-reproduce-") as scratch,
        _original(source, Path(scratch)) as root,
    ):
        manifest = read_manifest(Workspace(root))
        relocation = Relocation.of(root, manifest)
        place = Path(scratch) / "again" if to is None else _place(Path(to), root)
        again = _generate(root, manifest, relocation, place)
        if run:
            _run(again, manifest, backend)
        comparison = compare_runs(root, again.staging_dir, tolerance=tolerance, relocation=relocation or None)
        changed = tuple(_changed(root, manifest, with_outputs=run))
        if run and to is None:
            _forget_job(again.staging_dir)
    named = Comparison(
        str(source), str(again.staging_dir) if to is not None else "made again", comparison.levels
    )
    return Reproduction(str(source), named, again.staging_dir if to is not None else None, run, changed)


@contextmanager
def _original(source: Path, scratch: Path) -> Iterator[Path]:
    """The folder of the run: an archive is unpacked into ``scratch``."""
    from rompy.provenance.restore import restore

    if source.is_file():
        restore(source, scratch / "original")
        yield _only_run(scratch / "original", source)
    elif source.is_dir():
        yield _only_run(source, source)
    else:
        raise WorkspaceError("there is no such folder or file", file=source)


def _only_run(folder: Path, source: Path) -> Path:
    if Workspace(folder).manifest.is_file():
        return folder
    runs = sorted(path.parent.parent for path in folder.glob("*/.rompy/manifest.json"))
    if len(runs) == 1:
        return runs[0]
    if not runs:
        raise WorkspaceError("it holds no run that rompy made: there is no .rompy/manifest.json", file=source)
    raise WorkspaceError(
        f"it holds {len(runs)} runs: {', '.join(run.name for run in runs[:5])}",
        file=source,
        hint="Reproduce one of them; restore an archive first.",
    )


def _place(to: Path, root: Path) -> Path:
    if to.resolve().is_relative_to(root.resolve()) or root.resolve().is_relative_to(to.resolve() / root.name):
        raise WorkspaceError(
            "it is the original's own folder", file=to, hint="Choose another place with --to."
        )
    return to


def _generate(root: Path, manifest: Manifest, relocation: Relocation, place: Path) -> Any:
    from rompy.core.description import Description
    from rompy.model import ModelRun

    description = Description.load(Workspace(root).run_yml)
    description.require_mapping()
    values = relocation.applied(description.data)
    run_id = str(values.get("run_id", "run_id"))
    folder = place if values.get("run_id_subdir", True) else place / run_id
    try:
        again = ModelRun.model_validate({**values, "output_dir": folder, "delete_existing": False})
        if again.staging_dir.exists() and any(again.staging_dir.iterdir()):
            raise WorkspaceError(
                "there is something in it", file=again.staging_dir, hint="Choose another place."
            )
        again.generate()
    except WorkspaceError:
        raise
    except (RompyError, ValueError) as error:
        raise ReproducibilityError(
            f"it cannot be generated again: {_first(error)}", file=root, hint=_what_to_do(error, manifest)
        ) from error
    return again


def _first(error: Exception) -> str:
    return str(error).strip()


def _what_to_do(error: Exception, manifest: Manifest) -> str:
    from rompy.errors import MissingFileError, PluginError

    if isinstance(error, MissingFileError):
        return "An archive that was made with --inputs by-value brings its inputs along."
    used = manifest.code.rompy
    if isinstance(error, PluginError):
        wanted = sorted(
            {f"{p.distribution}=={p.version}" for p in manifest.code.plugins if p.distribution != "rompy"}
        )
        return f"It was made with {', '.join(wanted) or f'rompy {used}'}."
    return f"It was made with rompy {used}; rompy diff shows what else is not the same."


def _run(again: Any, manifest: Manifest, backend: Any) -> None:
    settings = backend or _backend_of(manifest.phases.run[-1] if manifest.phases.run else None)
    result = again.run(backend=settings, workspace_dir=again.staging_dir)
    if not result:
        raise ReproducibilityError(
            f"the model did not succeed: {getattr(result, 'reason', '') or result}", file=again.staging_dir
        )
    for phase in _last_of_each(manifest.phases.postprocess):
        _postprocess(again, phase)


def _forget_job(folder: Path) -> None:
    """Take a run that is about to be removed off the list of runs."""
    import sqlite3

    from rompy.jobs.store import JobStore

    try:
        JobStore().forget([str(folder.absolute())])
    except (OSError, sqlite3.Error) as error:
        logger.debug("%s stays in the list of runs: %s", folder, error)


def _backend_of(phase: RunPhase | None) -> Any:
    """Settings that the original ran with; what they were is in its record, without secrets."""
    from rompy.backends import load_backend_config

    name = (phase and phase.backend) or "local"
    settings: Mapping[str, Any] = phase.settings if phase is not None else {}
    kept = {
        key: value
        for key, value in settings.items()
        if value is not None and key not in ("type", "backend_type")
    }
    try:
        return load_backend_config({"type": name, **kept}, complete=False)
    except (RompyError, ValueError) as error:
        raise ReproducibilityError(
            f"it cannot be run with the settings of its backend {name!r} again: {error}",
            hint="Give others with --backend-config.",
        ) from error


def _last_of_each(phases: list[PostprocessPhase]) -> list[PostprocessPhase]:
    """The last call of each postprocessor that succeeded, in their order."""
    done = {phase.processor: phase for phase in phases if phase.state == "succeeded"}
    return list(done.values())


def _postprocess(again: Any, phase: PostprocessPhase) -> None:
    from rompy.postprocess import load_processor_config
    from rompy.postprocess.result import has_succeeded, message_of

    # Where the results went was a place of the original; theirs is the new folder.
    settings = {k: v for k, v in phase.settings.items() if k not in ("type", "output_dir") and v is not None}
    try:
        result = again.postprocess(load_processor_config({"type": phase.processor, **settings}))
    except RompyError as error:
        raise ReproducibilityError(f"its output cannot be processed again: {error}") from error
    if not has_succeeded(result):
        raise ReproducibilityError(f"its output cannot be processed again: {message_of(result)}")


def _changed(root: Path, manifest: Manifest, *, with_outputs: bool) -> Iterator[str]:
    from rompy.digest import DigestCache, FileDigest, digests_of

    known = {**manifest.files, **(manifest.outputs if with_outputs else {})}
    names = sorted(name for name, facts in known.items() if facts.sha256 and (root / name).is_file())
    digests = digests_of([root / name for name in names], cache=DigestCache())
    for name, digest in zip(names, digests, strict=True):
        if isinstance(digest, FileDigest) and digest.sha256 != known[name].sha256:
            yield name
