"""Transfer to and from machines that are reached by SSH."""

from __future__ import annotations

import os
from importlib import import_module
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

from rompy.errors import PluginError, TransferError
from rompy.transfer.address import Address, without_secrets
from rompy.transfer.remote import RemoteTransfer


class SftpTransfer(RemoteTransfer):
    """``sftp://USER@HOST:PORT/PATH`` addresses; the path begins at the root of the other machine.

    As with ``ssh``, keys come from the SSH agent and ~/.ssh, the host must be in ~/.ssh/known_hosts, and ~/.ssh/config
    may give the real name, port, user and key of a host. Passwords in addresses are refused.
    """

    def _filesystem(self, scheme: str) -> Any:
        raise TransferError(f"{scheme}:// addresses need a host")  # the store depends on it: see _open

    def _open(self, uri: Address) -> tuple[Any, str]:
        (host, port, user), path = self._parts(uri)
        return _ssh().connected(host, port, user), path

    def _may_pass(self, error: BaseException | None) -> bool:
        return super()._may_pass(error) or (error is not None and bool(_ssh().is_lost(error)))

    def _disconnect(self, uri: Address) -> None:
        _ssh().forget(*self._parts(uri)[0])

    def _parts(self, uri: Address) -> tuple[tuple[str, int | None, str | None], str]:
        """Host, port and user, and the path there."""
        text = os.fspath(uri)
        head, _, rest = text.partition("://")[2].partition("/")
        parts = urlsplit(f"sftp://{head}")
        if parts.password is not None:
            raise TransferError(
                f"{without_secrets(text)}: passwords do not belong into addresses",
                hint="Put a key into ~/.ssh or the SSH agent.",
            )
        if not parts.hostname or not rest.strip("/"):
            raise TransferError(f"{text} names nothing", hint="Write sftp://USER@HOST/PATH.")
        user = unquote(parts.username) if parts.username else None
        return (parts.hostname, parts.port, user), "/" + rest.strip("/")

    def _address(self, uri: Address, path: str) -> str:
        head = os.fspath(uri).partition("://")[2].partition("/")[0]
        return f"sftp://{head}/{path.lstrip('/')}"

    def _is_store(self, path: str) -> bool:
        return path == "/"


def _ssh() -> ModuleType:
    try:
        return import_module("rompy.transfer.ssh")
    except ImportError as error:
        raise PluginError(
            f"sftp:// addresses need the package paramiko, which cannot be imported: {error}",
            hint='Install it: pip install "rompy[sftp]"',
        ) from error
