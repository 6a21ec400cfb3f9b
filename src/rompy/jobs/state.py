"""The states of a job."""

from __future__ import annotations

from enum import Enum


class JobState(str, Enum):
    """Where a job stands. A job only ever moves forward: pending, running, then one of the final states."""

    pending = "pending"
    """Recorded, and handed over to be started; the model has not begun."""
    running = "running"
    """The model has been started and its supervisor watches it."""
    succeeded = "succeeded"
    """The model ended by itself, with exit code 0."""
    failed = "failed"
    """The model ended by itself with another exit code or by a signal, or it could not be started."""
    timeout = "timeout"
    """The model was ended because it reached the time limit."""
    cancelled = "cancelled"
    """The model was ended, or never started, because somebody asked for it."""
    lost = "lost"
    """The job is gone without having said how it ended: its supervisor or its machine died, or its folder was
    deleted. Neither a success nor a failure of the model is known."""

    @property
    def order(self) -> int:
        """0 pending, 1 running, 2 any final state; a job's order never falls within one attempt."""
        return {"pending": 0, "running": 1}.get(self.value, 2)

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen to a job in this state."""
        return self.order == 2

    def __str__(self) -> str:
        return self.value
