"""Where rompy keeps on this machine what it could make or fetch again."""

from __future__ import annotations

import os
from pathlib import Path

FOLDER = "ROMPY_CACHE_DIR"


def cache_folder() -> Path:
    """ROMPY_CACHE_DIR, or rompy's folder among the caches of the user."""
    stated = os.environ.get(FOLDER)
    if stated:
        return Path(stated).expanduser()
    from platformdirs import user_cache_path

    return user_cache_path("rompy")
