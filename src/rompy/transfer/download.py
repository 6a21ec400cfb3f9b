"""Downloads a file from a web server: streamed, whole or not at all, with another attempt where that can help."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import httpx

from rompy.transfer.address import without_secrets
from rompy.transfer.arrival import arriving
from rompy.transfer.base import target_in
from rompy.transfer.checksum import Checksum, ChecksumError
from rompy.transfer.part import Part
from rompy.transfer.progress import OnProgress, Progress
from rompy.transfer.retry import asked_pause, may_pass, reason_of
from rompy.transfer.stream import Request, TooLargeError, receive
from rompy.transfer.version import Version

__all__ = ["TooLargeError", "download", "download_http_file", "extract_filename_from_url"]

logger = logging.getLogger(__name__)

MAX_BYTES = 500 * 2**20
"""Largest file that is downloaded into a folder; more belongs into a store that can be read in parts."""
PAUSES = (1.0, 2.0, 4.0)
"""Seconds to wait before each further attempt."""
WORTHWHILE = 2**20
"""Bytes that an attempt must have added, and that need not come again, to be followed by as many more."""


def download_http_file(url: str, dest_dir: str | Path, name: str | None = None, timeout: float = 30) -> Path:
    """Download ``url`` into ``dest_dir`` and return the file's path.

    A file of that name that is there already and not empty is kept, and nothing is downloaded.

    Args:
        url: address with the scheme http or https; redirects are followed.
        dest_dir: made when missing.
        name: name to give the file, by default the one in the address.
        timeout: seconds without any progress after which an attempt is given up.

    Raises:
        httpx.HTTPStatusError: the server answers with an error, at once for what another attempt cannot change.
        httpx.TransportError: it cannot be reached, or breaks off before the end, each time.
        ValueError: the file is larger than 500 MiB.
        DiskFullError: it does not fit on the disk.
    """
    target = target_in(Path(dest_dir), url, extract_filename_from_url(url) if name is None else name)
    if target.is_file() and target.stat().st_size > 0:
        logger.info("keeping %s, which was downloaded before", target)
        return target
    with arriving(target) as new:
        download(Request(url, timeout, MAX_BYTES), Part(new))
    return target


def download(
    request: Request,
    part: Part,
    *,
    checksum: Checksum | None = None,
    on_progress: OnProgress | None = None,
) -> Version | None:
    """Download into ``part``, in as many attempts as make sense, each continuing the one before where it can.

    What changes on the server between two attempts is noticed and fetched anew. After a failure ``part`` keeps what
    had arrived.

    Returns:
        The version that came; None when it still is ``request.known``.

    Raises:
        httpx.HTTPError: the server fails or refuses.
        ChecksumError: something else came than the checksum says.
        TooLargeError, DiskFullError: it does not fit.
    """
    attempt, pauses = 1, iter(PAUSES)
    while True:
        before = part.size
        try:
            version = receive(request, part, _told(request, on_progress, attempt))
            if version is not None and checksum is not None:
                _checked(checksum, part, request)
        except (httpx.TransportError, httpx.HTTPStatusError) as error:
            if part.validator is not None and part.size - before >= WORTHWHILE:
                pauses = iter(PAUSES)
            pause = next(pauses, None) if may_pass(error) else None
            if pause is None:
                raise
            seconds = max(pause, asked_pause(error))
            logger.warning("%s: %s; another attempt in %g s", request.shown, reason_of(error), seconds)
            time.sleep(seconds)
            attempt += 1
        else:
            return version


def extract_filename_from_url(url: str) -> str:
    """File name that a URL ends with, decoded; ``download`` when there is none."""
    path = without_secrets(url).partition("://")[2].partition("/")[2]
    name = unquote(path.rpartition("/")[2])
    return "download" if name in ("", ".", "..") or "/" in name or "\0" in name else name


def _told(
    request: Request, on_progress: OnProgress | None, attempt: int
) -> Callable[[int, int | None], None]:
    def tell(done: int, total: int | None) -> None:
        if on_progress is not None:
            on_progress(Progress(request.shown, done, total, attempt))

    return tell


def _checked(checksum: Checksum, part: Part, request: Request) -> None:
    """Check what arrived, and drop it if it is wrong. Once it is fetched anew if it was put together from pieces."""
    continued = part.was_continued
    try:
        checksum.check(part.path, request.shown)
    except ChecksumError as error:
        part.discard()
        if continued:
            raise httpx.RemoteProtocolError(f"the pieces do not fit together: {error.message}") from error
        raise
