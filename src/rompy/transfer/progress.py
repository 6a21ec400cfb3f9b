"""How far a transfer has come, told to whoever asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """One moment of a transfer."""

    address: str
    """Where from or where to, without secrets."""
    done: int
    """Bytes that have arrived. May fall when a transfer has to begin anew."""
    total: int | None
    """Bytes of the whole; None when the other end does not tell."""
    attempt: int
    """The first attempt is 1."""

    @property
    def is_complete(self) -> bool:
        return self.done == self.total


OnProgress = Callable[[Progress], None]
"""Called with each ``Progress``. What it raises ends the transfer, so it can be used to cancel one."""
