"""Writes a crate: a folder, or one file, with the runs and what is to be known about them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rompy.core import atomic
from rompy.core.workspace import Workspace
from rompy.digest import DigestCache, FileDigest, digests_of
from rompy.errors import WorkspaceError
from rompy.manifest import read_manifest
from rompy.provenance import archive_file
from rompy.provenance.archive import add_inputs, new_file, require_quiet
from rompy.provenance.archive_index import Inputs
from rompy.provenance.contents import Contents, contents_of
from rompy.provenance.crate.metadata import NAME, CratedRun, Metadata, moment
from rompy.provenance.crate.person import Person


@dataclass(frozen=True)
class Crate:
    """A crate that was written."""

    path: Path
    runs: tuple[str, ...]
    files: int
    bytes: int
    warnings: tuple[str, ...]


def write_crate(
    places: Sequence[str | Path],
    target: str | Path | None = None,
    *,
    inputs: Inputs = "by-reference",
    licence: str | None = None,
    author: Person | None = None,
    title: str | None = None,
) -> Crate:
    """Write a Process Run Crate of one or several runs.

    Args:
        places: folders of runs, or folders with runs in them.
        target: a new folder, or a file that ends in ``.zip``; by default such a file in the current folder.
        inputs: as for archives.
        licence: of the crate's content: an address, or an SPDX identifier such as ``CC-BY-4.0``.
        author: who is named.
        title: name of the crate; by default that of the run.

    Raises:
        WorkspaceError: a place is no run, a model runs in it, or the target cannot be made.
        ManifestError: a record cannot be relied on.
        DataError: an input of which a copy is wanted is gone or has changed.
        PluginError: the extra ``crate`` is not installed.
    """
    roots = runs_in(places)
    folder = (roots[0] if len(roots) == 1 else Path(places[0])).absolute().name
    target = Path(target or f"{folder}.crate.zip")
    for root in roots:
        require_quiet(root)
        new_file(target, root)
    runs, contents, warnings = _collected(roots, inputs)
    name = title or (str(runs[0].manifest.run_id) if len(runs) == 1 else folder)
    digests = _digests(contents)
    metadata = Metadata(digests, author)
    kinds = sorted({str(run.manifest.model_type) for run in runs})
    what = f"{len(runs)} run{'s' if len(runs) > 1 else ''} of {', '.join(kinds)}, made with rompy"
    metadata.describe(name, f"{what}: description, input, output and records.", _published(runs), licence)
    metadata.add_files()
    for run in runs:
        metadata.add_run(run)
    if licence is None:
        warnings.append("no licence is stated, so nobody may use it: give one with --license")
    text = metadata.to_json()
    if target.suffix == ".zip":
        archive_file.write(target, contents, title=name, inputs=inputs, extra={NAME: text})
    else:
        _write_folder(target, contents, text)
    size = sum(digest.bytes for digest in digests.values())
    return Crate(target, tuple(str(run.manifest.run_id) for run in runs), len(digests), size, tuple(warnings))


def runs_in(places: Sequence[str | Path]) -> list[Path]:
    """Folders of runs among, or below, some folders.

    Raises:
        WorkspaceError: there is none.
    """
    from rompy.jobs.store import workspaces_below

    found: list[Path] = []
    for place in map(Path, places):
        if Workspace(place).manifest.is_file():
            found.append(place)
            continue
        started = (workspace.root for workspace in workspaces_below(place))
        below = sorted({*started, *(path.parent.parent for path in place.glob("*/.rompy/manifest.json"))})
        if not below:
            raise WorkspaceError("there is no run in it", file=place, hint="Give the folder of a run.")
        found += below
    return list({path.resolve(): path for path in found}.values())


def _collected(roots: list[Path], inputs: Inputs) -> tuple[list[CratedRun], Contents, list[str]]:
    whole, runs, warnings = Contents(), list[CratedRun](), list[str]()
    folders = _folders(roots)
    for root, folder in zip(roots, folders, strict=True):
        manifest = read_manifest(Workspace(root))
        contents = contents_of(root, inputs)
        warnings += add_inputs(contents, manifest, inputs)
        whole.files |= {folder + name: path for name, path in contents.files.items() if name != NAME}
        whole.links |= {folder + name: target for name, target in contents.links.items()}
        whole.copies |= {uri: folder + name for uri, name in contents.copies.items()}
        whole.references += contents.references
        runs.append(CratedRun(manifest, folder, root))
    whole.check()
    return runs, whole, warnings


def _folders(roots: list[Path]) -> list[str]:
    """Where the runs lie in the crate: at its top when it is one, else in folders of their names."""
    if len(roots) == 1:
        return [""]
    names = [root.absolute().name for root in roots]
    if len(set(names)) < len(names):
        common = Path(os.path.commonpath([str(root.absolute()) for root in roots]))
        names = [root.absolute().relative_to(common).as_posix() for root in roots]
    return [f"{name}/" for name in names]


def _digests(contents: Contents) -> dict[str, FileDigest]:
    names = sorted(contents.files)
    found = digests_of([contents.files[name] for name in names], cache=DigestCache())
    for digest in found:
        if isinstance(digest, OSError):
            raise WorkspaceError(
                f"a file cannot be read: {digest.strerror}", file=digest.filename
            ) from digest
    return {name: digest for name, digest in zip(names, found, strict=True) if isinstance(digest, FileDigest)}


def _published(runs: list[CratedRun]) -> str:
    """When the last phase of all ended: the day of writing the crate would make two crates of one run differ."""
    moments = [
        span.ended
        for run in runs
        for span in (run.manifest.phases.generate, *run.manifest.phases.run, *run.manifest.phases.postprocess)
        if span is not None and span.ended
    ]
    return moment(max(moments, default="1970-01-01T00:00:00Z"))


def _write_folder(target: Path, contents: Contents, metadata: bytes) -> None:
    try:
        with atomic.appearing(target) as folder:
            for name, source in sorted(contents.files.items()):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, path)
            for name, destination in sorted(contents.links.items()):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).symlink_to(destination)
            (folder / NAME).write_bytes(metadata)
    except OSError as error:
        raise WorkspaceError(f"it cannot be written: {error.strerror or error}", file=target) from error
