"""What is known of the content of a file."""

from __future__ import annotations

from typing import NamedTuple


class FileDigest(NamedTuple):
    """What tells the content of one file from that of another."""

    bytes: int
    sha256: str
