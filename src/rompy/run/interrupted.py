"""The interrupt of a handover by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rompy.run.job import Job


class HandoverInterrupted(KeyboardInterrupt):
    """Ctrl-C while a job was handed over: it may have been started, and has been asked to end."""

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job
