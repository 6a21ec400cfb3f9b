"""Watches one job to its end, by the protocol of its backend alone."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy.errors import WorkspaceError
from rompy.jobs.events import Event, JobEnded, JobStarted, Listener, LogLine, emit, is_heard, listening
from rompy.jobs.follow import Follower
from rompy.jobs.interrupted import RunInterrupted
from rompy.jobs.result import RunResult, read_result
from rompy.run.command import shown
from rompy.run.interrupted import HandoverInterrupted
from rompy.run.recording import Recorder

if TYPE_CHECKING:
    from rompy.run.job import Job
    from rompy.run.protocol import RunBackend

logger = logging.getLogger(__name__)

LOOK = 0.25
"""Seconds between two looks at the files of a job that is waited for without its logs."""


def run(
    backend: RunBackend,
    model_run: Any,
    config: Any,
    workspace_dir: str | Path | None,
    *,
    on_event: Listener | None,
) -> RunResult:
    """Hand over, follow to the end, and take the job along on Ctrl-C."""
    streams = _log_line if getattr(config, "stream_output", False) else None
    with listening(on_event), listening(streams):
        interrupts, answered, announced = 0, 0, False
        try:
            job = backend.submit(model_run, config, workspace_dir)
        except HandoverInterrupted as stop:
            job, interrupts = stop.job, 1
        follower = _follower(backend, job, logs=is_heard() and getattr(config, "capture_output", True))
        while True:
            try:
                while answered < interrupts:  # in here, where one more is heard too
                    backend.hurry(job) if answered else backend.cancel(job)
                    answered += 1
                if not announced:
                    announced = True
                    _announce(job)
                result = _to_the_end(follower)
                break
            except KeyboardInterrupt:
                interrupts += 1
            except BaseException:
                backend.cancel(job)
                raise
        backend.poll(job)  # writes the end into the record
        logger.log(logging.INFO if result else logging.ERROR, "%s: %s", model_run.run_id, result)
        emit(JobEnded(result))
    if interrupts:
        raise RunInterrupted(result) from None
    with Recorder() as recorder:
        recorder.begin(job.place)
    return result


def follow(
    backend: RunBackend, job: Job, *, logs: bool = True, last: int | None = None, further: Sequence[str] = ()
) -> Iterator[Event]:
    """What happens to a job from now on, until and with JobEnded.

    Args:
        last: of what has been written already, only so many lines of each log.
        further: names of logs that the backend has besides, to be read too.
    """
    paths = {name: path for name, path in backend.logs(job).items() if name in further}
    follower = Follower(
        job.place, job.record, pulse=_Pulse(backend, job, None), logs=logs, last=last, further=paths
    )
    return follower.follow()


def wait(
    backend: RunBackend, job: Job, timeout: float | None = None, *, on_event: Listener | None = None
) -> RunResult:
    """Wait for the end of a job, or as it stands after ``timeout`` seconds."""
    deadline = None if timeout is None else time.monotonic() + timeout
    with listening(on_event):
        try:
            job.record  # noqa: B018 - of a folder that has been deleted, there is nothing to follow
        except WorkspaceError:
            return backend.poll(job)
        try:
            for event in _follower(backend, job, logs=on_event is not None, deadline=deadline).follow():
                emit(event)
        except _WaitedEnough:
            return backend.poll(job)
    result = backend.poll(job)
    with Recorder(deadline) as recorder:
        recorder.begin(job.place)
    return result


async def wait_async(backend: RunBackend, job: Job, timeout: float | None = None) -> RunResult:
    """As ``wait``, without holding up an event loop. Leaves nothing behind when its task is cancelled."""
    import asyncio

    deadline = None if timeout is None else time.monotonic() + timeout
    asked = 0.0
    while True:
        result = await asyncio.to_thread(result_of, job)
        if result is None and time.monotonic() >= asked + backend.poll_interval:
            result = await asyncio.to_thread(backend.poll, job)
            asked = time.monotonic()
        elif result is not None:
            result = await asyncio.to_thread(backend.poll, job)
        if result is not None and result.state.is_final:
            with Recorder(deadline) as recorder:
                recorder.begin(job.place)
                await recorder.finished()
            return result
        if deadline is not None and time.monotonic() >= deadline:
            return await asyncio.to_thread(backend.poll, job)
        await asyncio.sleep(LOOK)


def pause(backend: RunBackend, job: Job, seconds: float) -> RunResult | None:
    """Sleep, then ask for the job."""
    time.sleep(seconds)
    return backend.poll(job)


class _WaitedEnough(Exception):  # noqa: N818 - not an error
    """The time is over."""


class _Pulse:
    """Asks a backend at its own pace."""

    def __init__(self, backend: RunBackend, job: Job, deadline: float | None) -> None:
        self.backend, self.job, self.deadline = backend, job, deadline
        self.asked = float("-inf")

    def __call__(self, seconds: float) -> RunResult | None:
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise _WaitedEnough
        if time.monotonic() < self.asked + self.backend.poll_interval:
            time.sleep(seconds)
            return None
        status = self.backend.wait_a_moment(self.job, seconds)
        self.asked = time.monotonic()
        return status


def _follower(backend: RunBackend, job: Job, *, logs: bool, deadline: float | None = None) -> Follower:
    return Follower(job.place, job.record, pulse=_Pulse(backend, job, deadline), logs=logs)


def _to_the_end(follower: Follower) -> RunResult:
    for event in follower.follow():
        if isinstance(event, JobEnded):
            return event.result
        emit(event)
    raise RuntimeError("a job was followed to no end")


def result_of(job: Job) -> RunResult | None:
    """What the job itself wrote about its end; None when it has not."""
    return read_result(job.workspace, attempt=job.attempt)


def _announce(job: Job) -> None:
    attempt = job.record
    command = shown(attempt.command)
    logger.info("started %s in %s", command, job.workspace)
    local = attempt.backend == "local" and (attempt.native_id or "").isdigit()
    emit(
        JobStarted(
            workspace=job.workspace,
            command=command,
            backend=attempt.backend,
            attempt=attempt.number,
            time_limit_s=attempt.time_limit_s,
            pid=int(attempt.native_id or 0) if local else None,
            host=socket.gethostname(),
        )
    )


def _log_line(event: Any) -> None:
    if isinstance(event, LogLine):
        logger.info("%s", event.text)
