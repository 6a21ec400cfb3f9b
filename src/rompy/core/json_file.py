"""Reads JSON files of run directories, which a disk or a stranger may have changed in any way."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from rompy.regular_file import opener

LARGEST = 2**29
"""Bytes of a file; the record of a run of a million files has about 200 MB."""
DEEPEST = 50
"""Mappings and lists within one another; far below the depth at which Python gives up."""
_LONE_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_json(path: Path) -> Any:
    """What a file says.

    Raises:
        OSError: it cannot be read, or is no regular file.
        ValueError: it is no JSON, or has more, or says it in more depth, than any of ours.
    """
    with open(path, "rb", opener=opener) as file:
        text = file.read(LARGEST + 1)
    return parsed(text)


def parsed(text: bytes) -> Any:
    """What a text says; raises ValueError as `read_json` does."""
    if len(text) > LARGEST:
        raise ValueError(f"it has more than {LARGEST:,} bytes")
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_once)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if _is_deep(value):
        raise ValueError("it is nested too deeply")
    if _LONE_SURROGATE.search(text):
        # Names of files that are no UTF-8 are told by surrogates; others can neither be names nor be printed.
        json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogateescape")
    return value


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; the last of two values of one key would win without a word."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"the key {next(n for n in names if names.count(n) > 1)!r} is given twice")
    return found


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST):
        level = [item for one in level if isinstance(one, (dict, list)) for item in _items(one)]
    return bool(level)


def _items(one: dict[str, Any] | list[Any]) -> Any:
    return one.values() if isinstance(one, dict) else one
