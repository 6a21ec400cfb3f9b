"""Packs a run into one portable file, with the digest of everything in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rompy.core.workspace import Workspace
from rompy.errors import DataError, WorkspaceError
from rompy.manifest import Input, Manifest, read_manifest
from rompy.provenance import archive_file
from rompy.provenance.archive_index import ArchiveIndex, Inputs, Reference
from rompy.provenance.contents import Contents, contents_of

SUFFIX = ".rompy.zip"
COPIES = ".rompy/inputs"
"""Folder of the copies of inputs. Below it they have the paths that they had on the machine where they were read."""


@dataclass(frozen=True)
class Archived:
    """An archive that was written."""

    path: Path
    index: ArchiveIndex
    warnings: tuple[str, ...]
    """What is not as one might expect: files that the manifest knows otherwise, inputs of which no copy can be made."""


def archive(
    workspace: str | Path, target: str | Path | None = None, *, inputs: Inputs = "by-reference"
) -> Archived:
    """Pack the run in a folder: what was generated, what came out, and the records of it.

    Args:
        workspace: the folder of the run.
        target: the archive; by default the name of the folder with ``.rompy.zip`` in the current folder.
        inputs: ``by-value`` takes along copies of the files that were read to generate the run; ``by-reference`` only
            their names and digests.

    Raises:
        WorkspaceError: it is no folder of a run, a model runs in it, or the target is there already or inside it.
        DataError: a file of which a copy is wanted is gone, or has changed since it was read.
        ArchiveError: a name that could not be unpacked everywhere.
    """
    root = Path(workspace)
    manifest = read_manifest(Workspace(root), allow_edited=True)
    require_quiet(root)
    target = new_file(target or f"{root.absolute().name}{SUFFIX}", root)
    contents = contents_of(root, inputs)
    warnings = add_inputs(contents, manifest, inputs)
    index = archive_file.write(target, contents, title=manifest.run_id or root.absolute().name, inputs=inputs)
    return Archived(target, index, (*warnings, *changes_since(manifest, index)))


def require_quiet(root: Path) -> None:
    """Raises WorkspaceError while a model runs in a workspace."""
    from rompy.jobs.lock import is_locked

    if is_locked(Workspace(root)):
        raise WorkspaceError("a model runs in it", file=root, hint="Wait for its end: rompy wait.")


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
    return target


def add_inputs(contents: Contents, manifest: Manifest, inputs: Inputs) -> list[str]:
    """Add copies of inputs, or references to them; returns what could not be copied, in words."""
    elsewhere = []
    for entry in manifest.inputs:
        if entry.kind == "memory":
            continue
        if inputs == "by-value" and entry.kind == "file":
            _add_copy(contents, entry)
            continue
        if inputs == "by-value":
            elsewhere.append(entry.uri)
        contents.references.append(Reference(entry.uri, None, entry.bytes, entry.sha256))
    if not elsewhere:
        return []
    return [f"no copy of what is not a file on this machine: {', '.join(sorted(set(elsewhere)))}"]


def path_of_input(entry: Input) -> Path:
    """Where a file was read."""
    return Path(entry.path or entry.uri)


def _add_copy(contents: Contents, entry: Input) -> None:
    from rompy.digest import digest_of

    path = path_of_input(entry)
    if not path.is_file():
        raise DataError(
            f"the input {path} is not there any more, so no copy can be made of it",
            field=entry.field,
            hint="Archive without copies: --inputs by-reference.",
        )
    sampled = (entry.model_extra or {}).get("sampled")
    if entry.sha256 is not None and not sampled and digest_of(path) != entry.sha256:
        raise DataError(
            f"the input {path} has changed since the run was generated",
            field=entry.field,
            hint="Generate the run anew, or archive without copies: --inputs by-reference.",
        )
    name = f"{COPIES}/{path.absolute().as_posix().lstrip('/')}"
    contents.files[name] = path
    contents.copies[entry.uri] = name
    contents.copies[path.absolute().as_posix()] = name


def changes_since(manifest: Manifest, index: ArchiveIndex, folder: str = "") -> list[str]:
    """Whether files in an archive are what the manifest says of them; in words if not."""
    known = {
        name: facts.sha256 for name, facts in {**manifest.files, **manifest.outputs}.items() if facts.sha256
    }
    packed = {name: member.sha256 for name, member in index.members.items()}
    changed = sorted(n for n, d in known.items() if packed.get(folder + n) not in (None, d))
    missing = sorted(n for n in known if folder + n not in packed)
    found = [f"not as the manifest says: {_few(changed)}"] if changed else []
    found += [f"missing, though the manifest has it: {_few(missing)}"] if missing else []
    return [*found, *(["the manifest was edited"] if manifest.is_edited else [])]


def _few(names: list[str], most: int = 5) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")
