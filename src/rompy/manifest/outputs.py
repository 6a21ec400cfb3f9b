"""The files that a model and its postprocessors wrote, as they are known at a glance."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rompy.core.workspace import HIDDEN, Workspace

SLACK_NS = 2 * 10**9
"""Some file systems know times to two seconds only."""


def files_in(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Regular files and links below a workspace, with their state, but for what is rompy's own.

    Workspaces of other runs within this one are passed over.
    """
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(
            name
            for name in folders
            if name != HIDDEN and not os.path.isdir(here / name / HIDDEN)  # noqa: PTH112
        )
        links = [name for name in folders if (here / name).is_symlink()]
        for name in (*names, *links):
            path = here / name
            try:
                status = path.lstat()
            except FileNotFoundError:  # gone meanwhile
                continue
            if stat.S_ISREG(status.st_mode) or stat.S_ISLNK(status.st_mode):
                yield path.relative_to(root).as_posix(), status


def outputs_since(
    workspace: Workspace, since_ns: int, generated: Mapping[str, Any], former: Mapping[str, Any]
) -> dict[str, Any]:
    """What was written since a time (of the clock of the file system), added to the outputs that were known before.

    Nothing is read: files are told by size and time, until their content is (`rompy.manifest.output_contents`). Those
    that are gone are left out. Generated files count when they were changed; they were there before that time, so that
    no clocks of two machines have to be allowed for.
    """
    found = {}
    for name, status in files_in(workspace.root):
        if status.st_mtime_ns < since_ns - (0 if name in generated else SLACK_NS):
            if name in former:
                found[name] = former[name]
        elif stat.S_ISREG(status.st_mode):
            found[name] = {"bytes": status.st_size, "modified_ns": status.st_mtime_ns}
        else:
            link = {"link": os.readlink(workspace.root / name)}  # noqa: PTH115 - the text as it stands, not as a path
            if not is_same(link, generated.get(name)):
                found[name] = link
    return dict(sorted(found.items()))


def is_same(identity: Mapping[str, Any], generated: Any) -> bool:
    """Whether a file is as it was generated."""
    return isinstance(generated, Mapping) and all(identity.get(key) == generated[key] for key in generated)


def is_unread(entry: Mapping[str, Any]) -> bool:
    """Whether the content of an output has still to be read."""
    return entry.get("modified_ns") is not None


def started_ns(workspace: Workspace) -> int:
    """When the last attempt at running the model was prepared, by the clock of the file system."""
    return workspace.launch_sh.stat().st_mtime_ns
