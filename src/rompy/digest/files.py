"""Digests of files: streamed, several at a time, and remembered until a file changes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

from rompy.digest.file_digest import FileDigest
from rompy.long_work import LongWork, working
from rompy.regular_file import opener

if TYPE_CHECKING:
    from rompy.digest.cache import DigestCache

_BLOCK = 2**18
"""Bytes read at once. Above some kilobytes hashlib lets other threads run meanwhile."""
_TOGETHER = 64
"""Files handed to a thread at a time: to hand one over costs more than to read a small one."""

FilePath = str | os.PathLike[str]
PathLike = TypeVar("PathLike", bound=FilePath)


def digest_of(path: FilePath, kind: str = "sha256") -> str:
    """Hexadecimal digest of a file, read in blocks.

    Args:
        kind: any that ``hashlib.new`` knows.

    Raises:
        OSError: it cannot be read.
    """
    return _read(path, kind)[1]


def digests_of(
    paths: Iterable[FilePath],
    *,
    workers: int | None = None,
    cache: DigestCache | None = None,
    work: LongWork | None = None,
) -> list[FileDigest | OSError]:
    """Size and SHA-256 of files, in their order; for one that cannot be read the error in its place.

    Args:
        workers: threads that read; by default as many as there are processors, eight at most.
        cache: knows files that have not changed since it saw them; None reads every file.
        work: what this is a part of; by default it is long work of its own.
    """
    wanted = [os.fspath(path) for path in paths]
    found = {} if cache is None else cache.look_up(wanted)
    missing = [path for path in wanted if path not in found]
    fresh = dict(zip(missing, _all_read(missing, workers, work), strict=True))
    if cache is not None:
        cache.remember({path: digest for path, digest in fresh.items() if isinstance(digest, FileDigest)})
    return [found[path] if path in found else fresh[path] for path in wanted]


def sha256_by_path(paths: Iterable[PathLike]) -> dict[PathLike, str]:
    """SHA-256 of those files that can be read; files that have not changed since the last time are not read again."""
    from rompy.digest.cache import DigestCache

    wanted = list(paths)
    found = zip(wanted, digests_of(wanted, cache=DigestCache()), strict=True)
    return {path: digest.sha256 for path, digest in found if isinstance(digest, FileDigest)}


def _all_read(paths: list[str], workers: int | None, work: LongWork | None) -> list[FileDigest | OSError]:
    if not paths:
        return []
    if work is None:
        with working("reading files", sum(map(_size, paths))) as own:
            return _all_read(paths, workers, own)
    workers = min(8, os.cpu_count() or 1) if workers is None else workers
    if len(paths) < 2 or workers < 2:
        return [_read_or_error(path, work) for path in paths]
    size = max(1, min(_TOGETHER, len(paths) // (4 * workers)))
    lots = [paths[i : i + size] for i in range(0, len(paths), size)]
    with ThreadPoolExecutor(workers, thread_name_prefix="digest") as pool:
        try:
            return [one for lot in pool.map(lambda lot: _lot_read(lot, work), lots) for one in lot]
        except BaseException:
            work.stop()  # or the end of the pool would wait until all of its files are read
            raise


def _lot_read(paths: list[str], work: LongWork) -> list[FileDigest | OSError]:
    return [_read_or_error(path, work) for path in paths]


def _read_or_error(path: str, work: LongWork) -> FileDigest | OSError:
    try:
        return FileDigest(*_read(path, "sha256", work))
    except OSError as error:
        return error


def _size(path: str) -> int:
    try:
        return os.stat(path).st_size  # noqa: PTH116 - paths are texts here, for speed
    except OSError:
        return 0


def _read(path: FilePath, kind: str, work: LongWork | None = None) -> tuple[int, str]:
    """Number of bytes and digest of what is read, which belong together even if the file grows meanwhile."""
    total, digest = 0, hashlib.new(kind, usedforsecurity=False)
    block = memoryview(bytearray(_BLOCK))
    with open(path, "rb", buffering=0, opener=opener) as file:
        while size := file.readinto(block):
            total += size
            digest.update(block[:size])
            if work is not None:
                work.advance(size)
    return total, digest.hexdigest()
