"""Asks for, waits for and cancels many jobs at once, of whatever backends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence

from rompy.errors import RompyError
from rompy.jobs.result import RunResult
from rompy.run.job import Job, backend_of
from rompy.run.recording import Recorder
from rompy.run.watch import LOOK, result_of

SOON = 1.0
"""Seconds after which a backend is asked for the second time; then ever later, up to its own pace."""


def statuses(jobs: Sequence[Job]) -> list[RunResult | RompyError]:
    """How many jobs stand, in their order; each backend is asked once. One that cannot be asked gives its error."""
    answers: dict[int, RunResult | RompyError] = {}
    for numbers in _by_backend(jobs):
        try:
            found = backend_of(jobs[numbers[0]]).poll_many([jobs[number] for number in numbers])
            answers.update(zip(numbers, found, strict=True))
        except RompyError as error:  # noqa: PERF203
            answers.update(dict.fromkeys(numbers, error))
    return [answers[number] for number in range(len(jobs))]


def cancel_all(jobs: Sequence[Job]) -> list[RompyError | None]:
    """Ask for the end of many jobs, each backend once; for each the error if it could not be asked."""
    errors: dict[int, RompyError] = {}
    for numbers in _by_backend(jobs):
        try:
            backend_of(jobs[numbers[0]]).cancel_many([jobs[number] for number in numbers])
        except RompyError as error:  # noqa: PERF203
            errors.update(dict.fromkeys(numbers, error))
    return [errors.get(number) for number in range(len(jobs))]


def wait_for_all(
    jobs: Sequence[Job], timeout: float | None = None, *, on_end: Callable[[RunResult], None] | None = None
) -> list[RunResult]:
    """Wait until many jobs have ended, or as they stand after ``timeout`` seconds; in their order.

    Files are looked at often, and each backend is asked once for all of its jobs at its own pace.

    Args:
        on_end: told of each job as it ends.

    Raises:
        RompyError: a job cannot be asked for.
    """
    watch = _Watch(jobs, timeout, on_end)
    with watch.recorder:
        while not watch.look():
            time.sleep(LOOK)
    return watch.in_order()


async def wait_for_all_async(
    jobs: Sequence[Job], timeout: float | None = None, *, on_end: Callable[[RunResult], None] | None = None
) -> list[RunResult]:
    """As ``wait_for_all``, without holding up an event loop. Cancelling the task leaves the jobs alone."""
    import asyncio  # takes long, and only here it is needed

    watch = _Watch(jobs, timeout, on_end)
    with watch.recorder as recorder:
        while not await asyncio.to_thread(watch.look):
            await asyncio.sleep(LOOK)
        await recorder.finished()
    return watch.in_order()


class _Watch:
    """Looks after many jobs, a look at a time."""

    def __init__(
        self, jobs: Sequence[Job], timeout: float | None, on_end: Callable[[RunResult], None] | None
    ) -> None:
        self.jobs, self.on_end = jobs, on_end
        self.deadline = None if timeout is None else time.monotonic() + timeout
        self.pace = max((backend_of(job).poll_interval for job in jobs), default=0.0)
        self.recorder = Recorder(self.deadline)
        self.results: dict[int, RunResult] = {}
        self._asked = float("-inf")
        self._pause = min(SOON, self.pace)

    def look(self) -> bool:
        """Take in what has changed; whether there is nothing more to wait for."""
        numbers = [number for number in range(len(self.jobs)) if number not in self.results]
        over = self.deadline is not None and time.monotonic() >= self.deadline
        if not over and time.monotonic() < self._asked + self._pause:
            numbers = [number for number in numbers if result_of(self.jobs[number]) is not None]
        else:
            self._asked, self._pause = time.monotonic(), min(2 * self._pause, self.pace)
        for number, answer in zip(numbers, statuses([self.jobs[n] for n in numbers]), strict=True):
            if isinstance(answer, RompyError):
                raise answer
            if answer.state.is_final or over:
                self.results[number] = answer
            if answer.state.is_final:
                self._ended(self.jobs[number], answer)
        return len(self.results) == len(self.jobs)

    def _ended(self, job: Job, result: RunResult) -> None:
        self.recorder.begin(job.place)
        if self.on_end is not None:
            self.on_end(result)

    def in_order(self) -> list[RunResult]:
        return [self.results[number] for number in range(len(self.jobs))]


def _by_backend(jobs: Sequence[Job]) -> Iterable[list[int]]:
    groups: dict[str, list[int]] = {}
    for number, job in enumerate(jobs):
        groups.setdefault(job.backend, []).append(number)
    return groups.values()
