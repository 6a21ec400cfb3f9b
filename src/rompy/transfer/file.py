"""Transfer of files and folders on this machine."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any
from urllib.parse import quote

from rompy.errors import TransferError
from rompy.transfer.address import Address, Addresses, parse_scheme, path_of
from rompy.transfer.arrival import arriving, refuse_loss
from rompy.transfer.base import TransferBase, missing, put_address, target_in
from rompy.transfer.part import disk_full_explained


class FileTransfer(TransferBase):
    """Plain paths and ``file://`` URIs.

    Copies stand on their own: links inside a folder are followed. They keep the permission bits, not the times, so
    that a new copy is seen as new. Links are relative and lead to the real file, so that they outlive a move of
    both. Neither can destroy its source.
    """

    def get(self, uri: Address, destdir: Address, name: str | None = None, link: bool = False) -> Path:
        source = _existing(uri)
        target = target_in(path_of(destdir), uri, name)
        if _is_the_same(source, target):
            return target
        _check_apart(source, target)
        refuse_loss(target, () if link else _inside(source), uri)
        with disk_full_explained(target.parent), arriving(target) as new:
            if link:
                new.symlink_to(os.path.relpath(source.resolve(), target.parent.resolve()))
            else:
                _copy(source, new)
        return target

    def exists(self, uri: Address) -> bool:
        return _path(uri).exists()

    def list(self, uri: Address) -> Addresses:
        path = _existing(uri)
        if not path.is_dir():
            return [os.fspath(uri)]
        is_uri = os.fspath(uri).lower().startswith("file://")
        return sorted(_as_uri(child) if is_uri else str(child) for child in path.iterdir())

    def put(self, local_path: Address, uri: Address) -> str:
        source = _existing(local_path)
        address = put_address(source, uri)
        target = _path(address)
        if _is_the_same(source, target):
            return address
        if source.is_dir():
            _check_apart(source, target)
            target.mkdir(parents=True, exist_ok=True)
        for file in _files(source):
            place = target / file.relative_to(source)
            if place.is_dir():
                raise TransferError(
                    f"{place} is a folder, so no file can be put there",
                    hint="End the address with / to put it inside.",
                )
            with disk_full_explained(place.parent), arriving(place) as new:
                _copy(file, new)
        return address

    def delete(self, uri: Address, recursive: bool = False) -> None:
        path = _path(uri)
        if not path.is_symlink() and not path.exists():
            raise missing(uri)
        if path.is_symlink() or not path.is_dir():
            path.unlink()
        elif path.resolve() == Path(path.resolve().anchor):
            raise TransferError(f"{uri} is the root of the file system, which is not deleted")
        elif recursive:
            shutil.rmtree(path)
        elif any(path.iterdir()):
            raise TransferError(f"{uri} is a folder with files in it", hint="Delete it with recursive=True.")
        else:
            path.rmdir()

    def stat(self, uri: Address) -> dict[str, Any]:
        status = _existing(uri).stat()
        return {
            "uri": os.fspath(uri),
            "type": "directory" if stat.S_ISDIR(status.st_mode) else "file",
            "size": status.st_size,
            "modified": datetime.fromtimestamp(status.st_mtime, timezone.utc),
        }


def _path(uri: Address) -> Path:
    if parse_scheme(uri) != "file":
        raise TransferError(f"{uri} is not a file on this machine")
    return path_of(uri)


def _existing(uri: Address) -> Path:
    path = _path(uri)
    if not path.exists():
        raise missing(uri)
    return path


def _as_uri(path: Path) -> str:
    return "file://" + quote(str(path.absolute()))


def _is_the_same(source: Path, target: Path) -> bool:
    """Whether ``target`` is the source itself, so that there is nothing to do; a link to the source is not."""
    return not target.is_symlink() and target.resolve() == source.resolve()


def _check_apart(source: Path, target: Path) -> None:
    """Refuse what would replace a folder that holds the source, or put a folder into itself."""
    real, place = source.resolve(), target.parent.resolve() / target.name
    if place in real.parents:
        raise TransferError(f"{target} would be replaced, but {source} is inside it")
    if source.is_dir() and real in place.parents:
        raise TransferError(f"the folder {source} cannot be put into itself, as {target}")


def _copy(source: Path, target: Path, above: tuple[Path, ...] = ()) -> None:
    """Copy a file or folder with its permission bits; ``above`` holds the folders that it is in."""
    if source.is_dir():
        target.mkdir()
        inside = _descend(source, above)
        for child in sorted(source.iterdir()):
            _copy(child, target / child.name, inside)
        target.chmod(_permissions(source) | stat.S_IRWXU)  # a read-only folder could not be moved into place
    elif source.is_file():
        shutil.copyfile(source, target)
        target.chmod(_permissions(source))
    else:
        raise TransferError(
            f"{source} is neither a file nor a folder", hint="Devices, pipes and dead links stay behind."
        )


def _files(source: Path, above: tuple[Path, ...] = ()) -> Iterator[Path]:
    """The file itself, or all files below a folder; links to folders are followed."""
    if not source.is_dir():
        yield source
        return
    inside = _descend(source, above)
    for child in sorted(source.iterdir()):
        yield from _files(child, inside)


def _inside(source: Path) -> set[str]:
    """Relative paths of the files in a folder; of a file, none."""
    return {file.relative_to(source).as_posix() for file in _files(source)} if source.is_dir() else set()


def _descend(folder: Path, above: tuple[Path, ...]) -> tuple[Path, ...]:
    """The real folders that one is in while inside ``folder``, which must not be one of them already."""
    real = folder.resolve()
    if real in above:
        raise TransferError(f"{folder} is a link to a folder above itself")
    return (*above, real)


def _permissions(path: Path) -> int:
    return path.stat().st_mode & 0o777
