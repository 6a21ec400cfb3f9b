"""Moving files between this machine and other places, one class a URI scheme.

Schemes are found through the entry-point group ``rompy.transfer``; names here are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "CloudTransfer": "cloud",
    "FileTransfer": "file",
    "HttpTransfer": "http",
    "OceanumTransfer": "oceanum",
    "Progress": "progress",
    "SftpTransfer": "sftp",
    "TransferBase": "base",
    "TransferBatchResult": "manager",
    "TransferFailurePolicy": "manager",
    "TransferItemResult": "manager",
    "TransferManager": "manager",
    "UnknownSchemeError": "registry",
    "UnsupportedOperation": "base",
    "available_schemes": "registry",
    "get_transfer": "registry",
    "join_prefix": "address",
    "parse_scheme": "address",
}

__all__ = [
    "CloudTransfer",
    "FileTransfer",
    "HttpTransfer",
    "OceanumTransfer",
    "Progress",
    "SftpTransfer",
    "TransferBase",
    "TransferBatchResult",
    "TransferFailurePolicy",
    "TransferItemResult",
    "TransferManager",
    "UnknownSchemeError",
    "UnsupportedOperation",
    "available_schemes",
    "get_transfer",
    "join_prefix",
    "parse_scheme",
]

if TYPE_CHECKING:
    from rompy.transfer.address import join_prefix, parse_scheme
    from rompy.transfer.base import TransferBase, UnsupportedOperation
    from rompy.transfer.cloud import CloudTransfer
    from rompy.transfer.file import FileTransfer
    from rompy.transfer.http import HttpTransfer
    from rompy.transfer.manager import (
        TransferBatchResult,
        TransferFailurePolicy,
        TransferItemResult,
        TransferManager,
    )
    from rompy.transfer.oceanum import OceanumTransfer
    from rompy.transfer.progress import Progress
    from rompy.transfer.registry import UnknownSchemeError, available_schemes, get_transfer
    from rompy.transfer.sftp import SftpTransfer

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
