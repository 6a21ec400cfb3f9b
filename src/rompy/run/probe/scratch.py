"""Folders for large files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rompy.sites.profile import Scratch

VARIABLES = ("SCRATCH", "WORK", "PSCRATCH", "CSCRATCH", "TMPDIR")
"""Environment variables that sites use for them."""
USUAL = ("/scratch", "/lustre", "/gpfs", "/work")


def scratch_folders() -> list[Scratch]:
    """Those that can be written, each once: named by a variable, else in a usual place."""
    found: dict[Path, Scratch] = {}
    for variable in VARIABLES:
        _take(found, os.environ.get(variable), variable)
    user = os.environ.get("USER", "")
    for place in USUAL:
        for path in (f"{place}/{user}" if user else None, place):
            _take(found, path, None)
    return list(found.values())


def _take(found: dict[Path, Scratch], path: str | None, variable: str | None) -> None:
    if not path or not Path(path).is_dir() or not os.access(path, os.W_OK):
        return
    folder = Path(path).resolve()
    if folder in found:
        return
    free = round(shutil.disk_usage(folder).free / 1e9, 1)
    found[folder] = Scratch(path=path, variable=variable, free_gb=free)
