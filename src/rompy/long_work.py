"""Work that may take long: how far it has come is told to whoever listens, and it can be asked to stop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event, Lock

PACE = 0.1
"""Seconds between two words on how far it has come."""


class Stopped(Exception):  # noqa: N818 - somebody wanted it
    """The work was asked to stop."""


class LongWork:
    """A piece of work of which bytes are counted. Several threads may count at once."""

    def __init__(self, what: str, total: int, listener: Listener | None, stop: Event) -> None:
        self.what = what
        """In words, such as ``reading output``."""
        self.total = total
        """Bytes; an estimate where files may still grow."""
        self.done = 0
        self.is_over = False
        self._listener, self._stop = listener, stop
        self._told_at = time.monotonic()
        self._lock = Lock()

    def advance(self, count: int) -> None:
        """So many bytes more are done.

        Raises:
            Stopped: there shall be no more.
        """
        if self._stop.is_set():
            raise Stopped
        with self._lock:
            self.done += count
            now = time.monotonic()
            is_due = self._listener is not None and now - self._told_at >= PACE
            if is_due:
                self._told_at = now
        if is_due:
            self._tell()

    def stop(self) -> None:
        """All threads that work on it end with the next bytes."""
        self._stop.set()

    def end(self) -> None:
        """Nothing more comes."""
        self.is_over = True
        self._tell()

    def _tell(self) -> None:
        if self._listener is not None:
            self._listener(self)


Listener = Callable[[LongWork], None]
_listener: ContextVar[Listener | None] = ContextVar("long_work_listener", default=None)
_current: ContextVar[LongWork | None] = ContextVar("long_work", default=None)


def advanced(count: int) -> None:
    """So many bytes more are done of the work that this is a part of, if it is one."""
    work = _current.get()
    if work is not None:
        work.advance(count)


@contextmanager
def listening_to_work(listener: Listener) -> Iterator[None]:
    """Within this block ``listener`` is told of long work now and then, and at the end of each, from any thread."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


@contextmanager
def working(what: str, total: int, *, stop: Event | None = None) -> Iterator[LongWork]:
    """Around long work; whatever ends the block ends the threads that work on it.

    Args:
        stop: set by whoever wants it to end early.
    """
    work = LongWork(what, total, _listener.get(), Event() if stop is None else stop)
    token = _current.set(work)
    try:
        yield work
    except BaseException:
        work.stop()
        raise
    finally:
        _current.reset(token)
        work.end()
