"""What every transfer can do, or says that it cannot."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar, NoReturn

from rompy.errors import MissingFileError, TransferError
from rompy.transfer.address import Address, Addresses, join_prefix, last_part, parse_scheme


class UnsupportedOperation(TransferError):  # noqa: N818 - plugins know it by this name
    """A transfer cannot do what was asked of it, such as writing to a web server."""

    code: ClassVar[str] = "transfer.unsupported"

    def __init__(self, scheme: str, operation: str) -> None:
        super().__init__(f"{scheme}:// addresses do not support {operation}")
        self.scheme = scheme
        self.operation = operation


class TransferBase(ABC):
    """Moves files between this machine and the places of one URI scheme.

    A plugin subclasses it, takes no arguments when it is made, and is registered under its scheme in the entry-point
    group ``rompy.transfer``. Only ``get`` must be written; the rest is unsupported until it is.
    """

    @abstractmethod
    def get(self, uri: Address, destdir: Address, name: str | None = None, link: bool = False) -> Path:
        """Bring a file or folder into a local folder and return its path there.

        Args:
            uri: where it is.
            destdir: made when missing. What has the same name in it is replaced, as a whole or not at all.
            name: name to give it, by default its own.
            link: make a symbolic link instead of a copy, which only local files support.

        Raises:
            MissingFileError: there is nothing at ``uri``; also a FileNotFoundError.
            UnsupportedOperation: a link to something that is not local.
        """

    def exists(self, uri: Address) -> bool:
        """Whether there is a file or folder at ``uri``."""
        self._cannot("exists", uri)

    def list(self, uri: Address) -> Addresses:
        """Addresses of what lies directly in a folder, sorted; of a file, its own.

        Raises:
            MissingFileError: there is nothing at ``uri``.
        """
        self._cannot("list", uri)

    def put(self, local_path: Address, uri: Address) -> str:
        """Copy a local file or folder to ``uri``, making folders as needed; return the address it went to.

        An address that ends with a slash is a folder to put it in under its own name. A file is replaced; in a
        folder, files of other names stay.

        Raises:
            MissingFileError: there is nothing at ``local_path``.
            TransferError: the place refuses it, or a folder lies where a file would go.
        """
        self._cannot("put", uri)

    def delete(self, uri: Address, recursive: bool = False) -> None:
        """Delete a file or an empty folder, or with ``recursive`` a folder and everything in it.

        Raises:
            MissingFileError: there is nothing at ``uri``.
            TransferError: the folder is not empty, or the root of its store.
        """
        self._cannot("delete", uri)

    def stat(self, uri: Address) -> dict[str, Any]:
        """``uri``, ``type`` ("file" or "directory"), ``size`` in bytes and ``modified`` (UTC, None if unknown).

        Raises:
            MissingFileError: there is nothing at ``uri``.
        """
        self._cannot("stat", uri)

    def _cannot(self, operation: str, uri: Address) -> NoReturn:
        raise UnsupportedOperation(parse_scheme(uri), operation)


def missing(uri: Address) -> MissingFileError:
    """The error for an address at which there is nothing."""
    return MissingFileError(
        f"{uri} does not exist", hint="Check the address; relative paths start at the current folder."
    )


def target_in(destdir: Path, uri: Address, name: str | None) -> Path:
    """Path in ``destdir`` that something fetched from ``uri`` gets.

    Raises:
        TransferError: there is no name, or it leads out of ``destdir``.
    """
    name = last_part(uri) if name is None else name
    parts = PurePosixPath(name).parts
    if not parts or ".." in parts or PurePosixPath(name).is_absolute() or "\0" in name:
        raise TransferError(f"{name!r} is not a name for a file in {destdir}", hint="Give a plain file name.")
    return destdir.joinpath(*parts)


def put_address(local_path: Path, uri: Address) -> str:
    """Address that ``put`` writes to: ``uri``, or below it when it ends with a slash."""
    text = str(uri)
    return join_prefix(text, local_path.absolute().name) if text.endswith("/") else text
