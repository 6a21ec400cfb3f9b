"""One request to a web server, whose answer is written to a file as it comes."""

from __future__ import annotations

import logging
import netrc
import os
import re
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import ClassVar

import httpx

from rompy.errors import TransferError
from rompy.transfer.address import without_secrets
from rompy.transfer.part import Part
from rompy.transfer.version import Version

logger = logging.getLogger(__name__)

LEAST_BYTES = 1024
"""What must arrive within each time-out, so that a server that drips does not hold us for ever."""


class TooLargeError(TransferError, ValueError):
    """The file is larger than what is downloaded in one piece."""

    code: ClassVar[str] = "transfer.too_large"


@dataclass(frozen=True)
class Request:
    """What is asked for, and within which bounds."""

    url: str
    timeout: float = 30.0
    """Seconds without progress after which it is given up."""
    limit: int | None = None
    """Largest number of bytes to accept."""
    known: Version | None = None
    """The version that is here already, which need not come again."""

    @property
    def shown(self) -> str:
        """The address without what is secret in it."""
        return without_secrets(self.url)

    def check_size(self, size: int) -> None:
        """Refuse a content of so many bytes if that is beyond the limit.

        Raises:
            TooLargeError: it is.
        """
        if self.limit is not None and size > self.limit:
            raise TooLargeError(
                f"{self.shown} is larger than {_in_words(self.limit)}",
                hint="Download it yourself, or read it in parts through a source.",
            )


@dataclass(frozen=True)
class _Answer:
    """What the headers of an answer say of the bytes that follow."""

    version: Version
    offset: int
    length: int | None
    """Bytes that follow; None when the server does not tell."""
    can_continue: bool


def receive(request: Request, part: Part, on_bytes: Callable[[int, int | None], None]) -> Version | None:
    """Ask once, and write what comes to ``part``, behind what is there already if the server agrees.

    Returns:
        The version of the whole file; None when it still is the one that is known.

    Raises:
        httpx.HTTPStatusError: the server answers with an error.
        httpx.TransportError: it cannot be reached, is silent or slow, breaks off, or contradicts itself.
        TooLargeError: the file is larger than the limit.
        DiskFullError: no room is left.
    """
    with _asked(request, part) as response:
        if response.status_code == httpx.codes.NOT_MODIFIED and request.known is not None:
            return None
        answer = _understood(request, response, part)
        if request.known is not None and answer.version.is_known and request.known.is_same(answer.version):
            return None  # the server does not know conditional requests
        whole = answer.version.size
        request.check_size(whole or 0)
        if answer.length is not None:
            part.check_room(answer.length)
        version = answer.version if answer.can_continue else None
        pace = _Pace(request.timeout)
        with part.written(version, continued=answer.offset > 0) as file:
            for block in response.iter_bytes():
                file.write(block)
                _check_length(file.tell(), whole)
                request.check_size(file.tell())
                on_bytes(file.tell(), whole)
                pace.check(len(block))
        # With a compression that was not asked for, the stated length is that of what was on the wire.
        if answer.length is not None and response.num_bytes_downloaded != answer.length:
            raise httpx.RemoteProtocolError(
                f"{response.num_bytes_downloaded} of {answer.length} bytes arrived"
            )
    if whole is not None and part.size != whole:
        raise httpx.RemoteProtocolError(f"{part.size} of {whole} bytes arrived")
    return answer.version


@contextmanager
def _asked(request: Request, part: Part) -> Iterator[httpx.Response]:
    # Without compression on the way, the length that the server states is the length of the file.
    headers = {"Accept-Encoding": "identity"}
    if request.known is not None:
        headers |= request.known.conditions()
    if part.validator is not None:
        headers |= {"Range": f"bytes={part.size}-", "If-Range": part.validator}
    with (
        secrets_kept(),
        httpx.stream(
            "GET",
            request.url,
            timeout=request.timeout,
            follow_redirects=True,
            headers=headers,
            verify=certificates(),
            auth=credentials(),
        ) as response,
    ):
        yield response


def _understood(request: Request, response: httpx.Response, part: Part) -> _Answer:
    """What the answer brings, after checking that it fits what was asked and what is here."""
    if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE and part.size:
        part.discard()
        raise httpx.RemoteProtocolError("the server has nothing behind what has arrived: it is fetched anew")
    if response.status_code not in (200, 203, 206):
        raise httpx.HTTPStatusError(
            f"{request.shown}: {response.status_code} {response.reason_phrase}",
            request=response.request,
            response=response,
        )
    stated = response.headers.get("Content-Length", "")
    length = int(stated) if stated.isdecimal() else None
    if response.status_code == httpx.codes.PARTIAL_CONTENT:
        return _continuation(response, part, length)
    compressed = "Content-Encoding" in response.headers
    version = Version.of_headers(response.headers, None if compressed else length)
    no_ranges = response.headers.get("Accept-Ranges", "").lower() == "none"
    return _Answer(version, 0, length, can_continue=not compressed and not no_ranges)


def _continuation(response: httpx.Response, part: Part, length: int | None) -> _Answer:
    former, text = part.version, response.headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", text.strip())
    if former is None or match is None or "Content-Encoding" in response.headers:
        part.discard()
        raise httpx.RemoteProtocolError(f"a part of the file came that was not asked for: {text!r}")
    first, last = int(match[1]), int(match[2])
    whole = former.size if match[3] == "*" else int(match[3])
    told = Version.of_headers(response.headers, whole)
    changed = (
        told.etag != former.etag if told.etag is not None else told.modified not in (None, former.modified)
    )
    if changed or (former.size is not None and whole != former.size):
        part.discard()
        raise httpx.RemoteProtocolError("the file changed while it was being fetched: it is fetched anew")
    if first != part.size or length not in (None, last - first + 1) or (whole is not None and last >= whole):
        part.discard()
        raise httpx.RemoteProtocolError(f"the server answers with another part than asked for: {text!r}")
    return _Answer(Version(former.etag, former.modified, whole), first, last - first + 1, can_continue=True)


def _check_length(size: int, whole: int | None) -> None:
    if whole is not None and size > whole:
        raise httpx.RemoteProtocolError(f"more than the stated {whole} bytes arrived")


class _Pace:
    """Notices an answer that comes so slowly that it will never end."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self.since, self.bytes = time.monotonic(), 0

    def check(self, size: int) -> None:
        self.bytes += size
        elapsed = time.monotonic() - self.since
        if elapsed < self.timeout:
            return
        if self.bytes < LEAST_BYTES:
            raise httpx.ReadTimeout(f"only {self.bytes} bytes arrived in {elapsed:.1f} s")
        self.since, self.bytes = time.monotonic(), 0


@lru_cache(maxsize=1)
def certificates() -> ssl.SSLContext:
    """Reading the certificates takes longer than asking a server whether a file is unchanged."""
    return httpx.create_ssl_context()


def credentials() -> httpx.Auth | None:
    """User and password by host, from the file that NETRC names or ~/.netrc, as other tools for the web read them."""
    path = Path(os.environ.get("NETRC") or "~/.netrc").expanduser()
    if not path.is_file():
        return None
    try:
        return httpx.NetRCAuth(str(path))
    except (netrc.NetrcParseError, OSError) as error:
        logger.warning("%s is not used: %s", path, getattr(error, "msg", error))
        return None


@contextmanager
def secrets_kept() -> Iterator[None]:
    """Keep what may be secret in a URL out of what httpx logs."""

    def redact(record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(
                without_secrets(str(part)) if isinstance(part, httpx.URL) else part for part in record.args
            )
        return True

    library = logging.getLogger("httpx")
    library.addFilter(redact)
    try:
        yield
    finally:
        library.removeFilter(redact)


def _in_words(size: int) -> str:
    return f"{size // 2**20} MiB" if size >= 2**20 else f"{size} bytes"
