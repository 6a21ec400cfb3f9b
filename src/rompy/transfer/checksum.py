"""Checksums of files, written as ``sha256:0123...``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from rompy.digest import digest_of
from rompy.errors import ConfigError, TransferError

_LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
"""Hexadecimal digits of each kind that is accepted."""


class ChecksumError(TransferError):
    """What arrived is not what was asked for."""

    code: ClassVar[str] = "transfer.checksum"


@dataclass(frozen=True)
class Checksum:
    """The digest that a file must have."""

    kind: str
    digest: str

    @classmethod
    def parse(cls, text: str) -> Checksum:
        """Read ``kind:digits``; bare digits are told by their number.

        Raises:
            ConfigError: it is not a checksum.
        """
        kind, _, digest = text.strip().lower().rpartition(":")
        kind = kind or next((name for name, length in _LENGTHS.items() if length == len(digest)), "")
        if _LENGTHS.get(kind) != len(digest) or set(digest) - set("0123456789abcdef"):
            raise ConfigError(
                f"{text!r} is not a checksum",
                hint=f"Write sha256: and 64 hexadecimal digits; also known: {', '.join(sorted(_LENGTHS))}.",
            )
        return cls(kind, digest)

    def check(self, path: Path, address: str) -> None:
        """Check a file that came from an address.

        Raises:
            ChecksumError: it has another digest.
        """
        found = digest_of(path, self.kind)
        if found != self.digest:
            raise ChecksumError(
                f"{address} has the wrong checksum: {self.kind} {found} instead of {self.digest} "
                f"({path.stat().st_size} bytes)",
                hint="The file was changed or damaged. Compare the checksum with what its publisher states now.",
            )

    def __str__(self) -> str:
        return f"{self.kind}:{self.digest}"
