"""Texts in a manifest that programs act on: what has to be a digest, a path or a time is one."""

from __future__ import annotations

import os
from typing import Annotated

from pydantic import AfterValidator

LONGEST = 3000
"""Bytes of a path; file systems take up to 4096, and copies of files have theirs below another folder."""
_LONGEST_PART = 255


def checked_path(text: str) -> str:
    """The path of a file, wherever it is. Raises ValueError when there can be no file of that name."""
    parts = os.fsencode(text).split(b"/")
    if "\0" in text or sum(map(len, parts)) > LONGEST or max(map(len, parts)) > _LONGEST_PART:
        raise ValueError(f"{text!r} cannot be the name of a file")
    return text


def _inside(name: str) -> str:
    if any(part in ("", ".", "..") for part in checked_path(name).split("/")):
        raise ValueError(f"{name!r} is no file in the run directory")
    return name


def _folder_inside(name: str) -> str:
    return name if name == "." else _inside(name)


def _digest(text: str) -> str:
    if not set(text) <= set("0123456789abcdef"):
        raise ValueError(f"{text!r} is no digest")
    return text


def _moment(text: str) -> str:
    from rompy.core.instant import parse_instant

    parse_instant(text)
    return text


Digest = Annotated[str, AfterValidator(_digest)]
"""In hexadecimal digits."""
FilePath = Annotated[str, AfterValidator(checked_path)]
"""Of any file."""
Inside = Annotated[str, AfterValidator(_inside)]
"""Of a file in the run directory, relative to it; does not lead out of it."""
FolderInside = Annotated[str, AfterValidator(_folder_inside)]
"""Of a folder in the run directory, or of itself (``.``)."""
Moment = Annotated[str, AfterValidator(_moment)]
"""A time (UTC)."""
