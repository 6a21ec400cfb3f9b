"""Unpacks an archive: every digest checked, nothing outside the target, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rompy.core import atomic
from rompy.errors import ArchiveError, RompyError, WorkspaceError
from rompy.long_work import advanced, working
from rompy.provenance import archive_index, member_name
from rompy.provenance.archive_file import BLOCK
from rompy.provenance.archive_index import ArchiveIndex, Member, Reference

ALWAYS = 2**30
"""Archives whose files have this many bytes or less are unpacked in any case."""
RATIO = 200
"""Larger ones only if their files have at most this many times the bytes of the archive, unless a limit is given.
Deflate can reach 1030; output of models that compresses beyond 200 is nearly all zeros."""

_DAMAGE = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,  # a kind of compression that is not known
    RuntimeError,  # encrypted
    UnicodeError,
    ValueError,
    OverflowError,
    KeyError,
)
"""What the standard library raises for files that are no zip files, or are broken ones."""


@dataclass(frozen=True)
class Restored:
    """What was unpacked."""

    root: Path
    title: str
    files: int
    bytes: int
    references: tuple[Reference, ...]
    """What the run read and the archive does not have."""


def restore(archive: str | Path, target: str | Path, *, max_bytes: int | None = None) -> Restored:
    """Unpack an archive into a new folder.

    The folder appears when everything is unpacked and checked. It must not exist, or be empty.

    Args:
        archive: made by ``archive``, or a crate in one file.
        target: the new folder; its parents are made.
        max_bytes: limit for the bytes of all files; by default what ``RATIO`` allows.

    Raises:
        ArchiveError: the archive is damaged, truncated, changed, of another format, or holds what must not be unpacked.
        WorkspaceError: the target is there already, or cannot be written.
    """
    archive, target = Path(archive), Path(target)
    _require_free(target)
    with opened(archive) as (file, index):
        _limit(archive, index, max_bytes)
        made = [p for p in (target.absolute().parent, *target.absolute().parents) if not p.exists()]
        try:
            target.absolute().parent.mkdir(parents=True, exist_ok=True)
            _require_room(target.absolute().parent, index)
            with working("unpacking", index.size), atomic.appearing(target) as folder:
                _unpack(file, index, folder)
        except BaseException as error:
            for parent in made:
                if parent.is_dir() and not any(parent.iterdir()):
                    parent.rmdir()
            if isinstance(error, OSError) and not isinstance(error, RompyError):
                raise WorkspaceError(
                    f"it cannot be written: {error.strerror or error}", file=target
                ) from error
            raise
    return Restored(target, index.title, len(index.members), index.size, index.references)


@contextmanager
def opened(path: Path) -> Iterator[tuple[zipfile.ZipFile, ArchiveIndex]]:
    """The zip file and its list of contents, checked against each other.

    Raises:
        ArchiveError: naming the file and what is wrong with it. Faults found while the block reads members count too.
        MissingFileError: there is no such file.
    """
    from rompy.core.resolve import missing_file

    if not path.is_file():
        raise missing_file(path)
    try:
        with zipfile.ZipFile(path) as file:
            index = _index_of(file)
            _compare(file, index)
            yield file, index
    except RompyError as error:
        if isinstance(error, ArchiveError):
            error.file = error.file or path
        raise
    except (*_DAMAGE, OSError) as error:
        # Sent to a place before the beginning of a file, the system says that the argument is invalid.
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        raise ArchiveError(
            f"it is not an archive, or a damaged or truncated one: {error}",
            file=path,
            hint="Fetch or make it again, and compare sizes.",
        ) from error


def _index_of(file: zipfile.ZipFile) -> ArchiveIndex:
    found = [info for info in file.infolist() if info.filename == archive_index.NAME]
    if len(found) != 1:
        raise ArchiveError(
            "it has no list of contents, so rompy did not make it"
            if not found
            else "it has more than one list of contents",
            hint="rompy restore unpacks what rompy archive and rompy crate make.",
        )
    most = archive_index.largest(Path(str(file.filename)).stat().st_size)
    if found[0].file_size > most:
        raise ArchiveError("its list of contents is too large")
    _require_plain(found[0])
    with file.open(found[0]) as member:
        text = member.read(most + 1)
    if len(text) > most:
        raise ArchiveError("its list of contents is too large")
    return ArchiveIndex.from_json(text)


def _compare(file: zipfile.ZipFile, index: ArchiveIndex) -> None:
    """Check that the archive has the files of the list, each once, and nothing else."""
    infos = [info for info in file.infolist() if info.filename != archive_index.NAME]
    for info in infos:
        _require_plain(info)
    names = [info.filename for info in infos]
    member_name.require_distinct(names)
    unlisted, missing = sorted(set(names) - set(index.members)), sorted(set(index.members) - set(names))
    if unlisted:
        raise ArchiveError(f"it has the file {unlisted[0]!r}, which is not in its list of contents")
    if missing:
        raise ArchiveError(f"it lacks the file {missing[0]!r}, which is in its list of contents")
    for info in infos:
        if info.file_size != index.members[info.filename].bytes:
            raise ArchiveError(f"the file {info.filename!r} has not the size that the list of contents says")
    if len({info.header_offset for info in file.infolist()}) != len(infos) + 1:
        raise ArchiveError("several of its files are one and the same place in the archive")
    if sum(info.compress_size for info in infos) > Path(str(file.filename)).stat().st_size:
        raise ArchiveError("its files overlap")


def _require_plain(info: zipfile.ZipInfo) -> None:
    """Only regular files: no folders, links, devices, encryption or names cut at a zero byte."""
    for name in {info.orig_filename, info.filename}:
        member_name.checked(name)
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or info.is_dir():
        raise ArchiveError(f"{info.filename!r} is not a regular file")
    if info.flag_bits & 0x1:
        raise ArchiveError(f"the file {info.filename!r} is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ArchiveError(f"the file {info.filename!r} is compressed in a way that rompy does not use")


def _limit(archive: Path, index: ArchiveIndex, max_bytes: int | None) -> None:
    limit = max(ALWAYS, RATIO * archive.stat().st_size) if max_bytes is None else max_bytes
    if index.size > limit:
        raise ArchiveError(
            f"unpacked it would have {index.size:,} bytes, the limit is {limit:,}",
            file=archive,
            hint="If you trust it, give a higher limit: --max-size.",
        )


def _require_room(folder: Path, index: ArchiveIndex) -> None:
    free = shutil.disk_usage(folder).free
    if index.size > free:
        raise WorkspaceError(
            f"unpacked it would have {index.size:,} bytes, and {free:,} are free", file=folder
        )


def _require_free(target: Path) -> None:
    if target.is_symlink() or (target.exists() and not (target.is_dir() and not any(target.iterdir()))):
        raise WorkspaceError(
            "it is there already, and nothing is overwritten", file=target, hint="Choose a new folder."
        )


def _unpack(file: zipfile.ZipFile, index: ArchiveIndex, folder: Path) -> None:
    for name, member in index.members.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        _unpack_one(file, name, member, path)
    for name, target in index.links.items():  # after all files, so that none is written through a link
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(target)


def _unpack_one(file: zipfile.ZipFile, name: str, member: Member, path: Path) -> None:
    digest, size = hashlib.sha256(), 0
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(path, flags, 0o777 if member.executable else 0o666)
    with file.open(name) as source, os.fdopen(handle, "wb") as target:
        while block := source.read(BLOCK):
            size += len(block)
            if size > member.bytes:
                break
            digest.update(block)
            target.write(block)
            advanced(len(block))
    if size != member.bytes or digest.hexdigest() != member.sha256:
        raise ArchiveError(
            f"the file {name!r} is not what the list of contents says: it was changed or damaged"
        )
