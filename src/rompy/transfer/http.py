"""Transfer from web servers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rompy.errors import TransferError
from rompy.transfer.address import Address, parse_scheme, path_of, without_secrets
from rompy.transfer.arrival import refuse_loss
from rompy.transfer.base import TransferBase, UnsupportedOperation, missing, target_in
from rompy.transfer.version import Version


class HttpTransfer(TransferBase):
    """``http://`` and ``https://`` addresses, which can be fetched and nothing else."""

    def get(self, uri: Address, destdir: Address, name: str | None = None, link: bool = False) -> Path:
        """Download the file, or keep one of that name that is there already and not empty.

        Raises:
            MissingFileError: the server says that there is no such file.
            TransferError: it refuses, fails, or cannot be reached, after several attempts where they make sense.
        """
        if link:
            raise UnsupportedOperation(parse_scheme(uri), "link")
        from rompy.transfer.download import download_http_file, extract_filename_from_url

        url = os.fspath(uri)
        target = target_in(path_of(destdir), uri, extract_filename_from_url(url) if name is None else name)
        refuse_loss(target, (), without_secrets(url))
        with explained(url):
            return download_http_file(url, target.parent, target.name)

    def version(self, uri: Address) -> Version:
        """Which version of its content an address holds, as far as the server tells without sending it.

        Raises:
            MissingFileError: the server says that there is no such file.
            TransferError: it refuses, fails, or cannot be reached.
        """
        import httpx

        from rompy.transfer.asking import ask

        url = os.fspath(uri)
        with explained(url):
            try:
                headers = ask(url, method="HEAD").headers
            except httpx.HTTPStatusError as error:
                if error.response.status_code in (405, 501):  # it answers no such questions
                    return Version()
                raise
        length = headers.get("Content-Length", "")
        return Version.of_headers(headers, int(length) if length.isdecimal() else None)


@contextmanager
def explained(url: str) -> Iterator[None]:
    """Turn what httpx raises into an error of ours that names the address without its secrets.

    Raises:
        MissingFileError: the server says that there is no such file.
        TransferError: anything else.
    """
    import httpx

    shown = without_secrets(url)
    try:
        yield
    except httpx.HTTPStatusError as error:
        status = error.response.status_code
        if status in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
            raise missing(shown) from error
        hint = _HINTS.get(status, "The server fails; try again later." if status >= 500 else None)
        raise TransferError(f"cannot fetch {error}", hint=hint) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        reason = str(error) or type(error).__name__
        raise TransferError(
            f"cannot fetch {shown}: {reason}", hint="Check the address and the network."
        ) from error


_HINTS = {
    401: "It needs credentials: put them for this host into ~/.netrc.",
    403: "It is not for everybody: check that you have access, and credentials for this host in ~/.netrc.",
    429: "The server asks for fewer requests; try again later.",
}
