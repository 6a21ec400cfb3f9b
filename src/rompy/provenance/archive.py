"""Packs a run into one portable file, with the digest of everything in it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError
from rompy.manifest import Manifest, read_manifest
from rompy.provenance import archive_file, environment
from rompy.provenance.archive_index import ArchiveIndex, Inputs
from rompy.provenance.contents import contents_of
from rompy.provenance.copies import NotTaken, incomplete, take_along
from rompy.provenance.underway import require_quiet

SUFFIX = ".rompy.zip"


@dataclass(frozen=True)
class Archived:
    """An archive that was written."""

    path: Path
    index: ArchiveIndex
    warnings: tuple[str, ...]
    """What is not as one might expect: files that the manifest knows otherwise."""
    not_taken: tuple[NotTaken, ...] = ()
    """Inputs of which no copy could be taken along, though copies were wanted: it is not enough by itself then."""


def archive(
    workspace: str | Path,
    target: str | Path | None = None,
    *,
    inputs: Inputs = "by-reference",
    strict: bool = False,
) -> Archived:
    """Pack the run in a folder: what was generated, what came out, and the records of it.

    Args:
        workspace: the folder of the run.
        target: the archive; by default the name of the folder with ``.rompy.zip`` in the current folder.
        inputs: ``by-value`` takes along copies of what was read to generate the run; ``by-reference`` only names and
            digests.
        strict: write nothing when there is an input of which no copy can be taken along.

    Raises:
        WorkspaceError: it is no folder of a run, it is being written, or the target is there already or inside it.
        DataError: a file of which a copy is wanted is gone, or has changed since it was read; or, if it is to be
            ``strict``, there can be no copy of something else.
        ArchiveError: a name that could not be unpacked everywhere.
    """
    root = Path(workspace)
    require_quiet(root)
    manifest = read_manifest(Workspace(root), allow_edited=True)
    target = new_file(target or f"{root.absolute().name}{SUFFIX}", root)
    contents = contents_of(root, inputs)
    with tempfile.TemporaryDirectory(prefix=".rompy-archive-", dir=target.absolute().parent) as scratch:
        missing = take_along(contents, root, manifest, inputs, Path(scratch))
        if missing and strict:
            raise incomplete(missing)
        contents.check()
        extra = {environment.NAME: environment.requirements(manifest)}
        title = manifest.run_id or root.absolute().name
        index = archive_file.write(target, contents, title=title, inputs=inputs, extra=extra)
    packed = {name: member.sha256 for name, member in index.members.items()}
    return Archived(target, index, tuple(changes_since(manifest, packed)), tuple(missing))


def new_file(target: str | Path, root: Path) -> Path:
    """The target itself, when it can be made. Raises WorkspaceError when it is there, or inside the workspace."""
    target = Path(target)
    if target.exists() or target.is_symlink():
        raise WorkspaceError(
            "it is there already, and nothing is overwritten",
            file=target,
            hint="Choose another name with -o.",
        )
    if target.absolute().parent.resolve().is_relative_to(root.resolve()):
        raise WorkspaceError(
            "it would lie in the run's own folder", file=target, hint="Choose a place outside of it with -o."
        )
    if not target.absolute().parent.is_dir():
        raise WorkspaceError("there is no such folder", file=target.parent)
    if not os.access(target.absolute().parent, os.W_OK | os.X_OK):
        raise WorkspaceError("nothing can be written in it", file=target.absolute().parent)
    return target


def changes_since(manifest: Manifest, packed: Mapping[str, str], folder: str = "") -> list[str]:
    """Whether what was packed is what the manifest says of it; in words if not.

    Args:
        packed: digests of files, by name.
        folder: of the run among them, with a slash at the end.
    """
    recorded = {**manifest.files, **manifest.outputs}
    known = {name: facts.sha256 for name, facts in recorded.items() if facts.sha256}
    if manifest.description.sha256 is not None:
        known[manifest.description.file] = manifest.description.sha256
    changed = sorted(n for n, d in known.items() if packed.get(folder + n) not in (None, d))
    missing = sorted(n for n in known if folder + n not in packed)
    found = [f"not as the manifest says: {_few(changed)}"] if changed else []
    found += [f"missing, though the manifest has it: {_few(missing)}"] if missing else []
    return [*found, *(["the manifest was edited"] if manifest.is_edited else [])]


def _few(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
