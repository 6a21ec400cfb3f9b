"""Transfer from web servers."""

from __future__ import annotations

import os
from pathlib import Path

from rompy.errors import TransferError
from rompy.transfer.address import Address, parse_scheme, path_of, without_secrets
from rompy.transfer.base import TransferBase, UnsupportedOperation, missing, target_in


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
        import httpx

        from rompy.transfer.download import download_http_file, extract_filename_from_url

        url = os.fspath(uri)
        shown = without_secrets(url)
        target = target_in(path_of(destdir), uri, extract_filename_from_url(url) if name is None else name)
        try:
            return download_http_file(url, target.parent, target.name)
        except httpx.HTTPStatusError as error:
            if error.response.status_code in (httpx.codes.NOT_FOUND, httpx.codes.GONE):
                raise missing(shown) from error
            raise TransferError(f"cannot fetch {error}") from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            reason = str(error) or type(error).__name__
            raise TransferError(
                f"cannot fetch {shown}: {reason}", hint="Check the address and the network."
            ) from error
