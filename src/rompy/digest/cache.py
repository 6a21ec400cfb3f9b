"""Remembers digests of files that have not changed since they were read."""

from __future__ import annotations

import logging
import os
import sqlite3
import stat
import time
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from pathlib import Path

from rompy.cache_folder import cache_folder
from rompy.digest.file_digest import FileDigest

logger = logging.getLogger(__name__)

RACY = 2.0
"""Seconds for which a change is too fresh for its file to be remembered: it could change again within one tick of the
clock of its file system, and then look the same."""
MOST = 1_000_000
"""Files that are remembered; beyond it those that changed longest ago are forgotten. Ten of them take a kilobyte."""
_PATIENCE = 5.0
"""Seconds to wait for another process that writes."""

_TABLE = """
create table if not exists digests (
    device integer not null, inode integer not null, size integer not null,
    modified_ns integer not null, changed_ns integer not null, sha256 text not null,
    primary key (device, inode)
) without rowid
"""

_Stamp = tuple[int, int, int, int, int]
"""Device, inode, size, time of modification and time of change (ns)."""


class DigestCache:
    """Digests in an SQLite file of the user's cache folder, by device, inode, size and times of a file.

    The time of change (ctime) counts besides that of modification, because it cannot be set by hand: whoever edits a
    file and puts its old date back is found out. Several processes may use it at once. It only ever saves time: where
    it cannot be read or written, files are read instead.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = cache_folder() / "digests.sqlite" if path is None else path
        self._stamps: dict[str, _Stamp] = {}

    def look_up(self, paths: Iterable[str]) -> dict[str, FileDigest]:
        """Digests of those files that are remembered and have not changed."""
        self._stamps = {path: stamp for path in paths if (stamp := _stamp(path)) is not None}
        if not self._stamps or not os.access(self.path, os.R_OK):
            return {}
        known: dict[str, FileDigest] = {}
        try:
            with closing(self._connect()) as database:
                database.execute("begin")  # or the file would be locked and unlocked for each question
                for path, stamp in self._stamps.items():
                    row = database.execute(_FIND, stamp).fetchone()
                    if row is not None:
                        known[path] = FileDigest(stamp[2], row[0])
        except sqlite3.Error as error:
            self._give_up(error)
        return known

    def remember(self, digests: Mapping[str, FileDigest]) -> None:
        """Keep digests of files that were looked up before, unless a file has changed since, or only just before."""
        rows = [
            (*stamp, digest.sha256)
            for path, digest in digests.items()
            if (stamp := self._settled_stamp(path)) is not None and stamp[2] == digest.bytes
        ]
        if not rows:
            return
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._connect()) as database, database:
                database.execute(_TABLE)
                database.executemany("insert or replace into digests values (?, ?, ?, ?, ?, ?)", rows)
                _forget_some(database)
        except (sqlite3.Error, OSError) as error:
            self._give_up(error)

    def _settled_stamp(self, path: str) -> _Stamp | None:
        """The stamp of a file that is as it was when it was looked up, and had not just been changed then."""
        before = self._stamps.get(path)
        if before is None or time.time() - max(before[3], before[4]) / 1e9 < RACY:
            return None
        return before if before == _stamp(path) else None

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=_PATIENCE)

    def _give_up(self, error: Exception) -> None:
        logger.debug("digests are not remembered in %s: %s", self.path, error)
        if isinstance(error, sqlite3.DatabaseError) and (
            "not a database" in str(error) or "malformed" in str(error)
        ):
            with suppress(OSError):
                self.path.unlink()


def _forget_some(database: sqlite3.Connection) -> None:
    if database.execute("select count(*) from digests").fetchone()[0] > MOST:
        database.execute("delete from digests where changed_ns < (select avg(changed_ns) from digests)")


_FIND = "select sha256 from digests where device = ? and inode = ? and size = ? and modified_ns = ? and changed_ns = ?"


def _stamp(path: str) -> _Stamp | None:
    try:
        found = os.stat(path)  # noqa: PTH116 - paths are texts here, for speed
    except OSError:
        return None
    if not stat.S_ISREG(found.st_mode):
        return None
    # SQLite's whole numbers have a sign; inodes may use the 64th bit.
    inode = found.st_ino - (1 << 64) if found.st_ino >> 63 else found.st_ino
    return (found.st_dev, inode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
