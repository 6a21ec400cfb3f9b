"""Several independent things done at once, as many as the machine and the user allow."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from contextvars import ContextVar, copy_context
from importlib import import_module
from threading import Lock
from typing import TypeVar

from rompy.errors import ConfigError
from rompy.fetch.turns import in_turn

WORKERS = "ROMPY_WORKERS"
"""Environment variable with the number of inputs that are prepared at once; it belongs to the machine, not to a run."""
DEFAULT = 4
"""Inputs mostly wait for servers and disks, so that there may be more of them than processors."""

LIBRARIES = ("numpy", "pandas", "dask.array", "xarray", "netCDF4", "scipy.sparse", "scipy.spatial")
"""What preparing data imports. Modules that import each other in a circle, as some of these do, must not be imported by
two threads at once: one of them would see the other's half."""

_T = TypeVar("_T")

_is_worker: ContextVar[bool] = ContextVar("is_worker", default=False)


def worker_count() -> int:
    """How many inputs may be prepared at once: ROMPY_WORKERS, or four.

    Raises:
        ConfigError: the variable holds no whole number from 1.
    """
    stated = os.environ.get(WORKERS, "").strip()
    if not stated:
        return DEFAULT
    if not stated.isdecimal() or int(stated) < 1:
        raise ConfigError(
            f"{WORKERS} is {stated!r}, which is no number of workers",
            hint="Set it to a whole number from 1, or unset it.",
        )
    return int(stated)


def at_once(
    tasks: Sequence[Callable[[], _T]], workers: int | None = None, imports: Sequence[str] = ()
) -> list[_T]:
    """What each task returns, in the order of the tasks, whatever the number of workers.

    One task works at a time, and the others wait for servers meanwhile (see ``rompy.fetch.turns``). Tasks see the
    context of the caller, such as what is open already. What a task starts by itself in this way is done
    one after the other, so that the bound holds.

    Args:
        workers: by default as ROMPY_WORKERS says.
        imports: modules to import before there are several threads; ``LIBRARIES`` for tasks that prepare data.

    Raises:
        Exception: that of the first task, in their order, that fails, whichever of them fails first. Later ones that
            have not begun then are not begun, and those that have are waited for.
    """
    count = min(worker_count() if workers is None else workers, len(tasks))
    if count <= 1 or _is_worker.get():
        return [task() for task in tasks]
    for name in imports:
        with suppress(ImportError):  # whoever needs it says so
            import_module(name)
    failures, turn = _Failures(), Lock()
    with ThreadPoolExecutor(count, thread_name_prefix="rompy-worker") as pool:
        futures = [
            pool.submit(copy_context().run, _work, number, task, failures, turn)
            for number, task in enumerate(tasks)
        ]
        try:
            wait(futures)
        except BaseException:  # such as Ctrl-C
            failures.add(-1)
            raise
    for future in futures:
        future.result()  # raises the first failure
    return [future.result()[0] for future in futures]


class _Failures:
    """Which tasks have failed."""

    def __init__(self) -> None:
        self._first: int | None = None
        self._lock = Lock()

    def add(self, number: int) -> None:
        """A task has failed."""
        with self._lock:
            self._first = number if self._first is None else min(self._first, number)

    def come_before(self, number: int) -> bool:
        """Whether a task need not begin, since one before it has failed."""
        return self._first is not None and self._first < number


def _work(number: int, task: Callable[[], _T], failures: _Failures, turn: Lock) -> list[_T]:
    """What a task returns, in a list; an empty one if a task before it has failed before it began."""
    _is_worker.set(True)
    try:
        with in_turn(turn):
            return [] if failures.come_before(number) else [task()]
    except BaseException:
        failures.add(number)
        raise
