"""Whether a job that was started still lives."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from rompy.core.record_file import read_record
from rompy.core.workspace import Workspace
from rompy.jobs import supervise

SILENCE = 60.0
"""Seconds without a heartbeat after which a supervisor on another machine is taken for dead: a dozen missed beats,
which leaves room for the caches of a network file system."""


@dataclass(frozen=True)
class Heartbeat:
    """The last sign of life of a supervisor."""

    attempt: int
    pid: int
    """Of the supervisor."""
    pid_start: str | None
    boot_id: str
    host: str
    model_pid: int
    beat: int
    """Counts up, whatever happens to the clocks."""
    elapsed_s: float
    max_rss_bytes: int | None
    """None where the model is out of its sight."""
    processes: int
    """How many the model has."""
    age_s: float
    """Seconds since it was written, by the stamps of the file system; up to now by the clock of this machine, unless
    the reader knows better. Far below zero when that clock has been set back."""
    started: datetime | None = None
    """When the model was started (UTC)."""

    @property
    def is_alive(self) -> bool:
        """Certain for a supervisor on this machine; by the age of the heartbeat for one elsewhere."""
        if self.boot_id and self.boot_id == supervise.boot_id():
            return supervise.is_alive(self.pid, self.pid_start, self.boot_id) or self._is_in_a_container
        if self.host == socket.gethostname():  # this machine, before it was last booted
            return not self.boot_id and supervise.is_alive(self.pid, self.pid_start, self.boot_id)
        return abs(self.age_s) < SILENCE

    @property
    def _is_in_a_container(self) -> bool:
        """Whether it lives in a container on this machine, where its pid is another one than here."""
        table = supervise.process_table()
        return any(
            not process.zombie and process.start == self.pid_start and _innermost_pid(pid) == self.pid
            for pid, process in table.items()
        )


def read_heartbeat(
    workspace: Path | Workspace, *, attempt: int | None = None, now: float | None = None
) -> Heartbeat | None:
    """The last heartbeat; None when there is none, or only one of another attempt, or that cannot be relied on.

    Args:
        now: the present time by the clock of the file system, if known; that of this machine may differ.
    """
    place = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    path = place.hidden / Path(supervise.HEARTBEAT).name
    try:
        age = (time.time() if now is None else now) - path.stat().st_mtime
        heartbeat = read_record(path, Heartbeat, layout=supervise.HEARTBEAT_FORMAT, age_s=age)
    except OSError:
        return None
    return heartbeat if heartbeat is not None and attempt in (None, heartbeat.attempt) else None


def _innermost_pid(pid: int) -> int | None:
    """The pid by which a process of this machine knows itself; None when it is the same as here, or not told."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return None
    pids = next((line.split()[1:] for line in lines if line.startswith("NSpid:")), [])
    return int(pids[-1]) if len(pids) > 1 else None


def owner_is_alive(facts: Mapping[str, Any]) -> bool:
    """Whether the process that the facts in a lock file describe still runs; unknown ones elsewhere count as dead."""
    try:
        return supervise.is_alive(int(facts["pid"]), facts["pid_start"], facts["boot_id"])
    except (KeyError, TypeError, ValueError):
        return False
