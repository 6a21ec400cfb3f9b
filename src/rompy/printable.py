"""Texts that a terminal shows as they are: what would act on it, or cannot be encoded, is written as an escape."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from math import isfinite
from typing import Any

_UNFIT = "\x00-\x08\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
"""Control characters but tab and line feed; other ends of lines; changes of direction; halves of characters, which
stand for bytes in names of files that are no UTF-8."""
_ANYWHERE = re.compile(f"[{_UNFIT}]")
_IN_A_LINE = re.compile(f"[{_UNFIT}\t\n]")
_BUT_COLOURS = re.compile(f"(\x1b\\[[0-9;]*m)|[{_UNFIT}]")


def printable(text: str, *, coloured: bool = False) -> str:
    """A text of one or several lines.

    Args:
        coloured: it may have been coloured, and stays so.
    """
    if coloured:
        return _BUT_COLOURS.sub(lambda m: m[1] or _escape(m), text)
    return _ANYWHERE.sub(_escape, text)


def in_one_line(text: str) -> str:
    """A name that somebody else chose, which cannot pass for more than one line.

    >>> in_one_line("x.nc\\nverified")
    'x.nc\\\\nverified'
    """
    return _IN_A_LINE.sub(_escape, text)


def to_json(values: Any) -> str:
    """Values as JSON that every program reads: what is no number is null. Objects of other kinds are told as texts."""
    try:
        text = json.dumps(values, indent=1, default=str, ensure_ascii=False, allow_nan=False)
    except ValueError:
        text = json.dumps(_finite(values), indent=1, default=str, ensure_ascii=False, allow_nan=False)
    return _ANYWHERE.sub(lambda m: f"\\u{ord(m[0]):04x}", text)


def _escape(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
