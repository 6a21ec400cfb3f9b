"""Files and folders that arrive whole or not at all: put together beside their place, then moved into it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from rompy.errors import TransferError


@contextmanager
def arriving(target: Path) -> Iterator[Path]:
    """A path for a new file, folder or link that takes the place of ``target`` when the block ends well.

    The folder of ``target`` is made when missing. A link is replaced, not followed. When the block fails, what was
    there before stays, and nothing else is left.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=".rompy-", suffix=".part", dir=target.parent))
    try:
        (room / "new").mkdir()
        new = room / "new" / target.name
        yield new
        _replace(target, new, room / "old")
    finally:
        _discard(room)


def refuse_loss(target: Path, names: Collection[str], uri: object) -> None:
    """Refuse to replace a folder in which there is something that does not come again.

    Args:
        names: relative paths of the files that arrive; empty for a file.

    Raises:
        TransferError: files would be lost; names some.
    """
    if not _is_folder(target):
        return
    here = {path.relative_to(target).as_posix() for path in target.rglob("*") if not _is_folder(path)}
    lost = sorted(here - set(names))
    if lost:
        some = ", ".join(lost[:3]) + (" and more" if len(lost) > 3 else "")
        raise TransferError(
            f"{target} is a folder with files that {uri} would not bring again: {some}",
            hint="Move them away, or give another name.",
        )


def _replace(target: Path, new: Path, old: Path) -> None:
    """Rename ``new`` to ``target``; a folder in the way is moved to ``old``, and back should that fail."""
    if not _is_folder(new) and not _is_folder(target):
        new.replace(target)
        return
    with suppress(FileNotFoundError):
        target.rename(old)
    try:
        new.rename(target)
    except OSError:
        with suppress(FileNotFoundError):
            old.rename(target)
        raise


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _discard(room: Path) -> None:
    """Remove the working folder; folders in it that are read-only, as at their source, are no obstacle."""
    for folder, folders, _ in os.walk(room):
        for name in folders:
            path = Path(folder, name)
            if not path.is_symlink():
                path.chmod(0o700)
    shutil.rmtree(room)
