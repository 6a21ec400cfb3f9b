"""The beginning of a file that is arriving, which another attempt may continue."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, ClassVar

from rompy.errors import TransferError
from rompy.transfer.version import Version

_NO_ROOM = {
    errno.ENOSPC: "no space left",
    errno.EDQUOT: "the quota is used up",
    errno.EFBIG: "files may not become larger, by a limit of the system",
}
"""What the system says when there is no room, in words."""


class DiskFullError(TransferError, OSError):
    """There is no room for the file."""

    code: ClassVar[str] = "transfer.disk_full"


class Part:
    """A file that grows. With a ``memo`` beside it, a later process can continue it too.

    It is continued only when the other end gave a validator for equal bytes; otherwise it begins anew each time.
    """

    def __init__(self, path: Path, memo: Path | None = None) -> None:
        self.path = path
        self.memo = memo
        self.version: Version | None = self._remembered()
        self.was_continued = False
        """Whether its bytes come from more than one answer."""

    @property
    def size(self) -> int:
        return self.path.stat().st_size if self.path.exists() else 0

    @property
    def validator(self) -> str | None:
        """What the rest must match; None when there is nothing that can be continued."""
        return self.version.validator if self.version is not None and self.size else None

    @contextmanager
    def written(self, version: Version | None, *, continued: bool) -> Iterator[BinaryIO]:
        """The file, opened to write from its start, or from its end.

        Raises:
            DiskFullError: no room is left. What had arrived is dropped, so that the room is free again.
        """
        if not continued:
            self.discard()
            self.version = version
            self._remember()
        self.was_continued = continued
        try:
            with disk_full_explained(self.path.parent), self.path.open("ab") as file:
                yield file
        except DiskFullError:
            self.discard()
            raise

    def check_room(self, needed: int) -> None:
        """Refuse early what does not fit.

        Raises:
            DiskFullError: fewer than ``needed`` bytes are free.
        """
        free = shutil.disk_usage(self.path.parent).free
        if needed > free:
            raise _disk_full(self.path.parent, f"{needed} bytes are to come, {free} are free")

    def discard(self) -> None:
        """Forget what has arrived."""
        self.version, self.was_continued = None, False
        self.path.unlink(missing_ok=True)
        if self.memo is not None:
            self.memo.unlink(missing_ok=True)

    def _remember(self) -> None:
        if self.memo is not None and self.version is not None and self.version.validator is not None:
            with suppress(OSError):  # then a later process begins anew
                self.memo.write_text(json.dumps(self.version.as_dict()), encoding="utf-8")

    def _remembered(self) -> Version | None:
        if self.memo is None:
            return None
        try:
            return Version.of_dict(json.loads(self.memo.read_text(encoding="utf-8")))
        except (OSError, ValueError, AttributeError):
            return None


@contextmanager
def disk_full_explained(folder: Path) -> Iterator[None]:
    """Turn the system's error about a full disk (or quota) into one that says what to do; others pass.

    Raises:
        DiskFullError: no room is left in ``folder``.
    """
    try:
        yield
    except DiskFullError:
        raise
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise _disk_full(folder, _NO_ROOM[error.errno]) from error
        raise


def _disk_full(folder: Path, reason: str) -> DiskFullError:
    error = DiskFullError(
        f"{os.fspath(folder)}: disk full: {reason}",
        hint="Free some space, or use another folder; `rompy cache prune` removes what was fetched before.",
    )
    error.errno = errno.ENOSPC
    return error
