"""Files that a source finds by itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class FilesFound:
    """Files of which a source reads some: which, is settled by their names and by what it reads of them."""

    names: tuple[str, ...]
