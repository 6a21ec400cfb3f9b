"""The files that a model and its postprocessors wrote."""

from __future__ import annotations

import logging
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rompy.core.workspace import HIDDEN, Workspace, identities
from rompy.digest import DigestCache
from rompy.manifest.statistics import is_netcdf, statistics_of

logger = logging.getLogger(__name__)

SLACK_NS = 2 * 10**9
"""Some file systems know times to two seconds only."""


def files_in(root: Path) -> Iterator[tuple[str, os.stat_result]]:
    """Regular files and links below a workspace, with their state, but for what is rompy's own.

    Workspaces of other runs within this one are passed over.
    """
    for folder, folders, names in os.walk(root):
        here = Path(folder)
        folders[:] = sorted(
            name for name in folders if name != HIDDEN and not (here / name / HIDDEN).is_dir()
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

    Those that are gone are left out. Generated files count when they were changed.
    """
    names, kept = [], {}
    for name, status in files_in(workspace.root):
        if status.st_mtime_ns >= since_ns - SLACK_NS:
            names.append(name)
        elif name in former:
            kept[name] = former[name]
    found = identities(workspace.root, names, DigestCache())
    for name, identity in found.items():
        if not _is_same(identity, generated.get(name)):
            known = former.get(name)
            kept[name] = (
                known if _is_same(identity, known) else _with_statistics(workspace.root / name, identity)
            )
    return dict(sorted(kept.items()))


def started_ns(workspace: Workspace) -> int:
    """When the last attempt at running the model was prepared, by the clock of the file system."""
    return workspace.launch_sh.stat().st_mtime_ns


def _is_same(identity: Mapping[str, Any], known: Any) -> bool:
    return isinstance(known, Mapping) and all(known.get(key) == value for key, value in identity.items())


def _with_statistics(path: Path, identity: dict[str, Any]) -> dict[str, Any]:
    if "sha256" not in identity or not is_netcdf(path):
        return identity
    try:
        return {**identity, "variables": statistics_of(path)}
    except Exception as error:  # noqa: BLE001 - models leave broken files behind
        logger.warning("no statistics of %s: %s: %s", path, type(error).__name__, error)
        return identity
