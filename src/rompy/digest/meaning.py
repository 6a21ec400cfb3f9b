"""Digest of plain values by what they mean: the same for any order of keys, and on any host."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any


def meaning_sha256(value: Any) -> str:
    """SHA-256 of the canonical text of a value.

    >>> meaning_sha256({"a": 1, "b": [0.5]}) == meaning_sha256({"b": (5e-1,), "a": 1})
    True

    Raises:
        TypeError: there is something in it that has no canonical form, such as a dataset.
    """
    return hashlib.sha256(canonical(value).encode("utf-8", "surrogatepass")).hexdigest()


def canonical(value: Any) -> str:
    """JSON without blanks and with sorted keys, in which equal values have equal texts.

    Tuples are lists; times are ISO 8601 and durations seconds. A whole number and a decimal one are two things even
    when they are equal, since ``1`` and ``1.0`` may be written differently into an input file.

    >>> canonical({"b": (1, 2.0), "a": None})
    '{"a":null,"b":[1,2.0]}'
    """
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return _plain(value.value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, Mapping):
        return {str(_plain(key)): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((_plain(item) for item in value), key=canonical)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, PurePath):
        return value.as_posix()
    raise TypeError(f"a {type(value).__name__} has no canonical form")
