"""What the cache knows of one version of one thing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rompy.transfer.address import parse_scheme, without_secrets
from rompy.transfer.version import Version

Slice = Mapping[str, Any]
"""What of the whole it is, in values that JSON knows; empty for all of it."""


@dataclass(frozen=True)
class Entry:
    """A version of what is at an address, or of a slice of it."""

    address: str
    """Address without secrets, for people."""
    key: str
    """Digest of the full address and the slice. It tells things apart without giving away what is in a query."""
    slice: dict[str, Any]
    version: Version
    digest: str
    """SHA-256 of the content, by which it is stored."""
    size: int
    """Bytes."""
    suffix: str
    """End of the file's name, by which some libraries tell the format."""
    changed_ns: int
    """Time of modification of the stored file, to notice that somebody wrote to it."""
    fetched: str
    """When it came (UTC, ISO 8601)."""

    @property
    def name(self) -> str:
        """Name of the record: one for each version of each thing."""
        told = json.dumps(self.version.as_dict(), sort_keys=True) if self.version.is_known else self.digest
        return f"{self.key}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.json"

    @property
    def age_s(self) -> float:
        """Seconds since it came."""
        return (datetime.now(timezone.utc) - datetime.fromisoformat(self.fetched)).total_seconds()

    def to_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True, indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def read(cls, path: Path) -> Entry | None:
        """The record in a file; None if it is damaged or gone."""
        try:
            data = json.loads(path.read_text(encoding="utf-8"))
            return cls(**{**data, "version": Version.of_dict(data["version"])})
        except (OSError, ValueError, TypeError, KeyError, AttributeError):
            return None


def key_of(address: str, part: Slice | None = None) -> str:
    """Digest that stands for an address and a slice of what is there."""
    told = json.dumps([address, dict(part or {})], sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


def shown(address: str) -> str:
    """An address fit for people and files."""
    return address if parse_scheme(address) == "file" else without_secrets(address)
