"""Where rompy keeps on this machine what it could make or fetch again."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

FOLDER = "ROMPY_CACHE_DIR"


def cache_folder() -> Path:
    """ROMPY_CACHE_DIR, or rompy's folder among the caches of the user."""
    stated = os.environ.get(FOLDER)
    if stated:
        return Path(stated).expanduser()
    from platformdirs import user_cache_path

    return own_folder(lambda: user_cache_path("rompy"), "cache")


def own_folder(find: Callable[[], Path], name: str) -> Path:
    """What ``find`` gives; for a user without a home, as in some containers, a folder among temporary files.

    Args:
        name: of that folder.
    """
    with suppress(RuntimeError):
        folder = find()
        if folder.is_absolute():  # or it begins with ``~``, and would be made wherever one works
            return folder
    place = Path(tempfile.gettempdir(), f"rompy-{os.getuid()}")
    with suppress(FileExistsError):
        place.mkdir(mode=0o700)
    status = place.lstat()
    if (
        not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid()
    ):  # what others put there is not trusted
        place = Path(tempfile.mkdtemp(prefix="rompy-"))
    return place / name
