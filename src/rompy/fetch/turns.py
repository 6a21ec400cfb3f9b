"""Turns: of several threads that prepare data one works at a time, and the others wait for servers meanwhile.

The libraries for netCDF and HDF5 bear one thread at a time, and xarray does not keep to that everywhere: it reads
attributes of a file without its lock.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import Any

_turn: ContextVar[Any] = ContextVar("turn", default=None)
"""The lock that a thread holds while it is its turn."""


@contextmanager
def in_turn(lock: Lock) -> Iterator[None]:
    """Within this block no other thread works that takes turns by the same lock."""
    token = _turn.set(lock)
    try:
        with lock:
            yield
    finally:
        _turn.reset(token)


@contextmanager
def while_waiting() -> Iterator[None]:
    """Within this block others may work: for waiting for servers, and for locks that another thread may hold."""
    lock = _turn.get()
    if lock is None:
        yield
        return
    token = _turn.set(None)
    lock.release()
    try:
        yield
    finally:
        lock.acquire()
        _turn.reset(token)
