"""Downloads a file from a web server: streamed, whole or not at all, with another attempt where that can help."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar
from urllib.parse import unquote

import httpx

from rompy.errors import TransferError
from rompy.transfer.address import without_secrets
from rompy.transfer.arrival import arriving
from rompy.transfer.base import target_in

logger = logging.getLogger(__name__)

MAX_BYTES = 500 * 2**20
"""Largest file that is downloaded; more belongs into a store that can be read in parts."""
PAUSES = (1.0, 2.0, 4.0)
"""Seconds to wait before each further attempt."""
LONGEST_PAUSE = 30.0
"""Limit (s) to the pause that a server may ask for in Retry-After."""
PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Statuses that another attempt may change."""


class TooLargeError(TransferError, ValueError):
    """The file is larger than what is downloaded in one piece."""

    code: ClassVar[str] = "transfer.too_large"


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
    """
    target = target_in(Path(dest_dir), url, extract_filename_from_url(url) if name is None else name)
    if target.is_file() and target.stat().st_size > 0:
        logger.info("keeping %s, which was downloaded before", target)
        return target
    error = _attempt(url, target, timeout)
    for pause in PAUSES:
        if error is None or not _may_pass(error):
            break
        seconds = max(pause, _asked_pause(error))
        logger.warning("%s: %s; another attempt in %g s", without_secrets(url), _reason(error), seconds)
        time.sleep(seconds)
        error = _attempt(url, target, timeout)
    if error is not None:
        raise error
    return target


def extract_filename_from_url(url: str) -> str:
    """File name that a URL ends with, decoded; ``download`` when there is none."""
    path = without_secrets(url).partition("://")[2].partition("/")[2]
    name = unquote(path.rpartition("/")[2])
    return "download" if name in ("", ".", "..") or "/" in name or "\0" in name else name


def _attempt(url: str, target: Path, timeout: float) -> httpx.HTTPError | None:
    """Download once; give back what the network or the server did wrong."""
    try:
        with arriving(target) as new, _secrets_kept():
            _fetch(url, new, timeout)
    except (httpx.TransportError, httpx.HTTPStatusError) as error:
        return error
    return None


@contextmanager
def _secrets_kept() -> Iterator[None]:
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


def _fetch(url: str, target: Path, timeout: float) -> None:
    # Without compression on the way, the length that the server states is the length of the file.
    headers = {"Accept-Encoding": "identity"}
    with (
        httpx.stream("GET", url, timeout=timeout, follow_redirects=True, headers=headers) as response,
        target.open("wb") as file,
    ):
        if not response.is_success:
            raise httpx.HTTPStatusError(
                f"{without_secrets(url)}: {response.status_code} {response.reason_phrase}",
                request=response.request,
                response=response,
            )
        stated = response.headers.get("Content-Length", "")
        length = int(stated) if stated.isdigit() else None
        _check_size(url, length or 0)
        for block in response.iter_bytes():
            file.write(block)
            _check_size(url, file.tell())
        received = response.num_bytes_downloaded
    if length is not None and received != length:
        raise httpx.RemoteProtocolError(f"{received} of {length} bytes arrived")


def _check_size(url: str, size: int) -> None:
    if size > MAX_BYTES:
        raise TooLargeError(
            f"{without_secrets(url)} is larger than {MAX_BYTES // 2**20} MiB",
            hint="Download it yourself, or read it in parts through a source.",
        )


def _may_pass(error: Exception) -> bool:
    if isinstance(error, httpx.HTTPStatusError):
        return error.response.status_code in PASSING
    return not isinstance(error, (httpx.UnsupportedProtocol, httpx.LocalProtocolError))


def _asked_pause(error: Exception) -> float:
    """Seconds that the server asks to wait, within bounds; its other form, a date, is not read."""
    if not isinstance(error, httpx.HTTPStatusError):
        return 0.0
    asked = error.response.headers.get("Retry-After", "")
    return min(float(asked), LONGEST_PAUSE) if asked.isdigit() else 0.0


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.HTTPStatusError):
        return f"status {error.response.status_code}"
    return str(error) or type(error).__name__
