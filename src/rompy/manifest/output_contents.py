"""Reads what the outputs of a run hold, digests and statistics, and puts it into the record.

That takes a second and more for each gigabyte, so it is done by whoever waits for the run or processes its output, and
not by those who only ask how it stands. What has been read is in the record within seconds: whoever comes after one who
was interrupted has only the rest to do. One process does it at a time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event
from typing import Any

from rompy.core.workspace import Workspace
from rompy.digest import DigestCache, FileDigest, digests_of
from rompy.digest.background import sampled
from rompy.long_work import LongWork, Stopped, working
from rompy.manifest.generation import digest_limit
from rompy.manifest.outputs import is_same, is_unread
from rompy.manifest.statistics import has_statistics, statistics_of
from rompy.manifest.writing import adding_to, manifest_values, turn

logger = logging.getLogger(__name__)

_SMALL = 2**24
"""Bytes that are read within a moment."""
_OFTEN = 2.0
"""Seconds of reading after which the record is written."""
_TOGETHER = 256
"""Files that are read at a time at most,"""
_BYTES_TOGETHER = 2**26
"""and their bytes, unless a single one has more."""
_PATIENCE = 60.0
"""Seconds to wait for another process that reads them."""
_BRIEFLY = 5.0
"""Seconds to wait for one that writes the record."""

_Entries = dict[str, dict[str, Any]]


def read_small(root: Path, outputs: _Entries, generated: Mapping[str, Any]) -> _Entries:
    """Outputs with the digests of those that are read within a moment: small ones, without statistics.

    What cannot be read is left to ``read_outputs``.
    """
    names, left = [], _SMALL
    for name in sorted(outputs, key=lambda name: outputs[name].get("bytes", 0)):
        if is_unread(outputs[name]) and outputs[name]["bytes"] <= left and not has_statistics(root / name):
            names.append(name)
            left -= outputs[name]["bytes"]
    found: dict[str, Any] = dict(outputs)
    for name, digest in zip(names, digests_of([root / name for name in names]), strict=True):
        if isinstance(digest, FileDigest):
            found[name] = digest._asdict()
        if is_same(found[name], generated.get(name)):
            del found[name]
    return found


def read_outputs(workspace: Workspace, *, stop: Event | None = None) -> None:
    """Read the outputs that have not been read yet; what cannot be read is a warning, and is tried again next time.

    Files beyond ROMPY_DIGEST_LIMIT, the largest first, are known by samples and have no statistics.

    Args:
        stop: set to leave the rest to others.

    Raises:
        OSError: the record cannot be read or written.
    """
    if not _unread(workspace):
        return
    with turn(workspace, "outputs.lock", patience=_PATIENCE, stop=stop) as is_mine:
        entries = _unread(workspace) if is_mine else {}
        if not is_mine:
            logger.warning("another process is reading the output of %s", workspace.root)
        if entries:
            _read(workspace, entries, stop)


def _unread(workspace: Workspace) -> _Entries:
    values = manifest_values(workspace)
    return {} if values is None else {n: one for n, one in values["outputs"].items() if is_unread(one)}


def _read(workspace: Workspace, entries: _Entries, stop: Event | None) -> None:
    reader = _Reader(workspace, entries)
    try:
        with working("reading output", reader.total, stop=stop) as work:
            reader.read(work)
    except Stopped:
        logger.info("the rest of the output of %s is left to be read", workspace.root)
    except BaseException:
        with suppress(OSError):
            reader.save()
        raise
    reader.save()


class _Reader:
    """Reads files and saves what it has found out now and then."""

    def __init__(self, workspace: Workspace, entries: _Entries) -> None:
        self._workspace, self._entries = workspace, entries
        self._whole, self._sampled = _affordable(workspace, entries)
        self._with_statistics = {name for name in self._whole if has_statistics(workspace.root / name)}
        self._found: dict[str, dict[str, Any] | None] = {}
        self._saved_at = time.monotonic()
        sizes = {name: one["bytes"] for name, one in entries.items()}
        self.total = sum(sizes[name] for names in (self._whole, self._with_statistics) for name in names)

    def read(self, work: LongWork) -> None:
        for names in self._lots():
            self._read_lot(names, work)
            if time.monotonic() - self._saved_at > _OFTEN:
                self.save()
        for name in self._sampled:
            path = self._workspace.root / name
            told = sampled(path)
            if told or not path.exists():
                self._found[name] = told or None
            else:
                logger.warning("the output %s is not recorded: it cannot be read", name)

    def save(self) -> None:
        """Put what is known into the record, unless a file has been recorded anew meanwhile."""
        found, self._found = self._found, {}
        if not found:
            return
        with adding_to(self._workspace, patience=_BRIEFLY) as manifest:
            if manifest is None:
                logger.warning("what the output of %s holds could not be recorded", self._workspace.root)
                return
            outputs = manifest["outputs"]
            for name, told in found.items():
                if outputs.get(name) != self._entries[name]:
                    continue
                if told is None or is_same(told, manifest["files"].get(name)):
                    del outputs[name]
                else:
                    outputs[name] = told
        self._saved_at = time.monotonic()

    def _lots(self) -> Iterator[list[str]]:
        lot: list[str] = []
        size = 0
        for name in self._whole:
            more = self._entries[name]["bytes"]
            if lot and (len(lot) == _TOGETHER or size + more > _BYTES_TOGETHER):
                yield lot
                lot, size = [], 0
            lot.append(name)
            size += more
        if lot:
            yield lot

    def _read_lot(self, names: list[str], work: LongWork) -> None:
        root = self._workspace.root
        before = {name: self._stamp(name) for name in names}
        with ThreadPoolExecutor(1, thread_name_prefix="output") as pool:
            later = pool.submit(digests_of, [root / name for name in names], cache=DigestCache(), work=work)
            try:
                statistics = {
                    name: _statistics(root / name, work) for name in names if name in self._with_statistics
                }
                digests = later.result()
            except BaseException:
                work.stop()
                raise
        for name, digest in zip(names, digests, strict=True):
            told = self._identity(name, digest, before[name])
            if told is not None:
                self._found[name] = {**told, **statistics.get(name, {})} if told else None

    def _identity(
        self, name: str, digest: FileDigest | OSError, before: tuple[int, int] | None
    ) -> dict[str, Any] | None:
        """Size and digest; empty for a file that has gone, None for one that cannot be told of now."""
        if isinstance(digest, FileNotFoundError):
            logger.warning("the output %s was removed before it could be recorded", name)
            return {}
        if isinstance(digest, OSError):
            logger.warning("the output %s is not recorded: %s", name, digest.strerror or digest)
            return None
        if self._stamp(name) != before:
            # Its digest may be of half of one content and half of another.
            logger.warning("the output %s is not recorded: it is still being written", name)
            return None
        entry = self._entries[name]
        if before != (entry["bytes"], entry["modified_ns"]):
            logger.warning(
                "the output %s was changed after the end of the run, and is recorded as it is now", name
            )
        return digest._asdict()

    def _stamp(self, name: str) -> tuple[int, int] | None:
        try:
            status = (self._workspace.root / name).stat()
        except OSError:
            return None
        return status.st_size, status.st_mtime_ns


def _affordable(workspace: Workspace, entries: _Entries) -> tuple[list[str], list[str]]:
    """Names of files to be read whole, the smallest first, and of those that are too large for that."""
    values = manifest_values(workspace)
    known = (values or {"outputs": {}})["outputs"].values()
    left = digest_limit() - sum(one["bytes"] for one in known if "sha256" in one)
    whole: list[str] = []
    beyond: list[str] = []
    for name in sorted(entries, key=lambda name: (entries[name]["bytes"], name)):
        left -= entries[name]["bytes"]
        (whole if left >= 0 else beyond).append(name)
    if beyond:
        logger.info("%d outputs are beyond ROMPY_DIGEST_LIMIT and known by samples", len(beyond))
    return whole, beyond


def _statistics(path: Path, work: LongWork) -> dict[str, Any]:
    try:
        return {"variables": statistics_of(path, work)}
    except Stopped:
        raise
    except Exception as error:  # noqa: BLE001 - models leave broken files behind
        logger.warning("no statistics of %s: %s: %s", path, type(error).__name__, error)
        return {}
