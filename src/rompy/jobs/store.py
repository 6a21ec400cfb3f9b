"""An index of all runs of a user. The workspaces are the truth; this only knows where they are, and can be rebuilt."""

from __future__ import annotations

import logging
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy.cache_folder import own_folder
from rompy.core.record_file import RecordError
from rompy.core.workspace import HIDDEN, Workspace
from rompy.errors import WorkspaceError
from rompy.jobs.record import JobRecord
from rompy.jobs.state import JobState
from rompy.regular_file import opener

logger = logging.getLogger(__name__)

FILE = "jobs-1.sqlite"
"""Its number counts the layouts of the table: another layout is another file."""
PATIENCE = 30.0
"""Seconds to wait for another process that writes."""

_FINAL = frozenset(state.value for state in JobState if state.is_final)
_TYPES = {
    "workspace": "text not null",
    "run_id": "text not null",
    "backend": "text not null",
    "attempt": "integer not null",
    "native_id": "text",
    "state": "text not null",
    "reason": "text not null",
    "submitted": "text not null",
    "ended": "text",
    "exit_code": "integer",
    "stamp": "integer not null",
}
"""Columns: the fields of JobRow, in their order."""
_TABLE = (
    f"create table if not exists job ({', '.join(map(' '.join, _TYPES.items()))}, primary key (workspace))"
)
_AS_DECLARED = " and ".join(
    f"typeof({name}) = '{kind.split()[0]}'" if "not null" in kind else f"typeof({name}) in ('{kind}', 'null')"
    for name, kind in _TYPES.items()
)
"""Rows whose values are of these types: SQLite takes any."""


@dataclass(frozen=True)
class JobRow:
    """The last attempt of a workspace, as it was last seen."""

    workspace: str
    run_id: str
    backend: str
    attempt: int
    native_id: str | None
    state: str
    reason: str
    submitted: str
    ended: str | None
    exit_code: int | None
    stamp: int
    """Modification time of ``job.json`` when it was read, nanoseconds."""

    @property
    def is_final(self) -> bool:
        return self.state in _FINAL

    @property
    def is_stale(self) -> bool:
        """Whether the record has changed since, or has gone."""
        return _stamp(self.workspace) != self.stamp

    @classmethod
    def of(cls, workspace: Workspace) -> JobRow | None:
        """From the record of a workspace; None when it has none that can be relied on."""
        root = str(workspace.root.absolute())
        stamp = _stamp(root)
        try:
            record = JobRecord.read(workspace)
        except RecordError as error:
            logger.warning("%s: %s", error.file, error.message)
            return None
        if record is None or record.last is None or stamp is None:
            return None
        last = record.last
        noted: Mapping[str, Any] = last.history[-1] if last.history else {}
        final = JobState(last.state).is_final
        row = cls(
            workspace=root,
            run_id=record.run_id,
            backend=last.backend,
            attempt=last.number,
            native_id=last.native_id,
            state=last.state,
            reason=noted.get("reason", ""),
            submitted=last.submitted,
            ended=(noted.get("ended") or noted.get("time")) if final else None,
            exit_code=noted.get("exit_code"),
            stamp=stamp,
        )
        if not row._is_text():
            logger.warning("%s is not put into the index of runs: some of its texts are no UTF-8", root)
            return None
        return row

    def _is_text(self) -> bool:
        """Whether all texts can be written, which those with the names of files on some disks cannot."""
        try:
            "".join(value for value in vars(self).values() if isinstance(value, str)).encode()
        except UnicodeEncodeError:
            return False
        return True


class JobStore:
    """The index. Safe with several processes; one that cannot be read is put aside and begun anew.

    All that it does raises WorkspaceError when the index cannot be used, as on a full disk.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or state_folder() / FILE

    def note(self, workspaces: Iterable[Workspace]) -> list[JobRow]:
        """Take over what the records of some workspaces say now; a workspace without a record is left out."""
        rows = [row for row in map(JobRow.of, workspaces) if row is not None]
        marks = ", ".join(f":{name}" for name in _TYPES)
        with self._open() as connection:
            connection.executemany(
                f"insert or replace into job ({', '.join(_TYPES)}) values ({marks})", map(vars, rows)
            )
        return rows

    def rows(self) -> list[JobRow]:
        """All that is known, the latest submission first."""
        if not os.path.lexists(self.path):
            return []
        with self._open() as connection:
            found = connection.execute(
                f"select {', '.join(_TYPES)} from job where {_AS_DECLARED} order by submitted desc, workspace"
            ).fetchall()
        return [JobRow(*values) for values in found]

    def fresh_rows(self) -> list[JobRow]:
        """As ``rows``, after another look at workspaces that have changed; deleted ones stay as they were."""
        rows = self.rows()
        stale = [Workspace(row.workspace) for row in rows if row.is_stale]
        if stale:
            self.note(stale)
            rows = self.rows()
        return rows

    def forget(self, workspaces: Iterable[str]) -> int:
        """Drop workspaces from the index; how many were in it."""
        with self._open() as connection:
            cursor = connection.executemany("delete from job where workspace = ?", [(w,) for w in workspaces])
            return cursor.rowcount

    def rescan(self, folder: str | Path) -> int:
        """Take in every workspace below a folder that has a job, and drop those below it that have gone.

        Returns:
            how many there are.
        """
        top = Path(folder).absolute()
        found = self.note(workspaces_below(top))
        kept = {row.workspace for row in found}
        below = [row.workspace for row in self.rows() if Path(row.workspace).is_relative_to(top)]
        self.forget([workspace for workspace in below if workspace not in kept])
        return len(found)

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            connection = self._readable()
            with closing(connection), connection:
                yield connection
        except sqlite3.Error as error:
            raise self._unusable(str(error)) from error
        except OSError as error:
            raise self._unusable(error.strerror or str(error)) from error

    def _readable(self) -> sqlite3.Connection:
        """The index, or a new one in the place of what is none."""
        try:
            return self._connected()
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):  # busy, or the disk is full: not the file's fault
                raise
            aside = self.path.with_suffix(".unreadable")
            logger.warning("the index of runs could not be read and is now %s: %s", aside, error)
            with suppress(FileNotFoundError):  # another process may have been faster
                self.path.replace(aside)
            return self._connected()

    def _connected(self) -> sqlite3.Connection:
        if os.path.lexists(self.path):
            os.close(
                opener(str(self.path), os.O_RDONLY)
            )  # SQLite would wait for a pipe, or read a device for ever
        connection = sqlite3.connect(self.path, timeout=PATIENCE)
        try:
            # The index can be made again, so nothing waits for the disk. The journal is no WAL, which needs memory
            # shared between all who write: home folders lie on file servers.
            connection.execute("pragma synchronous = off")
            connection.execute(_TABLE)
            _check(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _unusable(self, reason: str) -> WorkspaceError:
        return WorkspaceError(
            f"the index of runs cannot be used: {reason}",
            file=self.path,
            hint="It holds nothing that is not in the workspaces: rompy jobs --rescan FOLDER makes it anew.",
        )


def _check(connection: sqlite3.Connection) -> None:
    """Raise a DatabaseError when the table is not ours, or its pages are damaged."""
    columns = {name: kind for _, name, kind, *_ in connection.execute("pragma table_info(job)")}
    missing = _TYPES.keys() - columns.keys()
    if missing:
        raise sqlite3.DatabaseError(f"its table has no column {min(missing)}")
    faults = [words for (words,) in connection.execute("pragma quick_check(1)")]
    if faults != ["ok"]:
        raise sqlite3.DatabaseError(str(faults[0]))


def state_folder() -> Path:
    """Where a user's own state is kept: ``ROMPY_STATE_DIR``, else the place that the system has for it."""
    given = os.environ.get("ROMPY_STATE_DIR")
    if given:
        return Path(given)
    from platformdirs import user_state_path

    return own_folder(lambda: user_state_path("rompy"), "state")


def note_in_index(*workspaces: Workspace) -> None:
    """Put workspaces into the index; a failure is a warning, for the index is never in the way of a run."""
    try:
        JobStore().note(workspaces)
    except OSError as error:
        logger.warning("the run was not put into the index of runs: %s", error)


def workspaces_below(folder: Path) -> Iterator[Workspace]:
    """Workspaces with a job in a folder or below it, in the order of their paths."""
    for place, folders, _ in os.walk(folder):
        folders.sort()
        if HIDDEN in folders:
            folders.remove(HIDDEN)
            workspace = Workspace(place)
            if os.path.lexists(workspace.job_json):
                yield workspace


def _stamp(workspace: str) -> int | None:
    try:
        # Ten thousand of these are looked at for a list: no Path is built for each.
        return os.stat(f"{workspace}/{HIDDEN}/job.json").st_mtime_ns  # noqa: PTH116
    except OSError:
        return None
