"""Which version of its content an address holds, as far as the other end tells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

_TAGS = ("ETag", "etag", "version_id", "VersionId", "generation", "md5Hash", "crc32c")
"""Names under which the stores of fsspec tell a tag that changes with the content."""
_TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")


DESCRIBED = "description:"
"""Begins the tags of versions that are only what a service tells about its data, which may change without it."""
RESOLUTION = 2.0
"""Seconds within which two changes may bear the same time."""


@dataclass(frozen=True)
class Version:
    """What tells one content of an address from the next."""

    etag: str | None = None
    """Tag that the other end gives to the content, with its quotes."""
    modified: str | None = None
    """When it was last modified, in the other end's own spelling; None unless that tells contents apart."""
    size: int | None = None
    """Bytes of the whole content."""

    @classmethod
    def of_headers(cls, headers: Mapping[str, str], size: int | None) -> Version:
        """The version that an HTTP response tells.

        ``Last-Modified`` has a resolution of one second. It counts only when the response came in a later second, as
        otherwise the content may have changed again within the same one (RFC 9110, 8.8.2.2).
        """
        modified = headers.get("Last-Modified")
        told, now = _moment(modified), _moment(headers.get("Date"))
        is_past = told is not None and now is not None and (now - told).total_seconds() >= 1
        return cls(headers.get("ETag") or None, modified if is_past else None, size)

    @classmethod
    def of_info(cls, info: Mapping[str, Any]) -> Version:
        """The version that a store of fsspec tells.

        Where there is no tag, the time of modification counts once it is some seconds past, as many stores know it to
        a second only.
        """
        tag = next((str(info[name]) for name in _TAGS if info.get(name)), None)
        modified = next((info[name] for name in _TIMES if info.get(name)), None)
        size = info.get("size")
        told = None if modified is None or (tag is None and _is_recent(modified)) else str(modified)
        return cls(tag, told, None if size is None else int(size))

    @classmethod
    def of_dict(cls, data: Mapping[str, Any]) -> Version:
        """The version that ``as_dict`` wrote."""
        return cls(data.get("etag"), data.get("modified"), data.get("size"))

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def is_known(self) -> bool:
        """Whether a later content would show by another version; a size alone does not tell."""
        return self.etag is not None or self.modified is not None

    @property
    def is_described(self) -> bool:
        """Whether it is what a service tells about its data: values may change while that stays the same."""
        return self.etag is not None and self.etag.startswith(DESCRIBED)

    @property
    def validator(self) -> str | None:
        """What ``If-Range`` may state: a tag for equal bytes, or else the time."""
        if self.etag is not None:
            return None if self.etag.startswith("W/") else self.etag
        return self.modified

    def conditions(self) -> dict[str, str]:
        """Headers that ask for the content only if it is not of this version."""
        if self.etag is not None:
            return {"If-None-Match": self.etag}
        return {} if self.modified is None else {"If-Modified-Since": self.modified}

    def is_same(self, other: Version) -> bool:
        """Whether two versions are known to be of the same content."""
        if self.size is not None and other.size is not None and self.size != other.size:
            return False
        if self.etag is not None or other.etag is not None:
            return self.etag == other.etag
        return self.modified is not None and self.modified == other.modified


def _is_recent(modified: Any) -> bool:
    """Whether a time, as a datetime or in seconds since 1970, is not safely past; unreadable ones count as recent."""
    if isinstance(modified, (int, float)):
        modified = datetime.fromtimestamp(modified, timezone.utc)
    if not isinstance(modified, datetime):
        return True
    modified = modified if modified.tzinfo else modified.replace(tzinfo=timezone.utc)
    return (datetime.now(timezone.utc) - modified).total_seconds() < RESOLUTION


def _moment(text: str | None) -> datetime | None:
    if not text:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
