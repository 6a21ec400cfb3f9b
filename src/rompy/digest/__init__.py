"""Digests: of files, remembered until they change; of values, by what they mean.

Everything that tells contents apart by a digest asks here. Names are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "DigestCache": "cache",
    "FileDigest": "file_digest",
    "canonical": "meaning",
    "digest_of": "files",
    "digests_of": "files",
    "meaning_sha256": "meaning",
    "sha256_by_path": "files",
}

__all__ = [
    "DigestCache",
    "FileDigest",
    "canonical",
    "digest_of",
    "digests_of",
    "meaning_sha256",
    "sha256_by_path",
]

if TYPE_CHECKING:
    from rompy.digest.cache import DigestCache
    from rompy.digest.file_digest import FileDigest
    from rompy.digest.files import digest_of, digests_of, sha256_by_path
    from rompy.digest.meaning import canonical, meaning_sha256

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
