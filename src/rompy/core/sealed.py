"""JSON records that bear a digest of themselves, so that a hand's or a disk's change to them shows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rompy.core import atomic
from rompy.digest.meaning import meaning_sha256

SEAL = "self_sha256"
"""Key of the digest, over the meaning of everything else in the record."""


def write_sealed(path: Path, values: Mapping[str, Any]) -> None:
    """Write a record with its seal, whole or not at all.

    Keys stay in their order, which may mean something in settings; it does not count for the seal.
    """
    text = json.dumps(sealed(values), indent=1, ensure_ascii=False) + "\n"
    # Names of files that are no UTF-8 hold surrogates, whose escapes by Python are those of JSON.
    atomic.write_bytes(path, text.encode("utf-8", "backslashreplace"))


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The record with its seal.

    It is no signature: whoever edits the record can also compute a new seal. It finds what was edited or damaged
    unawares; against intent, keep the seal elsewhere.
    """
    rest = {key: value for key, value in values.items() if key != SEAL}
    return {**rest, SEAL: meaning_sha256(rest)}


def is_intact(values: Mapping[str, Any]) -> bool:
    """Whether a record is as it was sealed."""
    return values.get(SEAL) == sealed(values)[SEAL]
