"""Transfer to and from any store that fsspec speaks to."""

from __future__ import annotations

import logging
import os
import time
from abc import abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from rompy.errors import RompyError, TransferError
from rompy.transfer.address import Address, Addresses, parse_scheme, path_of
from rompy.transfer.arrival import arriving, refuse_loss
from rompy.transfer.base import TransferBase, UnsupportedOperation, missing, put_address, target_in
from rompy.transfer.part import disk_full_explained
from rompy.transfer.version import Version

logger = logging.getLogger(__name__)

PAUSES = (1.0, 2.0, 4.0)
"""Seconds to wait before each further attempt to fetch what was cut short or could not be reached."""


_T = TypeVar("_T")


class CutShortError(TransferError):
    """Fewer or more bytes arrived than there are."""

    code: ClassVar[str] = "transfer.cut_short"


class RemoteTransfer(TransferBase):
    """Everything but the connection, which a subclass makes in ``_filesystem``.

    Sizes are compared after each copy, so that what was cut short is never taken for complete. A connection that was
    lost since the last call is made again, once; no error but the store's own word means that something is not there.
    """

    @abstractmethod
    def _filesystem(self, scheme: str) -> Any:
        """The fsspec file system to use, without a cache of listings.

        Raises:
            PluginError: it needs an extra that is not installed.
        """

    def get(self, uri: Address, destdir: Address, name: str | None = None, link: bool = False) -> Path:
        if link:
            raise UnsupportedOperation(parse_scheme(uri), "link")
        target = target_in(path_of(destdir), uri, name)
        for pause in PAUSES:
            try:
                return self._get(uri, target)
            except TransferError as error:  # noqa: PERF203 - one turn is the rule
                if not self._may_pass(error):
                    raise
                logger.warning("%s; another attempt in %g s", error.message, pause)
                time.sleep(pause)
                self._disconnect(uri)
        return self._get(uri, target)

    def _get(self, uri: Address, target: Path) -> Path:
        with _explained(uri, "fetch"), disk_full_explained(target.parent):
            store, path = self._open(uri)
            is_folder = store.info(path)["type"] == "directory"
            refuse_loss(target, _inside(store, path) if is_folder else (), uri)
            with arriving(target) as new:
                if is_folder:
                    _fetch_folder(store, path, new, uri)
                else:
                    _fetch(store, path, new)
        return target

    def exists(self, uri: Address) -> bool:
        def look(store: Any, path: str) -> bool:
            try:
                store.info(path)  # fsspec's own `exists` takes every error for a no
            except FileNotFoundError:
                return False
            return True

        return self._reached(uri, "look for", look)

    def list(self, uri: Address) -> Addresses:
        def look(store: Any, path: str) -> Addresses:
            if store.info(path)["type"] != "directory":
                return [os.fspath(uri)]
            names = {name.strip("/") for name in store.ls(path, detail=False)} - {path.strip("/")}
            return sorted(self._address(uri, name) for name in names)

        return self._reached(uri, "list", look)

    def put(self, local_path: Address, uri: Address) -> str:
        source = path_of(local_path)
        if not source.exists():
            raise missing(local_path)
        address = put_address(source, uri)

        def send(store: Any, path: str) -> None:
            for file in [source] if source.is_file() else sorted(source.rglob("*")):
                if file.is_file():
                    _send(store, file, "/".join((path, *file.relative_to(source).parts)))

        self._reached(address, "write", send)
        return address

    def delete(self, uri: Address, recursive: bool = False) -> None:
        was_there: list[bool] = []

        def remove(store: Any, path: str) -> None:
            try:
                kind = store.info(path)["type"]
            except FileNotFoundError:
                if was_there:  # it went, and only the answer that said so was lost
                    return
                raise
            was_there.append(True)
            if kind != "directory":
                store.rm_file(path)
            elif self._is_store(path):
                raise TransferError(f"{uri} is a whole store, which is not deleted")
            elif not recursive and store.ls(path, detail=False):
                raise TransferError(
                    f"{uri} is a folder with files in it", hint="Delete it with recursive=True."
                )
            else:
                store.rm(path, recursive=True)

        self._reached(uri, "delete", remove)

    def stat(self, uri: Address) -> dict[str, Any]:
        def look(store: Any, path: str) -> dict[str, Any]:
            info = store.info(path)
            return {
                "uri": os.fspath(uri),
                "type": info["type"],
                "size": int(info.get("size") or 0),
                "modified": _modified(store, path, info),
            }

        return self._reached(uri, "look at", look)

    def version(self, uri: Address) -> Version:
        """Which version of its content an address holds, as far as the store tells."""
        return self._reached(uri, "look at", lambda store, path: Version.of_info(store.info(path)))

    def objects(self, uri: Address) -> dict[str, tuple[str, Version]]:
        """Address and version of each file below a folder, by its path relative to it."""

        def look(store: Any, path: str) -> dict[str, tuple[str, Version]]:
            root = path.strip("/")
            return {
                found.strip("/").removeprefix(root).lstrip("/"): (
                    self._address(uri, found),
                    Version.of_info(info),
                )
                for found, info in sorted(store.find(path, detail=True).items())
            }

        return self._reached(uri, "list", look)

    def _reached(self, uri: Address, action: str, call: Callable[[Any, str], _T]) -> _T:
        """What ``call`` makes of the store and the path; with a new connection if the one there was is lost."""
        try:
            with _explained(uri, action):
                return call(*self._open(uri))
        except TransferError as error:
            if not self._may_pass(error):
                raise
            logger.debug("%s; another attempt with a new connection", error.message)
        self._disconnect(uri)
        with _explained(uri, action):
            return call(*self._open(uri))

    def _may_pass(self, error: BaseException | None) -> bool:
        """Whether another attempt may succeed: it broke off, and was not refused."""
        while error is not None:
            if isinstance(error, (CutShortError, ConnectionError, TimeoutError, EOFError)):
                return True
            error = error.__cause__
        return False

    def _disconnect(self, uri: Address) -> None:
        """Give up the connection that an address is reached through, where the library does not do so by itself."""

    def _address(self, uri: Address, path: str) -> str:
        """Address of a path in the store that ``uri`` is in."""
        return f"{parse_scheme(uri)}://{path}"

    def _is_store(self, path: str) -> bool:
        """Whether a path names all of a store."""
        return "/" not in path.strip("/")

    def _open(self, uri: Address) -> tuple[Any, str]:
        """The store and the path in it that an address names."""
        scheme = parse_scheme(uri)
        path = os.fspath(uri).partition("://")[2].rstrip("/")
        if not path.strip("/"):
            raise TransferError(f"{uri} names nothing", hint=f"Write {scheme}://STORE/PATH.")
        return self._filesystem(scheme), path


def _fetch(store: Any, path: str, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    store.get_file(path, str(target))
    _compare(path, target.stat().st_size, store.info(path)["size"])


def _fetch_folder(store: Any, path: str, target: Path, uri: Address) -> None:
    target.mkdir()
    for inside, found in _inside(store, path).items():
        _fetch(store, found, target_in(target, uri, inside))


def _inside(store: Any, path: str) -> dict[str, str]:
    """Paths in the store of all files below a folder, by their path relative to it."""
    root = path.strip("/")
    return {found.strip("/").removeprefix(root).lstrip("/"): found for found in sorted(store.find(path))}


def _send(store: Any, file: Path, path: str) -> None:
    store.put_file(str(file), path)
    _compare(path, store.info(path)["size"], file.stat().st_size)


def _compare(path: str, arrived: int, sent: int | None) -> None:
    if sent is not None and arrived != sent:
        raise CutShortError(f"{path} was cut short: {arrived} of {sent} bytes arrived", hint="Try it again.")


def _modified(store: Any, path: str, info: dict[str, Any]) -> datetime | None:
    if info["type"] == "directory":
        return None
    try:
        moment = store.modified(path)
    except NotImplementedError:
        return None
    return moment.astimezone(timezone.utc) if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


@contextmanager
def _explained(uri: Address, action: str) -> Iterator[None]:
    """Turn whatever a store's library raises into an error that names the address and what was tried."""
    try:
        yield
    except RompyError:
        raise
    except FileNotFoundError as error:
        raise missing(uri) from error
    except Exception as error:
        reason = (str(error).strip().splitlines() or [""])[0]
        raise TransferError(
            f"cannot {action} {uri}: {type(error).__name__}: {reason}",
            hint="Check the address, the credentials in the environment and the network.",
        ) from error
