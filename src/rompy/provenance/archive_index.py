"""The list of contents that an archive carries: every file with its digest, and what it only refers to."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any, Literal

from rompy.errors import ArchiveError
from rompy.provenance import member_name

FORMAT = "rompy-archive/1"
NAME = ".rompy/archive.json"
"""Where the list lies in the archive."""
LARGEST = 512 * 2**20
"""Bytes that the list may have; that of a million files has between 100 and 200 MB."""
_SMALL = 2**20
_PART = 20
"""Times the bytes of the archive that a larger list may have. A file in it takes some 100 bytes besides the list, and
more than a quarter of the list are digests, which do not shrink: honest lists stay below 5 times."""

Inputs = Literal["by-value", "by-reference"]


def largest(archive: int) -> int:
    """Bytes that the list in an archive of so many bytes may have: to read it takes many times its size of memory."""
    return min(LARGEST, max(_SMALL, _PART * archive))


@dataclass(frozen=True)
class Member:
    """A file in the archive."""

    bytes: int
    sha256: str
    executable: bool = False


@dataclass(frozen=True)
class Reference:
    """A file or dataset that the run read and that is not in the archive."""

    uri: str
    name: str | None = None
    """Where a link in the workspace led to it; None for what the description names."""
    bytes: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class ArchiveIndex:
    """What is in an archive."""

    title: str
    """Name of the run, or of the crate."""
    inputs: Inputs = "by-reference"
    members: Mapping[str, Member] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    """Links from one member to another: name and target as it stands in the link."""
    copies: Mapping[str, str] = field(default_factory=dict)
    """Members that are copies of inputs, by what the description calls these."""
    references: tuple[Reference, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(member.bytes for member in self.members.values())

    def to_json(self) -> bytes:
        """Always the same text for the same contents."""
        members: dict[str, Any] = {
            name: {
                "bytes": member.bytes,
                "sha256": member.sha256,
                **({"executable": True} if member.executable else {}),
            }
            for name, member in self.members.items()
        }
        document = {
            "format": FORMAT,
            "title": self.title,
            "inputs": self.inputs,
            "files": members,
            "links": dict(self.links),
            "copies": dict(self.copies),
            "references": [
                {key: value for key, value in vars(reference).items() if value is not None}
                for reference in self.references
            ],
        }
        # In one line: with an indent the list of a million files takes five times longer.
        text = json.dumps(document, sort_keys=True, ensure_ascii=False) + "\n"
        return text.encode("utf-8", "backslashreplace")

    @classmethod
    def from_json(cls, text: bytes) -> ArchiveIndex:
        """Read and check it: types, names, that nothing leads out of the folder.

        Raises:
            ArchiveError: it is not such a list, or one that must not be followed.
        """
        try:
            values = json.loads(text)
            known = values["format"]
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise ArchiveError("the archive's list of contents cannot be read") from error
        if known != FORMAT:
            raise ArchiveError(
                f"the archive is of format {known!r}, this version of rompy reads {FORMAT!r}",
                hint="Unpack it with the version of rompy that made it.",
            )
        try:
            index = cls._from(values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            if isinstance(error, ArchiveError):
                raise
            raise ArchiveError(f"the archive's list of contents is damaged: {error}") from error
        index._check()
        return index

    @classmethod
    def _from(cls, values: Mapping[str, Any]) -> ArchiveIndex:
        inputs = values["inputs"]
        if inputs not in ("by-value", "by-reference"):
            raise ValueError(f"inputs: {inputs!r}")
        return cls(
            title=_text(values["title"]),
            inputs=inputs,
            members={_text(name): _member(facts) for name, facts in values["files"].items()},
            links={_text(name): _text(target) for name, target in values["links"].items()},
            copies={_text(uri): _text(name) for uri, name in values["copies"].items()},
            references=tuple(_reference(facts) for facts in values["references"]),
        )

    def _check(self) -> None:
        names = [*self.members, *self.links]
        for name in names:
            member_name.checked(name)
        member_name.require_distinct([*names, NAME])
        places = {*self.members, *member_name.folders_of(self.members)}
        _check_links(self.links, places)
        astray = [name for name in self.copies.values() if name not in places]
        if astray:
            raise ArchiveError(
                f"the archive says that {astray[0]!r} is the copy of an input, and has no such file"
            )


def _check_links(links: Mapping[str, str], places: Collection[str]) -> None:
    """Check that every link leads to a file or folder in the archive, not elsewhere or to another link."""
    for name, target in links.items():
        if target.startswith("/") or destination(name, target) not in places:
            raise ArchiveError(f"the link {name!r} leads to {target!r}, which is not in the archive")


def destination(name: str, target: str) -> str:
    """Where a relative link leads, relative to the folder; starts with ``..`` when it leads out of it."""
    return posixpath.normpath(posixpath.join(str(PurePosixPath(name).parent), target))


def _member(facts: Mapping[str, Any]) -> Member:
    size, digest = facts["bytes"], facts["sha256"]
    if type(size) is not int or size < 0:
        raise ValueError(f"{size!r} is no size")
    if not isinstance(digest, str) or len(digest) != 64 or set(digest) - set("0123456789abcdef"):
        raise ValueError(f"{digest!r} is no sha256")
    return Member(size, digest, facts.get("executable") is True)


def _reference(facts: Mapping[str, Any]) -> Reference:
    return Reference(_text(facts["uri"]), facts.get("name"), facts.get("bytes"), facts.get("sha256"))


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
