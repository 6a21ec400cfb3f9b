"""Records in the manifest how a run ended."""

from __future__ import annotations

import logging
import time
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from dataclasses import asdict
from datetime import datetime
from threading import Event
from types import TracebackType
from typing import Any

from typing_extensions import Self

from rompy.core.workspace import Workspace
from rompy.jobs.record import Attempt
from rompy.jobs.result import RunResult
from rompy.secrets import without_secrets

logger = logging.getLogger(__name__)


def record_end(workspace: Workspace, attempt: Attempt, status: RunResult, *, is_new: bool) -> None:
    """Add the end of an attempt and the files it wrote to the manifest, unless that has been done. Never fails.

    Args:
        is_new: whether the end has just been noticed for the first time.
    """
    from rompy.manifest.ending import is_recorded, record_run
    from rompy.manifest.schema import RunPhase

    if not status.state.is_final or (not is_new and is_recorded(workspace, attempt.number)):
        return
    try:
        phase = _phase(workspace, attempt, status)
        RunPhase.model_validate(
            phase
        )  # facts and settings are what the job's record says, which may be anything
    except Exception as error:  # noqa: BLE001 - to record must not fail what is recorded
        logger.warning("the end of the run could not be recorded: %s: %s", type(error).__name__, error)
        return
    record_run(workspace, phase)


class Recorder:
    """Adds to the manifests of runs that have ended what their outputs hold, beside the waiting for others.

    Use as a context manager around the waiting. At its end all is recorded, unless it is ended early: what is left then
    is done by whoever waits for the run next.
    """

    def __init__(self, deadline: float | None = None) -> None:
        """
        Args:
            deadline: moment of the monotonic clock (s) at which it is ended in any case.
        """
        self._deadline = deadline
        self._stop = Event()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="outputs")
        self._begun: list[Future[None]] = []

    def begin(self, workspace: Workspace) -> None:
        """A run has ended."""
        from rompy.manifest.ending import record_outputs

        context = copy_context()  # tells who listens to long work
        self._begun.append(self._pool.submit(context.run, record_outputs, workspace, stop=self._stop))

    def finish(self) -> None:
        """Wait until all is recorded, or the time is over."""
        left = None if self._deadline is None else max(0.0, self._deadline - time.monotonic())
        try:
            wait(self._begun, left)
        finally:
            self.stop()

    async def finished(self) -> None:
        """As ``finish``, without holding up an event loop."""
        import asyncio

        await asyncio.to_thread(self.finish)

    def stop(self) -> None:
        """Leave the rest to others, within a moment."""
        if not all(one.done() for one in self._begun):
            logger.warning("not all output is recorded yet; rompy wait goes on with it")
        self._stop.set()
        self._pool.shutdown(cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self.finish()
        else:
            self.stop()


def _phase(workspace: Workspace, attempt: Attempt, status: RunResult) -> dict[str, Any]:
    from rompy.manifest.programs import executable_of, seen_programs

    seen = seen_programs(workspace, attempt.number)
    image = attempt.facts.get("image")
    return {
        "attempt": attempt.number,
        "backend": attempt.backend,
        "native_id": attempt.native_id,
        "settings": dict(attempt.settings),
        "command": list(attempt.command),
        "state": status.state.value,
        "exit_code": status.exit_code,
        "reason": without_secrets(status.reason),
        "started": _text(status.started),
        "ended": _text(status.ended),
        "host": status.host,
        "resources": asdict(status.resources),
        "executable": executable_of(seen, [] if image else list(attempt.command)),
        "image": image,
        "machine": None if seen is None else seen.get("machine"),
        "modules": None if seen is None else seen.get("modules"),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
