"""Jobs: their states, their record on disk, their supervision.

Everything about a job is in its workspace: any process that sees the folder can ask, follow or cancel it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

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

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
