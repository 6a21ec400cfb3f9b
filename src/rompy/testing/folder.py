"""What is in a folder, for comparison before and after."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from pathlib import Path


def contents(folder: Path, without: Collection[str] = (".rompy",)) -> dict[str, str]:
    """Digest of every file below ``folder`` by relative path, the text of links, and empty folders.

    Args:
        folder: a folder that may be missing, which counts as empty.
        without: relative paths of folders to leave out; by default rompy's own in a workspace, whose record of
            time and host differs each time.
    """
    found: dict[str, str] = {}
    for here, folders, files in os.walk(folder):
        place = Path(here)
        folders[:] = [
            name for name in folders if (place / name).relative_to(folder).as_posix() not in without
        ]
        for name in (*files, *folders):
            path = place / name
            relative = path.relative_to(folder).as_posix()
            if path.is_symlink():
                found[relative] = f"link to {os.readlink(path)}"  # noqa: PTH115 - the text as it stands
            elif path.is_file():
                found[relative] = hashlib.sha256(path.read_bytes()).hexdigest()
            elif not any(path.iterdir()):
                found[relative] = "empty folder"
    return found
