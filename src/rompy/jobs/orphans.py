"""Processes of a model whose supervisor and guardian have both been killed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from rompy.jobs import supervise
from rompy.jobs.heartbeat import Heartbeat

PATIENCE = 10.0
"""Seconds for killed processes to go."""


def end_orphans(heartbeat: Heartbeat) -> int:
    """Kill what is left of a model on this machine when nobody watches it any more; how many processes it were.

    They are known by a variable in their environment, which names the supervisor and this boot of this machine: the
    same value cannot come again.
    """
    if heartbeat.is_alive or not heartbeat.boot_id or heartbeat.boot_id != supervise.boot_id():
        return 0
    wanted = os.fsencode(f"{supervise.MARK}={supervise.mark(heartbeat.pid, heartbeat.pid_start)}")
    ended: set[int] = set()
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = {pid for pid in supervise.process_table() if wanted in _environment(pid)}
        if not found:
            break
        ended |= found
        supervise.send(found, signal.SIGKILL)
        time.sleep(0.02)
    return len(ended)


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return []
