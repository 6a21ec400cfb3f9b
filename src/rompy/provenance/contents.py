"""What of a workspace goes into an archive: its files, links inside it, and what it only refers to."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rompy.core.workspace import HIDDEN
from rompy.errors import ArchiveError, WorkspaceError
from rompy.provenance import archive_index, member_name
from rompy.provenance.archive_index import Inputs, Reference

PASSING = frozenset(
    {
        "lock",
        "job.lock",
        "manifest.lock",
        "outputs.lock",
        "postprocess.lock",
        "generating",
        "CANCEL",
        "heartbeat.json",
        "archive.json",
    }
)
"""Files in ``.rompy`` that belong to a process or to an earlier archive, not to the run."""


@dataclass
class Contents:
    """Files by their names in the archive, which are their paths relative to the workspace."""

    files: dict[str, Path] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)

    def check(self) -> None:
        """Raises ArchiveError when the names could not be unpacked everywhere."""
        names = sorted([*self.files, *self.links])
        for name in names:
            member_name.checked(name)
        member_name.require_distinct([*names, archive_index.NAME])


def contents_of(root: Path, inputs: Inputs) -> Contents:
    """All files of a workspace.

    A link that leads out of the workspace becomes a copy of the file it leads to, or a reference. Names are not checked
    yet: ``Contents.check`` does so when all is there.

    Raises:
        WorkspaceError: there is something that is neither a file, a folder nor a link; or a link to a folder elsewhere
            of which a copy is wanted.
        ArchiveError: a link that leads nowhere.
    """
    contents = Contents()
    if (root / HIDDEN).is_symlink():
        raise WorkspaceError(
            "its records are a link to elsewhere, so they cannot be packed", file=root / HIDDEN
        )
    for path in _walk(root):
        name = path.relative_to(root).as_posix()
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            _add_link(contents, root, path, name, inputs)
        elif stat.S_ISREG(kind):
            contents.files[name] = path
        else:
            raise WorkspaceError("it is neither a file nor a folder, so it cannot be archived", file=path)
    return contents


def _walk(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, onerror=_raise):
        here = Path(folder)
        links = [name for name in folders if (here / name).is_symlink()]
        folders[:] = sorted(set(folders) - set(links))
        passing = PASSING if here == root / HIDDEN else frozenset[str]()
        yield from (here / name for name in sorted({*names, *links} - passing))


def _raise(error: OSError) -> None:
    raise error


def _add_link(contents: Contents, root: Path, path: Path, name: str, inputs: Inputs) -> None:
    target = os.readlink(path)  # noqa: PTH115 - the text as it stands, not as a path
    inside = archive_index.destination(name, target)
    if not target.startswith("/") and inside != ".." and not inside.startswith("../"):
        found = root / inside
        if found.is_symlink() or not found.exists():
            raise ArchiveError(
                f"the link {name!r} leads to {target!r}, which is not a file or folder", file=root
            )
        contents.links[name] = target
    elif path.is_dir() and inputs == "by-value":
        raise WorkspaceError(
            f"it is a link to the folder {target}, of which no copy is made",
            file=path,
            hint="Copy the folder into the workspace, or archive with --inputs by-reference.",
        )
    elif inputs == "by-value":
        if not path.is_file():
            raise WorkspaceError(f"it is a link to {target}, where no file is", file=path)
        contents.files[name] = path.resolve()
    else:
        contents.references.append(_reference(path, name, target))


def _reference(path: Path, name: str, target: str) -> Reference:
    if not path.is_file():
        return Reference(target, name)
    from rompy.digest import digest_of

    return Reference(target, name, path.stat().st_size, digest_of(path))
