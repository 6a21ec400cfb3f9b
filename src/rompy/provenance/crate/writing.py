"""Writes a crate: a folder, or one file, with the runs and what is to be known about them."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rompy.core import atomic
from rompy.core.workspace import Workspace
from rompy.digest import DigestCache, FileDigest, digest_of, digests_of
from rompy.errors import WorkspaceError
from rompy.manifest import read_manifest
from rompy.provenance import archive_file
from rompy.provenance.archive import changes_since, new_file
from rompy.provenance.archive_index import Inputs
from rompy.provenance.contents import Contents, contents_of
from rompy.provenance.copies import is_copy, take_along
from rompy.provenance.crate.agents import Credits
from rompy.provenance.crate.describing import PackedRun, graph_of
from rompy.provenance.crate.graph import METADATA, PREVIEW
from rompy.provenance.crate.preview import page_of
from rompy.provenance.runs import runs_in
from rompy.provenance.underway import require_quiet


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
    credited: Credits | None = None,
    title: str | None = None,
) -> Crate:
    """Write a Process Run Crate of one or several runs.

    Args:
        places: folders of runs, or folders with runs in them.
        target: a new folder, or a file that ends in ``.zip``; by default such a file in the current folder.
        inputs: as for archives.
        licence: of the crate's content: an address, or a name or expression of SPDX such as ``CC-BY-4.0``.
        credited: who is named.
        title: name of the crate; by default that of the run.

    Raises:
        WorkspaceError: a place is no run, a model runs in it, or the target cannot be made.
        ManifestError: a record cannot be relied on.
        DataError: an input of which a copy is wanted is gone or has changed.
        ConfigError: the licence is not known.
    """
    require_quiet(*map(Path, places))
    roots = runs_in(places)
    folder = (roots[0] if len(roots) == 1 else Path(places[0])).absolute().name
    target = Path(target or f"{folder}.crate.zip")
    for root in roots:
        require_quiet(root)
        new_file(target, root)
    with tempfile.TemporaryDirectory(prefix=".rompy-crate-", dir=target.absolute().parent) as scratch:
        runs, contents, warnings = _collected(roots, inputs, Path(scratch))
        name = title or (str(runs[0].manifest.run_id) if len(runs) == 1 else folder)
        digests = _digests(contents)
        packed = {name: digest.sha256 for name, digest in digests.items()}
        for run in runs:
            found = changes_since(run.manifest, packed, run.folder)
            warnings += [f"{run.manifest.run_id}: {words}" for words in found]
        graph = graph_of(runs, digests, title=name, licence=licence, credited=credited)
        extra = {METADATA: graph.to_json(), PREVIEW: page_of(graph)}
        if target.suffix == ".zip":
            archive_file.write(target, contents, title=name, inputs=inputs, extra=extra)
        else:
            _write_folder(target, contents, extra)
    if licence is None:
        warnings.append("no licence is stated, so nobody may use it: give one with --license")
    size = sum(digest.bytes for digest in digests.values())
    return Crate(target, tuple(str(run.manifest.run_id) for run in runs), len(digests), size, tuple(warnings))


def _collected(
    roots: list[Path], inputs: Inputs, scratch: Path
) -> tuple[list[PackedRun], Contents, list[str]]:
    whole, runs, warnings = Contents(), list[PackedRun](), list[str]()
    for number, (root, folder) in enumerate(zip(roots, _folders(roots), strict=True)):
        manifest = read_manifest(Workspace(root))
        contents = contents_of(root, inputs)
        room = scratch / str(number)
        room.mkdir()
        missing = take_along(contents, root, manifest, inputs, room)
        warnings += [f"no copy of {one}" for one in missing]
        names = _names(contents, folder, whole)
        whole.files |= {names[name]: path for name, path in contents.files.items() if name in names}
        whole.links |= {folder + name: target for name, target in contents.links.items()}
        whole.copies |= {uri: names.get(name, folder + name) for uri, name in contents.copies.items()}
        whole.references += contents.references
        runs.append(PackedRun(manifest, folder, root))
    whole.check()
    return runs, whole, warnings


def _names(contents: Contents, folder: str, whole: Contents) -> dict[str, str]:
    """What the files of a run are called in the crate. Copies of what several runs read are kept once, at its top."""
    names = {name: folder + name for name in contents.files if name not in (METADATA, PREVIEW)}
    for name in filter(is_copy, names):
        former = whole.files.get(name)
        if former is None or digest_of(former) == digest_of(contents.files[name]):
            names[name] = name
    return names


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


def _write_folder(target: Path, contents: Contents, extra: dict[str, bytes]) -> None:
    try:
        with atomic.appearing(target) as folder:
            for name, source in sorted(contents.files.items()):
                path = folder / name
                path.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, path)
            for name, destination in sorted(contents.links.items()):
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                (folder / name).symlink_to(destination)
            for name, content in extra.items():
                (folder / name).write_bytes(content)
    except OSError as error:
        raise WorkspaceError(f"it cannot be written: {error.strerror or error}", file=target) from error
