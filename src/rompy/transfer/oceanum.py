"""Transfer to and from Oceanum storage."""

from __future__ import annotations

import os
from typing import Any

from rompy.errors import PluginError, TransferError
from rompy.transfer.remote import RemoteTransfer

TOKEN = "DATAMESH_TOKEN"
"""Environment variable that holds the token."""


class OceanumTransfer(RemoteTransfer):
    """``oceanum://FOLDER/FILE`` addresses.

    Raises:
        TransferError: the environment variable DATAMESH_TOKEN is not set.
    """

    def __init__(self) -> None:
        if not os.environ.get(TOKEN):
            raise TransferError(
                f"oceanum:// addresses need a token in the environment variable {TOKEN}",
                hint=f"Get one from your account at oceanum.io, then: export {TOKEN}=...",
            )

    def _filesystem(self, scheme: str) -> Any:
        import fsspec

        try:
            fsspec.get_filesystem_class("oceanum")
        except (ImportError, ValueError) as error:
            raise PluginError(
                f"oceanum:// addresses need the package oceanum, which cannot be imported: {error}",
                hint='Install it: pip install "rompy[oceanum]"',
            ) from error
        return fsspec.filesystem("oceanum", token=os.environ[TOKEN])
