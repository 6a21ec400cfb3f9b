"""Records in the manifest how a run ended."""

from __future__ import annotations

import logging
from dataclasses import asdict
from datetime import datetime
from typing import Any

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

    if not status.state.is_final or (not is_new and is_recorded(workspace, attempt.number)):
        return
    try:
        phase = _phase(workspace, attempt, status)
    except Exception as error:  # noqa: BLE001 - to record must not fail what is recorded
        logger.warning("the end of the run could not be recorded: %s: %s", type(error).__name__, error)
        return
    record_run(workspace, phase)


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
        "modules": None if seen is None else seen.get("modules"),
    }


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat().replace("+00:00", "Z")
