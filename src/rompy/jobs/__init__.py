"""Jobs: their states, their record on disk, their supervision.

Everything about a job is in its workspace: any process that sees the folder can ask, follow or cancel it.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME_OF = {
    "Event": "events",
    "Follower": "follow",
    "JobEnded": "events",
    "JobRecord": "record",
    "JobStarted": "events",
    "JobState": "state",
    "LogLine": "events",
    "Progress": "progress",
    "ProgressMade": "events",
    "Resources": "result",
    "RunInterrupted": "interrupted",
    "RunResult": "result",
    "StageEnded": "events",
    "StageStarted": "events",
    "StateChanged": "events",
    "WorkspaceLock": "lock",
    "job_status": "status",
    "listening": "events",
    "read_progress": "progress",
    "request_cancel": "cancel",
}

__all__ = [
    "Event",
    "Follower",
    "JobEnded",
    "JobRecord",
    "JobStarted",
    "JobState",
    "LogLine",
    "Progress",
    "ProgressMade",
    "Resources",
    "RunInterrupted",
    "RunResult",
    "StageEnded",
    "StageStarted",
    "StateChanged",
    "WorkspaceLock",
    "job_status",
    "listening",
    "read_progress",
    "request_cancel",
]

if TYPE_CHECKING:
    from rompy.jobs.cancel import request_cancel
    from rompy.jobs.events import (
        Event,
        JobEnded,
        JobStarted,
        LogLine,
        ProgressMade,
        StageEnded,
        StageStarted,
        StateChanged,
        listening,
    )
    from rompy.jobs.follow import Follower
    from rompy.jobs.interrupted import RunInterrupted
    from rompy.jobs.lock import WorkspaceLock
    from rompy.jobs.progress import Progress, read_progress
    from rompy.jobs.record import JobRecord
    from rompy.jobs.result import Resources, RunResult
    from rompy.jobs.state import JobState
    from rompy.jobs.status import job_status


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(import_module(f"rompy.jobs.{_HOME_OF[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'rompy.jobs' has no attribute {name!r}")
