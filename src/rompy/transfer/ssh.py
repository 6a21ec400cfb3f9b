"""Connections by SSH, to known hosts only, one for each thread and machine."""

from __future__ import annotations

import atexit
import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakSet

import paramiko
from fsspec.implementations.sftp import SFTPFileSystem

from rompy.errors import TransferError

TIMEOUT = 30.0
"""Seconds to wait for a connection, and for each answer."""


class SshStore(SFTPFileSystem):
    """fsspec's file system with the rules of ``ssh``: unknown hosts are refused, and silence has an end."""

    cachable = False  # a connection belongs to the thread that made it

    def _connect(self) -> None:
        settings = _settings(self.host)
        host = str(settings.get("hostname") or self.host)
        user = self.ssh_kwargs.get("username") or settings.get("user")
        port = int(self.ssh_kwargs.get("port") or settings.get("port", 22))
        self.client = paramiko.SSHClient()
        self.client.load_system_host_keys()
        self.client.set_missing_host_key_policy(paramiko.RejectPolicy())
        try:
            self.client.connect(
                host,
                port,
                user,
                key_filename=settings.get("identityfile"),
                timeout=TIMEOUT,
                banner_timeout=TIMEOUT,
                auth_timeout=TIMEOUT,
            )
            self.ftp = self.client.open_sftp()
            self.ftp.get_channel().settimeout(TIMEOUT)
        except (paramiko.SSHException, OSError) as error:
            self.client.close()
            raise _explained(error, host, port) from error

    @property
    def is_open(self) -> bool:
        transport = self.client.get_transport()
        return transport is not None and transport.is_active()

    def put_file(self, lpath: str, rpath: str, callback: Any = None, **kwargs: Any) -> None:
        """Send a file, which takes its place when it is complete."""
        self.makedirs(self._parent(rpath), exist_ok=True)
        folder, _, name = rpath.rpartition("/")
        beside = f"{folder}/.{name[:200]}.{os.getpid()}-{threading.get_ident()}.part"
        try:
            self.ftp.put(lpath, beside)
            self.ftp.posix_rename(beside, rpath)
        except BaseException:
            with suppress(Exception):  # what went wrong before is what matters
                self.ftp.remove(beside)
            raise

    def walk(
        self,
        path: str,
        maxdepth: int | None = None,
        topdown: bool = True,
        on_error: Any = "raise",
        **kwargs: Any,
    ) -> Any:
        """Folders and files below a folder; fsspec leaves out, in silence, what it cannot list."""
        yield from super().walk(path, maxdepth, topdown, on_error, **kwargs)


_mine = threading.local()
_all: WeakSet[SshStore] = WeakSet()


def connected(host: str, port: int | None, user: str | None) -> SshStore:
    """The store on a machine, connected.

    Raises:
        TransferError: it cannot be reached, is not known, or refuses.
    """
    stores: dict[Any, SshStore] = _mine.__dict__.setdefault("stores", {})
    key = (host, port, user, os.getpid())
    if key not in stores or not stores[key].is_open:
        stores[key] = SshStore(host, port=port, username=user)
        _all.add(stores[key])
    return stores[key]


def is_lost(error: BaseException) -> bool:
    """Whether an error, by what led to it, means that a connection is gone, whichever way that was noticed."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, paramiko.SSHException):
            refused = (paramiko.AuthenticationException, paramiko.BadHostKeyException)
            return not isinstance(seen, refused) and "known_hosts" not in str(seen)
        if isinstance(seen, EOFError) or str(seen) == "Socket is closed":
            return True
        seen = seen.__cause__
    return False


def forget(host: str, port: int | None, user: str | None) -> None:
    """Close this thread's connection to a machine, if there is one."""
    store = _mine.__dict__.setdefault("stores", {}).pop((host, port, user, os.getpid()), None)
    if store is not None:
        store.client.close()


@atexit.register
def disconnect() -> None:
    """Close all connections; they are made again when they are needed."""
    for store in list(_all):
        store.client.close()


def _settings(host: str) -> dict[str, Any]:
    """What ~/.ssh/config says of a host."""
    path = Path("~/.ssh/config").expanduser()
    return dict(paramiko.SSHConfig.from_path(str(path)).lookup(host)) if path.is_file() else {}


def _explained(error: Exception, host: str, port: int) -> TransferError:
    text = str(error) or type(error).__name__
    hint = "Check the address and the network."
    if isinstance(error, paramiko.BadHostKeyException):
        hint = "Its key differs from the one in ~/.ssh/known_hosts: ask who runs it before you go on."
    elif "known_hosts" in text:
        hint = f"Connect once by hand and compare the key: ssh -p {port} {host}"
    elif isinstance(error, paramiko.AuthenticationException) or "authentication" in text:
        hint = "Put a key that it accepts into the SSH agent or ~/.ssh."
    return TransferError(f"cannot connect to {host} by SSH: {text}", hint=hint)
