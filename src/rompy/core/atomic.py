"""Files that appear whole or not at all: written under a temporary name in the same folder, then renamed."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_UMASK = os.umask(0)  # it can only be read by setting it; done once, as it belongs to all threads
os.umask(_UMASK)


@contextmanager
def replacing(path: str | Path, *, sync: bool = True) -> Iterator[Path]:
    """A temporary path beside ``path`` that takes its place when the block ends well, and vanishes otherwise.

    The file keeps the permissions that an ordinary new file would have. Links are replaced, not followed.

    Args:
        sync: whether it has to survive a crash of the machine at once; that of a process it survives in any case.
    """
    path = Path(path)
    with _named(path):
        handle, name = tempfile.mkstemp(
            prefix=f".{path.name}.", suffix=f".part{path.suffix}", dir=path.parent
        )
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.chmod(0o666 & ~_UMASK)
        if sync:
            with temporary.open("rb") as file:
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise


def write_bytes(path: str | Path, data: bytes, *, sync: bool = True) -> None:
    """Write a whole file of bytes. As ``replacing``, in fewer steps: a job has several small files, and an array of
    jobs has thousands."""
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name}.{os.urandom(6).hex()}.part")  # noqa: PTH118
    with _named(path):
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(handle, rest) :]
            if sync:
                os.fsync(handle)
        finally:
            os.close(handle)
        os.replace(temporary, path)  # noqa: PTH105
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)  # noqa: PTH108
        raise


@contextmanager
def _named(path: str | Path) -> Iterator[None]:
    """An error in the block names the file that is wanted, not the temporary one, of which nobody knows."""
    try:
        yield
    except OSError as error:
        error.filename = os.fspath(path)
        raise


def write_text(path: str | Path, text: str, *, sync: bool = True) -> None:
    """Write a whole text file in UTF-8 with line feeds as given."""
    write_bytes(path, text.encode("utf-8"), sync=sync)


def write_json(path: str | Path, value: Any, *, sync: bool = True) -> None:
    """Write JSON in one canonical layout: sorted keys, one space of indent, a newline at the end."""
    write_text(path, json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False) + "\n", sync=sync)


@contextmanager
def appearing(folder: str | Path) -> Iterator[Path]:
    """A temporary folder beside ``folder`` that becomes it when the block ends well, and vanishes otherwise.

    Raises:
        OSError: ``folder`` is there by then and holds something. Nothing in it is touched.
    """
    folder = Path(folder).absolute()
    temporary = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.parent))
    try:
        yield temporary
        temporary.chmod(0o777 & ~_UMASK)
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
