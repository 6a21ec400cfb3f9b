"""Media types of the files of a run, by their endings."""

from __future__ import annotations

import mimetypes
from pathlib import PurePosixPath

_OWN = {
    ".nc": "application/netcdf",
    ".sww": "application/netcdf",
    ".json": "application/json",
    ".jsonl": "application/jsonl",
    ".yml": "application/yaml",
    ".yaml": "application/yaml",
    ".csv": "text/csv",
    ".py": "text/x-python",
    ".sh": "text/x-shellscript",
    ".log": "text/plain",
    ".txt": "text/plain",
    ".png": "image/png",
    ".zip": "application/zip",
}


def media_type(name: str) -> str | None:
    """None for endings that nobody knows."""
    suffix = PurePosixPath(name).suffix.lower()
    return _OWN.get(suffix) or mimetypes.types_map.get(suffix)
