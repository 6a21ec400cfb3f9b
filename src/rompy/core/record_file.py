"""Records of a run directory: read as what they are declared to be, or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, TypeVar

from rompy.core.json_file import read_json
from rompy.core.typed import typed
from rompy.errors import WorkspaceError

T = TypeVar("T")


class RecordError(WorkspaceError):
    """A record that is there and cannot be relied on."""

    code: ClassVar[str] = "workspace.record"

    @classmethod
    def of(cls, path: Path, reason: str) -> RecordError:
        """From what is wrong with the record."""
        return cls(
            f"the record cannot be relied on: {reason}",
            file=path,
            hint="It was damaged or edited. Restore it from a copy, or move it away; nothing was changed.",
        )


def read_record(path: Path, kind: type[T], *, layout: str | None = None, **more: Any) -> T | None:
    """What a record says; None when there is none.

    Args:
        kind: a dataclass, see `rompy.core.typed`.
        layout: what the record states as its ``format``, such as ``rompy-job/1``; one that states none is of this.
        more: fields that the record does not hold, or that are not believed.

    Raises:
        RecordError: it is damaged, was edited to something else, is of another layout, or is no file that can be read.
    """
    try:
        values = read_json(path)
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise RecordError.of(path, "it is a link that leads nowhere") from None
        return None
    except OSError as error:
        raise RecordError.of(path, error.strerror or str(error)) from error
    except ValueError as error:
        raise RecordError.of(path, f"it is no JSON of ours: {error}") from None
    if not isinstance(values, dict):
        raise RecordError.of(path, "it is no JSON object")
    stated = values.get("format", layout)
    if stated != layout:
        raise RecordError.of(path, f"it is of the layout {stated!r:.60}, and this rompy knows {layout}")
    try:
        return typed(kind, {**values, **more})
    except ValueError as error:
        raise RecordError.of(path, str(error)) from None
