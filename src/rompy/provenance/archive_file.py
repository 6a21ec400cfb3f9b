"""The file that holds an archive: a zip file with a list of its contents, the same bytes for the same contents.

Zip, because every system opens it, its members can be read one at a time, and a truncated one has lost its directory
and is found out at once. Compressed are only those members whose first part shrinks. The compressed bytes are those
of the zlib of the Python that writes; the list of contents, and so its digest, is the same everywhere.
"""

from __future__ import annotations

import hashlib
import os
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from rompy.core import atomic
from rompy.errors import RompyError, WorkspaceError
from rompy.long_work import advanced, working
from rompy.provenance import archive_index
from rompy.provenance.archive_index import ArchiveIndex, Inputs, Member
from rompy.provenance.contents import Contents

BLOCK = 2**20
"""Bytes read at once."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The earliest time that zip knows: when the files were written is in the manifest."""
_LEVEL = 6
_WORTH = 0.9
"""Members of which the first block shrinks less than to this part are stored as they are."""
_LARGE = 2**31 - BLOCK
"""From this size on a member is written in the layout for large files (bytes)."""


def write(
    target: Path, contents: Contents, *, title: str, inputs: Inputs, extra: Mapping[str, bytes] | None = None
) -> ArchiveIndex:
    """Write an archive, whole or not at all, and return the list of its contents.

    Args:
        extra: further members, by name.

    Raises:
        WorkspaceError: a file changes while it is read, or the target cannot be written.
    """
    extra = extra or {}
    members: dict[str, Member] = {}
    total = sum(path.stat().st_size for path in contents.files.values())
    with (
        _writing(target),
        working("packing", total),
        atomic.replacing(target) as temporary,
        zipfile.ZipFile(temporary, "w") as archive,
    ):
        for name in sorted({*contents.files, *extra}):
            if name in extra:
                members[name] = _add_bytes(archive, name, extra[name])
            else:
                members[name] = _add_file(archive, name, contents.files[name])
        index = ArchiveIndex(
            title=title,
            inputs=inputs,
            members=members,
            links=dict(sorted(contents.links.items())),
            copies=dict(sorted(contents.copies.items())),
            references=tuple(sorted(contents.references, key=lambda r: (r.name or "", r.uri))),
        )
        _add_bytes(archive, archive_index.NAME, index.to_json())
    return index


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Tells of a full disk, which names no file, and of temporary files by the name of the archive."""
    try:
        yield
    except OSError as error:
        is_about_a_source = error.filename is not None and Path(str(error.filename)).parent != target.parent
        if isinstance(error, RompyError) or is_about_a_source:
            raise
        raise WorkspaceError(f"it cannot be written: {error.strerror or error}", file=target) from error


def _add_bytes(archive: zipfile.ZipFile, name: str, data: bytes) -> Member:
    archive.writestr(_info(name, 0o644, data[:BLOCK]), data)
    return Member(len(data), hashlib.sha256(data).hexdigest())


def _add_file(archive: zipfile.ZipFile, name: str, path: Path) -> Member:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        executable = bool(before.st_mode & stat.S_IXUSR)
        block = file.read(BLOCK)
        info = _info(name, 0o755 if executable else 0o644, block)
        with archive.open(info, "w", force_zip64=before.st_size > _LARGE) as member:
            while block:
                size += len(block)
                digest.update(block)
                member.write(block)
                advanced(len(block))
                block = file.read(BLOCK)
        after = os.fstat(file.fileno())
    if size != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
        raise WorkspaceError(
            "it was changed while it was being archived", file=path, hint="Archive the run when it has ended."
        )
    return Member(size, digest.hexdigest(), executable)


def _info(name: str, mode: int, first: bytes) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system = 3  # Unix, wherever it is written
    info.external_attr = (stat.S_IFREG | mode) << 16
    info.compress_type = zipfile.ZIP_DEFLATED if _shrinks(first) else zipfile.ZIP_STORED
    info._compresslevel = _LEVEL  # type: ignore[attr-defined]
    return info


def _shrinks(block: bytes) -> bool:
    return len(zlib.compress(block, 1)) < _WORTH * len(block)
