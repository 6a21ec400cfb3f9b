"""Transfer to and from object stores: Amazon S3 and its likes, Google Cloud Storage, Azure Blob Storage."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from rompy.errors import PluginError, TransferError
from rompy.transfer.address import Address, parse_scheme
from rompy.transfer.remote import RemoteTransfer

LIBRARIES: Mapping[str, str] = MappingProxyType({"s3": "s3fs", "gs": "gcsfs", "az": "adlfs"})
"""Package that serves each scheme. The extra of rompy that installs it is called like the scheme."""


class CloudTransfer(RemoteTransfer):
    """``s3://``, ``gs://`` and ``az://`` addresses, ``scheme://BUCKET/KEY``.

    Credentials and endpoints come from the environment, as each provider's own tools read them: AWS_ACCESS_KEY_ID,
    AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL; GOOGLE_APPLICATION_CREDENTIALS; AZURE_STORAGE_ACCOUNT_NAME and
    AZURE_STORAGE_ACCOUNT_KEY.
    """

    def _filesystem(self, scheme: str) -> Any:
        import fsspec

        try:
            fsspec.get_filesystem_class(scheme)
        except ImportError as error:
            library = LIBRARIES.get(scheme, scheme)
            raise PluginError(
                f"{scheme}:// addresses need the package {library}, which cannot be imported: {error}",
                hint=f'Install it: pip install "rompy[{scheme}]"',
            ) from error
        return fsspec.filesystem(scheme, use_listings_cache=False)

    def _open(self, uri: Address) -> tuple[Any, str]:
        scheme, bucket, key = self._parse_cloud_uri(uri)
        return self._filesystem(scheme), f"{bucket}/{key}" if key else bucket

    def _parse_cloud_uri(self, uri: Address) -> tuple[str, str, str]:
        """Scheme, bucket and key of an address; the key is empty for a bucket.

        Raises:
            TransferError: it is no address of an object store.
        """
        scheme = parse_scheme(uri)
        bucket, _, key = str(uri).partition("://")[2].partition("/")
        if scheme not in LIBRARIES or not bucket:
            raise TransferError(
                f"{uri} is not an address of an object store",
                hint=f"Write {' or '.join(f'{known}://BUCKET/KEY' for known in LIBRARIES)}.",
            )
        return scheme, bucket, key.strip("/")
