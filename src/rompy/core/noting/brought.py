"""Stores and files that are put together from the pieces of them that an archive brought along."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from typing import Any

from rompy.errors import MissingFileError
from rompy.fetch.supply import RANGE, Pieces, supply

METADATA = ("zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata")
"""Names by which Zarr looks for what is in a store; those that are not there need not have been noted."""


def brought_store(address: str) -> Any:
    """A store of Zarr with the objects that were read of what is at an address; None when none were brought along."""
    pieces = _pieces(address)
    if pieces is None:
        return None
    try:
        from zarr.storage import MemoryStore
    except ImportError:  # zarr 2, whose stores are mappings
        return BroughtObjects(pieces)
    from zarr.core.buffer import default_buffer_prototype

    class BroughtStore(MemoryStore):
        """Objects as they were read: whole, or the same ranges of bytes."""

        async def get(self, key: str, prototype: Any = None, byte_range: Any = None) -> Any:
            content = objects.get_range(key, range_text(byte_range))
            kind = prototype or default_buffer_prototype()
            return None if content is None else kind.buffer.from_bytes(content)

    objects = BroughtObjects(pieces)
    return BroughtStore(dict.fromkeys(objects, None), read_only=True)  # type: ignore[arg-type]


def brought_file(address: str, block: int) -> Any:
    """A file that reads blocks which were read before; None when none were brought along.

    Args:
        block: bytes that were read at once.
    """
    pieces = _pieces(address)
    size = None if pieces is None else (pieces.told.get("version") or {}).get("size")
    return None if pieces is None or size is None else BroughtFile(pieces, int(size), block)


def range_text(part: Any) -> str:
    """A range of bytes of an object as ``@start-end``, ``@start-`` or ``@-length`` for the last ones."""
    if part is None:
        return ""
    if hasattr(part, "suffix"):
        return f"{RANGE}-{part.suffix}"
    return f"{RANGE}{part.start}-{part.end}" if hasattr(part, "end") else f"{RANGE}{part.offset}-"


class BroughtObjects(Mapping[str, bytes]):
    """Objects of a store by their keys.

    An object that nobody asked for when the run was made is an error: to take it for one that is not there would give
    values that are missing in the place of those that nobody has.
    """

    def __init__(self, pieces: Pieces) -> None:
        self._pieces = pieces

    def __getitem__(self, key: str) -> bytes:
        content = self.get_range(key, "")
        if content is None:
            raise KeyError(key)
        return content

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._pieces.keys))

    def __len__(self) -> int:
        return len(self._pieces.keys)

    def get_range(self, key: str, part: str) -> bytes | None:
        """An object, or a range of its bytes; None when it was not there.

        Raises:
            MissingFileError: it was not asked for when the run was made.
        """
        content = self._pieces.get(f"{key}{part}")
        if content is not None or key.rpartition("/")[2] in METADATA:
            return content
        if self._pieces.is_known_absent(key):
            return None
        raise _not_read(self._pieces, f"{key}{part}")


class BroughtFile(io.RawIOBase):
    """A file of which blocks were read; looks like those of fsspec as far as reading and noting go."""

    def __init__(self, pieces: Pieces, size: int, block: int) -> None:
        from fsspec.caching import BlockCache

        self._pieces, self._place = pieces, 0
        self.size = size
        self.details = {"size": size, "ETag": (pieces.told.get("version") or {}).get("etag")}
        self.cache = BlockCache(block, self._fetched, size)

    def _fetched(self, start: int, end: int) -> bytes:
        content = self._pieces.get(f"{start}-{end}")
        if content is None:
            raise _not_read(self._pieces, f"{start}-{end}")
        return content

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._place = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self.size}[whence]
        return self._place

    def readinto(self, buffer: Any) -> int:
        content = self.cache._fetch(self._place, min(self._place + len(buffer), self.size))
        buffer[: len(content)] = content
        self._place += len(content)
        return len(content)


def _pieces(address: str) -> Pieces | None:
    brought = supply()
    return None if brought is None else brought.pieces_of(address)


def _not_read(pieces: Pieces, name: str) -> MissingFileError:
    return MissingFileError(
        f"the archive has no copy of {name} of {pieces.told['uri']}: it was not read when the run was made",
        hint="Something else is asked for now than then: another description, or another version of rompy.",
    )
