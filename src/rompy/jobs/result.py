"""How a run ended."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from rompy.core.record_file import RecordError, read_record
from rompy.core.typed import inside, moment, typed
from rompy.core.workspace import Workspace
from rompy.errors import ModelError
from rompy.jobs.duration import duration
from rompy.jobs.state import JobState
from rompy.jobs.supervise import RESULT_FORMAT


@dataclass(frozen=True)
class Resources:
    """What a run took; None where it could not be measured."""

    wall_s: float | None = None
    """Seconds from the start of the supervisor to the end of the model's last process."""
    cpu_user_s: float | None = None
    """CPU seconds of all processes of the model, in their own code."""
    cpu_system_s: float | None = None
    """CPU seconds of all processes of the model, in the kernel."""
    max_rss_bytes: int | None = None
    """Peak resident memory: of all processes together, sampled, or of the largest one, exact; the greater of both."""


@dataclass(frozen=True)
class RunResult:
    """State, reason and circumstances of a run. True only when the model succeeded."""

    state: JobState
    workspace: Path
    """The run directory."""
    exit_code: int | None = None
    """Of the model; None when a signal ended it or it was never started."""
    signal: str | None = None
    """Name of the signal that ended the model, such as ``SIGKILL``."""
    reason: str = ""
    """Why it ended so, in words; on a failure with the model's last words in the lines that follow."""
    submitted: datetime | None = None
    """When it was handed over to be started (UTC)."""
    started: datetime | None = None
    """When the supervisor started the model (UTC)."""
    ended: datetime | None = None
    """When the model ended (UTC)."""
    host: str | None = None
    """Machine that the model ran on."""
    backend: str | None = None
    attempt: int = 1
    """Counts the times that this workspace has been run."""
    resources: Resources = field(default_factory=Resources)
    stdout_log: Path | None = None
    """The model's standard output; None when it was not kept."""
    stderr_log: Path | None = None
    """The model's standard error; None when it was not kept."""
    rule: str | None = None
    """The rule of success that was broken, for a model that ended with exit code 0 and yet failed."""
    native_state: str | None = None
    """What its place says of it in its own words, such as ``PENDING (Resources)``."""
    notes: tuple[str, ...] = ()
    """What else is worth knowing, such as processes that had to be ended."""

    def __bool__(self) -> bool:
        return self.state is JobState.succeeded

    @property
    def summary(self) -> str:
        """The reason in one line."""
        return self.reason.partition("\n")[0].removesuffix(":")

    def check(self) -> RunResult:
        """Itself when the model succeeded.

        Raises:
            ModelError: it did not.
        """
        if not self:
            raise ModelError(
                f"the model {self._how()}: {self.reason}", file=self.workspace, hint=self._look()
            )
        return self

    @property
    def queued_s(self) -> float | None:
        """Seconds between the submission and the start of the model; None when it has not been started."""
        if self.submitted is None or self.started is None:
            return None
        return max(0.0, (self.started - self.submitted).total_seconds())

    def __str__(self) -> str:
        lines = [f"{self._how()}{self._spent()}: {self.reason}", *self.notes, self._look() or ""]
        return "\n  ".join(line for line in lines if line)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values; paths as text, times in UTC."""
        values = asdict(self)
        for key in ("submitted", "started", "ended"):
            values[key] = None if values[key] is None else values[key].isoformat().replace("+00:00", "Z")
        for key in ("workspace", "stdout_log", "stderr_log"):
            values[key] = None if values[key] is None else str(values[key])
        return {
            **values,
            "format": RESULT_FORMAT,
            "state": self.state.value,
            "notes": list(self.notes),
            "queued_s": self.queued_s,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> RunResult:
        """From what ``to_dict`` gave.

        Raises:
            ValueError: it is something else.
        """
        return typed(cls, values)

    def to_json(self) -> str:
        """As ``to_dict``, in one line."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> RunResult:
        """From what ``to_json`` gives."""
        return cls.from_dict(json.loads(text))

    def _how(self) -> str:
        return {
            JobState.timeout: "timed out",
            JobState.lost: "is lost",
            JobState.cancelled: "was cancelled",
        }.get(self.state, self.state.value)

    def _spent(self) -> str:
        spent = self.resources
        if spent.wall_s is None:
            return ""
        text = f" after {duration(spent.wall_s)}"
        if spent.cpu_user_s is not None and spent.max_rss_bytes is not None:
            cpu = spent.cpu_user_s + (spent.cpu_system_s or 0.0)
            text += f" (CPU {duration(cpu)}, peak memory {spent.max_rss_bytes / 2**20:.0f} MiB)"
        return text

    def _look(self) -> str | None:
        logs = [str(log) for log in (self.stdout_log, self.stderr_log) if log is not None]
        return f"Logs: {', '.join(logs)}" if logs else None


def read_result(workspace: Path, *, attempt: int | None = None, path: Path | None = None) -> RunResult | None:
    """What the job itself wrote about its end; None when it has not, wrote of another attempt, or when that cannot be
    relied on (see ``damage_of_result``).

    What an attempt wrote is found when a later one has put it aside, too.

    Args:
        path: another file than ``result.json``.
    """
    place = Workspace(workspace)
    result = _read(place, path or place.result_json, attempt)
    if result is not None or path is not None or attempt is None:
        return result
    aside = attempt_folder(place, attempt)
    result = _read(place, aside / place.result_json.name, attempt)
    if result is None:
        return None
    logs = {name: aside / log.name for name in _LOGS if (log := getattr(result, name)) is not None}
    return replace(result, **logs)


def damage_of_result(workspace: Workspace) -> str | None:
    """Why the result of the last attempt cannot be relied on, naming its file; None when it can, or there is none."""
    try:
        read_record(workspace.result_json, _Written, layout=RESULT_FORMAT)
    except RecordError as error:
        return f"{error.file}: {error.message}"
    return None


def attempt_folder(workspace: Workspace, attempt: int) -> Path:
    """Where what an attempt left is kept when a later one begins."""
    return workspace.hidden / "attempts" / str(attempt)


def parse_time(text: str | None) -> datetime | None:
    """From the text that our records hold; None from none. Raises ValueError when it tells no time."""
    return moment(text) if text else None


_LOGS = ("stdout_log", "stderr_log")


@dataclass(frozen=True)
class _Written:
    """The result as the supervisor writes it."""

    attempt: int
    state: JobState
    exit_code: int | None = None
    signal: str | None = None
    reason: str = ""
    started: datetime | None = None
    ended: datetime | None = None
    host: str | None = None
    resources: Resources = field(default_factory=Resources)
    rule: str | None = None
    notes: tuple[str, ...] = ()
    logs: dict[str, Annotated[str, inside]] = field(default_factory=dict)
    """Relative to the workspace, by stream."""


def _read(workspace: Workspace, path: Path, attempt: int | None) -> RunResult | None:
    try:
        written = read_record(path, _Written, layout=RESULT_FORMAT)
    except RecordError:
        return None
    if written is None or attempt not in (None, written.attempt):
        return None
    told: dict[str, Any] = dict(vars(written))
    logs = {f"{name}_log": workspace.root / log for name, log in told.pop("logs").items()}
    told |= {name: logs.get(name) for name in _LOGS}
    return RunResult(workspace=workspace.root, **told)
