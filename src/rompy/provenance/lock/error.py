"""The error that something is not what is pinned."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import ClassVar

from rompy.errors import ReproducibilityError
from rompy.printable import in_one_line


class LockError(ReproducibilityError):
    """The environment, the inputs or the program are not those that are pinned."""

    code: ClassVar[str] = "reproducibility.lock"

    def __init__(self, differences: Iterable[str], path: Path) -> None:
        self.differences = tuple(differences)
        listed = "".join(f"\n    {in_one_line(line)}" for line in self.differences)
        count = f"{len(self.differences)} difference{'' if len(self.differences) == 1 else 's'}"
        super().__init__(
            f"{count} from what is pinned:{listed}",
            file=path,
            hint="Restore what is pinned, or pin anew what is there: rompy lock.",
        )


def refuse(differences: Iterable[str], path: Path) -> None:
    """Raise LockError if there are differences."""
    found = tuple(differences)
    if found:
        raise LockError(found, path)
