"""A container of ours: made, found again by its label, and what it says of its end."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from rompy.jobs.result import parse_time

LABEL = "rompy.job"
"""Holds the token of the job, which its record knows before the container is made."""


@dataclass(frozen=True)
class ContainerFacts:
    """What the record of a job has of its container."""

    engine: str
    """Where the engine listens."""
    label: str
    """The token of the job."""
    image: dict[str, Any] = field(default_factory=dict)
    user: str | None = None
    """Of the settings."""
    remove: bool = True
    """Whether the container goes when it has ended."""
    inside: bool = False
    """Whether the supervisor is in it."""


@dataclass(frozen=True)
class End:
    """How a container ended."""

    exit_code: int
    out_of_memory: bool
    """Whether a process in it was killed because the container had reached its memory limit."""
    error: str
    started: datetime | None
    ended: datetime | None

    @classmethod
    def of(cls, container: Any) -> End:
        """From a container that has ended."""
        state = container.attrs["State"]
        return cls(
            exit_code=int(state.get("ExitCode") or 0),
            out_of_memory=bool(state.get("OOMKilled")),
            error=str(state.get("Error") or ""),
            started=_moment(state.get("StartedAt")),
            ended=_moment(state.get("FinishedAt")),
        )


def labels_of(token: str, run_id: str, attempt: int, workspace: str) -> dict[str, str]:
    """Labels of a container; people search for the readable ones."""
    return {
        LABEL: token,
        "rompy.run_id": run_id,
        "rompy.attempt": str(attempt),
        "rompy.workspace": workspace,
    }


def name_of(token: str, run_id: str) -> str:
    """A readable name that the engine accepts."""
    return f"rompy-{re.sub(r'[^A-Za-z0-9_.-]+', '-', run_id)[:40]}-{token[:8]}"


def find(client: Any, token: str) -> Any | None:
    """The container of a job; None when the engine has none."""
    from docker.errors import NotFound

    try:
        found = client.containers.list(all=True, filters={"label": f"{LABEL}={token}"})
    except NotFound:  # removed between the two questions that the SDK asks
        return None
    return found[0] if found else None


def is_over(container: Any) -> bool:
    """Whether it has run and ended."""
    return container.status in ("exited", "dead", "stopped", "removing")


def own_log(container: Any, lines: int) -> bytes:
    """What a container itself said last: nothing unless something went wrong around the model."""
    from docker.errors import APIError

    try:
        return bytes(container.logs(tail=lines))
    except APIError:  # one that is supervised from outside keeps no log in the engine
        return b""


def last_lines(container: Any, count: int = 5) -> list[str]:
    """The same, safe to show."""
    text = own_log(container, count).decode("utf-8", "replace")
    return [re.sub(r"[\x00-\x1f\x7f-\x9f]", "", line) for line in text.splitlines() if line.strip()]


def _moment(text: str | None) -> datetime | None:
    """From the engine's text, which has nanoseconds, and the year 1 for never."""
    if not text or text.startswith("0001"):
        return None
    return parse_time(re.sub(r"\.(\d{1,6})\d*", lambda match: "." + match[1].ljust(6, "0"), text))
