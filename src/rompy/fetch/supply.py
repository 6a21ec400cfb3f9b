"""Copies of what a run read elsewhere, as an archive brings them along: looked into before any server is asked.

What there is a copy of is told by the record of the run: its inputs with address, slice, version and digest. Copies lie
in one folder, called after their digests, and are only read. One that is not what its name says is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from rompy.digest import canonical, digest_of
from rompy.errors import ArchiveError
from rompy.fetch.entry import Slice
from rompy.secrets import in_address, without_secrets
from rompy.transfer.version import Version

RANGE = "@"
"""Stands between the key of an object and a range of its bytes."""


@dataclass(frozen=True)
class Copy:
    """The copy of a file, or of a part of what is at an address."""

    path: Path
    sha256: str
    size: int
    version: Version
    """Of the original, when it was read."""


class Supply:
    """All copies that one archive brought along."""

    def __init__(
        self, folder: Path, inputs: Iterable[Mapping[str, Any]], files: Mapping[str, Path] | None = None
    ) -> None:
        """
        Args:
            folder: of the copies.
            inputs: as a manifest has them. Those of which there is no copy are passed over.
            files: copies of files, by the absolute paths that they had.
        """
        self.contents = Contents(folder)
        self._files = files or {}
        self._whole: dict[str, Mapping[str, Any]] = {}
        self._pieces: dict[str, Pieces] = {}
        for told in inputs:
            if told.get("pieces"):
                pieces = Pieces(told, self.contents)
                if pieces.are_complete:
                    self._pieces.setdefault(told["uri"], pieces)
            elif told["kind"] == "remote" and self.contents.has(told.get("sha256")):
                self._whole.setdefault(_key(told["uri"], told.get("slice")), told)

    def __bool__(self) -> bool:
        return bool(self._whole or self._pieces or self._files)

    def file(self, path: Path) -> Path:
        """Where a file is now: what one file names in another, such as a catalogue, is not rewritten."""
        return self._files.get(path.absolute().as_posix(), path)

    def find(self, address: str, part: Slice | None = None) -> Copy | None:
        """The copy of what is at an address, or of a part of it.

        Raises:
            ArchiveError: it is damaged.
        """
        told = self._whole.get(_key(address, part))
        if told is None:
            return None
        path = self.contents.checked(told["sha256"])
        version = Version.of_dict(told.get("version") or {})
        return Copy(path, told["sha256"], path.stat().st_size, version)

    def pieces_of(self, address: str) -> Pieces | None:
        """The pieces that were read of something large: a store, or a file that was read in blocks."""
        return self._pieces.get(in_address(address))

    def has_file(self, address: str) -> bool:
        """Whether there is a copy of all that is at an address, or of the blocks that were read of it."""
        return _key(address, None) in self._whole or self.pieces_of(address) is not None

    def has_only_whole(self, address: str, part: Slice) -> bool:
        """Whether there is a copy of all that is at an address, or of blocks of it, and none of that part."""
        return self.has_file(address) and self.find(address, part) is None

    @cached_property
    def addresses(self) -> tuple[str, ...]:
        """Addresses of everything of which there are copies, without secrets."""
        told = (*self._whole.values(), *(pieces.told for pieces in self._pieces.values()))
        return tuple(sorted({str(one["uri"]) for one in told}))

    def version_of(self, address: str) -> Version | None:
        """Which version was at an address when it was read; None where nothing was read of it."""
        shown = in_address(address)
        told = (*self._whole.values(), *(pieces.told for pieces in self._pieces.values()))
        found = next((one for one in told if one["uri"] == shown), None)
        return None if found is None else Version.of_dict(found.get("version") or {})


@dataclass(frozen=True)
class Contents:
    """Files called after their digests."""

    folder: Path
    _checked: dict[str, Path] = field(default_factory=dict)

    def has(self, sha256: str | None) -> bool:
        """Whether there is a file of that content, going by its name."""
        return sha256 is not None and sha256 in self._paths

    def checked(self, sha256: str) -> Path:
        """The file of that content. Raises ArchiveError when it holds another one."""
        if sha256 not in self._checked:
            path = self._paths[sha256]
            if digest_of(path) != sha256:
                raise ArchiveError(
                    "this copy of an input is damaged: its content is not that of its name",
                    file=path,
                    hint="Restore the archive anew.",
                )
            self._checked[sha256] = path
        return self._checked[sha256]

    @cached_property
    def _paths(self) -> dict[str, Path]:
        # The end of a name, by which libraries tell the format, follows the digest.
        return {path.name.partition(".")[0]: path for path in sorted(self.folder.glob("*"))}


@dataclass(frozen=True)
class Pieces:
    """What was read of something large, by key or by range of bytes."""

    told: Mapping[str, Any]
    """The input as the manifest has it."""
    contents: Contents

    @property
    def names(self) -> Mapping[str, str]:
        """Digests by name."""
        names: Mapping[str, str] = self.told["pieces"]
        return names

    @property
    def are_complete(self) -> bool:
        """Whether there is a copy of each."""
        return all(self.contents.has(digest) for digest in self.names.values())

    @property
    def keys(self) -> set[str]:
        """Keys of objects of which all or a part was read."""
        return {name.partition(RANGE)[0] for name in self.names}

    def get(self, name: str) -> bytes | None:
        """A piece; None when it was not read."""
        digest = self.names.get(name)
        return None if digest is None else self.contents.checked(digest).read_bytes()

    def is_known_absent(self, name: str) -> bool:
        """Whether it was asked for, and was not there."""
        return name in (self.told.get("absent") or ())


_supply: ContextVar[Supply | None] = ContextVar("supply", default=None)


def supply() -> Supply | None:
    """What was brought along for this block; None when nothing was."""
    return _supply.get()


@contextmanager
def supplied(brought: Supply | None) -> Iterator[None]:
    """Within this block, what there are copies of is taken from them, and nobody is asked for it."""
    token = _supply.set(brought or None)
    try:
        yield
    finally:
        _supply.reset(token)


def _key(address: str, part: Slice | None) -> str:
    told = None if part is None else without_secrets(part)
    return canonical([in_address(address), told])
