"""The record of a workspace's jobs: who runs it, with what settings, and what happened so far."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Annotated, Any

from typing_extensions import TypedDict

from rompy.core import atomic
from rompy.core.record_file import RecordError, read_record
from rompy.core.typed import inside, moment
from rompy.core.workspace import Workspace
from rompy.jobs.result import RunResult
from rompy.jobs.state import JobState
from rompy.secrets import without_secrets

FORMAT = "rompy-job/1"
_PATIENCE = 10.0
"""Seconds to wait for another process that changes the record; the change itself is atomic at least."""

Moment = Annotated[str, moment]
"""A time (UTC) as it is written."""
State = Annotated[str, JobState]
"""Value of a JobState."""


class _Noticed(TypedDict):
    """A state that an attempt was noticed to be in."""

    state: State
    time: Moment
    """When it was noticed."""


class Noted(_Noticed, total=False):
    """The same, with what was told of it."""

    reason: str
    exit_code: int | None
    host: str
    started: Moment
    ended: Moment


def _counts(number: int) -> None:
    if number < 1:
        raise ValueError(f"{number} is no number of an attempt")


@dataclass
class Attempt:
    """One time that the workspace was run."""

    number: Annotated[int, _counts]
    backend: str
    """Name of the backend, such as ``local``."""
    command: list[str]
    """What was started."""
    submitted: Moment
    time_limit_s: float | None = None
    settings: dict[str, Any] = field(default_factory=dict)
    """The backend's settings, without secrets."""
    progress: Annotated[str, inside] | None = None
    """Progress file, relative to the workspace."""
    native_id: str | None = None
    """What the place where it runs calls it: a process, container or batch job id."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What else the backend has to know, such as the name by which it finds a job whose id was never learnt."""
    patience_s: float = 30.0
    """How long the result of a job that has gone may take to be seen, on a slow file system."""
    gone_since: Moment | None = None
    """When its place was first found not to know it any more, while there was no result."""
    state: State = JobState.pending.value
    history: list[Noted] = field(default_factory=list)
    """States in the order in which they were noticed."""


@dataclass
class JobRecord:
    """All attempts. ``job.json`` holds it; the truth about an attempt's end is its ``result.json``."""

    run_id: str
    attempts: list[Attempt] = field(default_factory=list)

    @classmethod
    def read(cls, workspace: Workspace) -> JobRecord | None:
        """The record on disk; None when there is none.

        Raises:
            RecordError: it cannot be relied on.
        """
        record = read_record(workspace.job_json, cls, layout=FORMAT)
        if record is not None and not record.attempts:
            raise RecordError.of(workspace.job_json, "it tells of no attempt")
        return record

    @classmethod
    @contextmanager
    def changing(cls, workspace: Workspace) -> Iterator[JobRecord | None]:
        """The record, to be changed inside the block and written at its end; None when there is none.

        Processes that change it at the same time wait for each other, so that nobody's change is lost.

        Raises:
            OSError: it cannot be read or written.
        """
        from rompy.manifest.writing import turn

        with turn(workspace, "job.lock", patience=_PATIENCE):
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
        noted: Noted = {"state": state.value, "time": _now()}
        attempt.history.append({**noted, "reason": reason} if reason else noted)

    def close(self, result: RunResult) -> None:
        """Note how the last attempt ended."""
        self.note(result.state, reason=result.summary)
        noted = self.attempts[-1].history[-1]
        if result.exit_code is not None:
            noted["exit_code"] = result.exit_code
        if result.host is not None:
            noted["host"] = result.host
        if result.started is not None:
            noted["started"] = _text(result.started)
        if result.ended is not None:
            noted["ended"] = _text(result.ended)


def next_attempt(workspace: Workspace) -> int:
    """The number that the next attempt at running a workspace will have.

    Raises:
        RecordError: the record of the former ones cannot be relied on.
    """
    record = JobRecord.read(workspace)
    return record.last.number + 1 if record is not None and record.last is not None else 1


def _attempt_text(attempt: Attempt) -> str:
    lines = [f'  "{name}": {_json(value)}' for name, value in vars(attempt).items() if name != "history"]
    history = ",\n".join(f"   {_json(entry)}" for entry in attempt.history)
    return " {\n" + ",\n".join([*lines, f'  "history": [\n{history}\n  ]']) + "\n }"


_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode


def _now() -> str:
    return _text(datetime.now(timezone.utc), "milliseconds")


def _text(when: datetime, precision: str = "auto") -> str:
    return when.isoformat(timespec=precision).replace("+00:00", "Z")
