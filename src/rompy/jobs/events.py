"""What happens during a run, told to those who listen while it happens."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path

from rompy.jobs.progress import Progress
from rompy.jobs.result import RunResult
from rompy.jobs.state import JobState

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StageStarted:
    """A pipeline begins a stage."""

    stage: str
    """``generate``, ``run`` or ``postprocess``."""


@dataclass(frozen=True)
class StageEnded:
    """A pipeline has ended a stage."""

    stage: str
    ok: bool
    seconds: float
    reason: str = ""
    """Why it failed."""


@dataclass(frozen=True)
class JobStarted:
    """A job has been handed over to be run."""

    workspace: Path
    command: str
    """As one would type it."""
    backend: str
    attempt: int
    time_limit_s: float | None
    pid: int | None
    """Of the local process that watches over it."""
    host: str


@dataclass(frozen=True)
class StateChanged:
    """A job has gone forward."""

    state: JobState


@dataclass(frozen=True)
class ProgressMade:
    """The model has come further."""

    progress: Progress


@dataclass(frozen=True)
class LogLine:
    """The model wrote a line."""

    stream: str
    """``stdout``, ``stderr``, or the name of a log that the place of the job has besides."""
    text: str
    """Decoded, without its line end; control characters are left in."""


@dataclass(frozen=True)
class JobEnded:
    """A job has ended, in whatever way. Always the last event of a run."""

    result: RunResult


Event = StageStarted | StageEnded | JobStarted | StateChanged | ProgressMade | LogLine | JobEnded
Listener = Callable[[Event], None]


class _Listening:
    """A listener and whether it has failed."""

    def __init__(self, listener: Listener) -> None:
        self.listener: Listener | None = listener

    def tell(self, event: Event) -> None:
        if self.listener is None:
            return
        try:
            self.listener(event)
        except Exception:
            logger.exception("a listener to the run failed and is not told any more")
            self.listener = None


_LISTENERS: ContextVar[tuple[_Listening, ...]] = ContextVar("rompy_listeners", default=())


@contextmanager
def listening(listener: Listener | None) -> Iterator[None]:
    """Tell ``listener`` what happens in the runs that are made inside the block, in this thread.

    Blocks nest, and every listener is told. One that raises an Exception is dropped, with a line in the log: nothing
    that listens can hurt a run. None listens to nothing.
    """
    if listener is None:
        yield
        return
    token = _LISTENERS.set((*_LISTENERS.get(), _Listening(listener)))
    try:
        yield
    finally:
        _LISTENERS.reset(token)


def emit(event: Event) -> None:
    """Tell everybody who listens."""
    for listening_one in _LISTENERS.get():
        listening_one.tell(event)


def is_heard() -> bool:
    """Whether anybody listens."""
    return bool(_LISTENERS.get())
