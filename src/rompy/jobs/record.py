"""The record of a workspace's jobs: who runs it, with what settings, and what happened so far."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from rompy.core import atomic
from rompy.core.workspace import Workspace
from rompy.jobs.result import RunResult
from rompy.jobs.state import JobState
from rompy.secrets import without_secrets

FORMAT = "rompy-job/1"


@dataclass
class Attempt:
    """One time that the workspace was run."""

    number: int
    backend: str
    """Name of the backend, such as ``local``."""
    command: list[str]
    """What was started."""
    submitted: str
    """When (UTC)."""
    time_limit_s: float | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    """The backend's settings, without secrets."""
    progress: str | None = None
    """Progress file, relative to the workspace."""
    native_id: str | None = None
    """What the place where it runs calls it: a process, container or batch job id."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What else the backend has to know, such as the name by which it finds a job whose id was never learnt."""
    patience_s: float = 30.0
    """How long the result of a job that has gone may take to be seen, on a slow file system."""
    gone_since: str | None = None
    """When its place was first found not to know it any more, while there was no result (UTC)."""
    state: str = JobState.pending.value
    history: list[dict[str, Any]] = field(default_factory=list)
    """States with the time at which they were noticed, and the reason of a final one."""


@dataclass
class JobRecord:
    """All attempts. ``job.json`` holds it; the truth about an attempt's end is its ``result.json``."""

    run_id: str
    attempts: list[Attempt] = field(default_factory=list)

    @classmethod
    def read(cls, workspace: Workspace) -> JobRecord | None:
        """The record on disk; None when there is none that can be read."""
        try:
            values = json.loads(workspace.job_json.read_bytes())
            names = Attempt.__dataclass_fields__
            attempts = [Attempt(**{k: v for k, v in a.items() if k in names}) for a in values["attempts"]]
            return cls(values["run_id"], attempts)
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None

    @classmethod
    @contextmanager
    def changing(cls, workspace: Workspace) -> Iterator[JobRecord | None]:
        """The record, to be changed inside the block and written at its end; None when there is none.

        Processes that change it at the same time wait for each other, so that nobody's change is lost.

        Raises:
            OSError: it cannot be written.
        """
        with _turn(workspace):
            record = cls.read(workspace)
            yield record
            if record is not None:
                # What is noted here can be learnt again: only the intent must survive a crash of the machine.
                record.write(workspace, sync=False)

    def write(self, workspace: Workspace, *, sync: bool = True) -> None:
        """Put it on disk; with ``sync`` so that it survives a crash of the machine."""
        # json reads lone surrogates (from paths that are no UTF-8) back as they are written here.
        atomic.write_bytes(workspace.job_json, self._text().encode("utf-8", "surrogatepass"), sync=sync)

    def _text(self) -> str:
        """JSON with a line for each value: as readable as with more lines, and made in a tenth of the time."""
        attempts = ",\n".join(map(_attempt_text, self.attempts))
        return f'{{\n "format": "{FORMAT}",\n "run_id": {_json(self.run_id)},\n "attempts": [\n{attempts}\n ]\n}}\n'

    @property
    def last(self) -> Attempt | None:
        """The attempt that began last."""
        return self.attempts[-1] if self.attempts else None

    def begin(
        self,
        backend: str,
        command: list[str],
        *,
        settings: Mapping[str, Any],
        time_limit_s: float | None = None,
        progress: str | None = None,
        facts: Mapping[str, Any] | None = None,
        patience_s: float = 30.0,
    ) -> Attempt:
        """Add an attempt, which is pending."""
        attempt = Attempt(
            number=self.last.number + 1 if self.last else 1,
            backend=backend,
            command=[without_secrets(word) for word in command],
            submitted=_now(),
            time_limit_s=time_limit_s,
            settings=without_secrets(settings),
            progress=progress,
            facts=without_secrets(facts or {}),
            patience_s=patience_s,
        )
        self.attempts.append(attempt)
        self.note(JobState.pending)
        return attempt

    def note(self, state: JobState, *, reason: str = "", native_id: str | None = None) -> None:
        """Add a state of the last attempt to the history."""
        attempt = self.attempts[-1]
        attempt.state = state.value
        attempt.native_id = native_id or attempt.native_id
        attempt.history.append(
            {"state": state.value, "time": _now(), **({"reason": reason} if reason else {})}
        )

    def close(self, result: RunResult) -> None:
        """Note how the last attempt ended."""
        self.note(result.state, reason=result.summary)
        facts = {"exit_code": result.exit_code, "host": result.host}
        for name in ("started", "ended"):
            moment = getattr(result, name)
            facts[name] = moment and moment.isoformat().replace("+00:00", "Z")
        self.attempts[-1].history[-1].update({k: v for k, v in facts.items() if v is not None})


def next_attempt(workspace: Workspace) -> int:
    """The number that the next attempt at running a workspace will have."""
    record = JobRecord.read(workspace)
    return record.last.number + 1 if record is not None and record.last is not None else 1


@contextmanager
def _turn(workspace: Workspace, patience: float = 10.0) -> Iterator[None]:
    handle = os.open(workspace.hidden / "job.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except OSError as error:
                # A file system without locks, or a holder that hangs: the change itself is atomic at least.
                if error.errno not in (errno.EWOULDBLOCK, errno.EACCES) or time.monotonic() >= deadline:
                    break
                time.sleep(0.01)
        yield
    finally:
        os.close(handle)


def _attempt_text(attempt: Attempt) -> str:
    lines = [f'  "{name}": {_json(value)}' for name, value in vars(attempt).items() if name != "history"]
    history = ",\n".join(f"   {_json(entry)}" for entry in attempt.history)
    return " {\n" + ",\n".join([*lines, f'  "history": [\n{history}\n  ]']) + "\n }"


_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def _now() -> str:
    return datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
