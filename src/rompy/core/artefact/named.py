"""Files that a recipe names."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from rompy.core.resolve import resolve
from rompy.errors import RompyError
from rompy.secrets import in_address

NEVER_FILES = frozenset({"model_type", "id", "type", "variable", "checkout"})
"""Fields that never name a file to read."""
_LONGEST = 4096
"""Characters of a path at most."""

NameKind = Literal["", "file", "folder", "pattern", "remote"]


@dataclass(frozen=True)
class Named:
    """A file on this machine that a text names."""

    text: str
    path: Path
    field: str | None = None
    """Where the description has the object that names it."""
    counts_by_content: bool = False
    """Whether it may lie anywhere, so that only its content and the end of its name count."""

    @classmethod
    def of(cls, text: str, field: str | None) -> Named:
        """From a text that names a file."""
        return cls(text, Path(os.path.abspath(resolve(text))), field)  # noqa: PTH100 - links stay

    def anywhere(self) -> Named:
        """The same file, whatever its name."""
        return replace(self, counts_by_content=True)

    def as_input(self) -> dict[str, Any]:
        """What the record of a run tells of it, but for its content."""
        return {"field": self.field, "uri": in_address(self.text), "kind": "file", "path": str(self.path)}

    def told(self, sha256: str | None) -> dict[str, Any]:
        """For the record."""
        if self.counts_by_content:
            return {"file": sha256, "suffix": "".join(self.path.suffixes)}
        return {"file": sha256, "name": self.text}


def kind_of_name(text: str) -> NameKind:
    """What a text names: a file or folder that is there, a pattern of files, something elsewhere, or nothing."""
    if not text or len(text) > _LONGEST or "\n" in text or "\0" in text:
        return ""
    try:
        place = resolve(text)
        if not isinstance(place, Path):
            return "remote" if "://" in text else ""
        if place.is_dir():
            return "folder"
        if place.exists():
            return "file"
        return "pattern" if "/" in text and any(sign in text for sign in "*?[") else ""
    except (RompyError, OSError, ValueError):  # no path at all
        return ""
