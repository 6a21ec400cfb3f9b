"""Gets a workspace ready for one more attempt at running its model, wherever that will be."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from rompy.core import atomic
from rompy.core.launch import Launch
from rompy.core.success import Success
from rompy.core.workspace import Workspace
from rompy.errors import SubmitError, WorkspaceError
from rompy.jobs import supervise
from rompy.jobs.launch import write_launch
from rompy.jobs.record import JobRecord
from rompy.jobs.result import attempt_folder


@dataclass(frozen=True)
class Order:
    """What a backend asks to be run."""

    run_id: str
    backend: str
    """Name of the backend."""
    launch: Launch
    """The command as the place will execute it: Python and MPI launcher filled in, environment merged."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """The backend's settings, for the record."""
    time_limit_s: float | None = None
    grace_s: float = 10.0
    """Between asking the model to end and killing it."""
    directory: Path | None = None
    """Where to run it, when not in the workspace."""
    keep_output: bool = True
    """Whether the model's output goes to logs in the workspace."""
    success: Success | None = None
    """What success looks like besides exit code 0."""
    patience_s: float = 30.0
    """How long the result of a job that has gone may take to be seen, on a slow file system."""


def prepare(
    workspace: Workspace, order: Order, *, facts: Mapping[str, Any] | None = None, sync: bool = True
) -> JobRecord:
    """Write everything that an attempt needs; put what the last attempt left aside. The lock must be held.

    Args:
        facts: what the backend wants to know later, kept in the record.
        sync: whether the record has to survive a crash of this machine at once.

    Returns:
        the record with the new attempt, which is pending; ``supervisor_options`` starts it.

    Raises:
        SubmitError: the command or its environment cannot be handed to a program.
        WorkspaceError: the run directory cannot be written.
    """
    progress = _inside(workspace, order.launch.progress)
    try:
        workspace.hidden.mkdir(exist_ok=True)
        record = JobRecord.read(workspace) or JobRecord(order.run_id)
        _put_aside(workspace, record, progress)
        _write_rules(workspace, order.success)
        write_launch(workspace, order.launch.argv, order.launch.env, order.directory)
        atomic.write_bytes(workspace.supervise_py, _supervisor_text(), sync=False)
        record.begin(
            order.backend,
            list(order.launch.argv),
            settings=order.settings,
            time_limit_s=order.time_limit_s,
            progress=progress,
            facts=facts,
            patience_s=order.patience_s,
        )
        record.write(workspace, sync=sync)
    except SubmitError:
        raise
    except OSError as error:
        raise WorkspaceError(
            f"the run directory cannot be written: {error.strerror or error}", file=workspace.root
        ) from error
    return record


def supervisor_options(order: Order, attempt: int) -> list[str]:
    """Options of ``supervise.py`` for an order."""
    options = ["--grace", f"{order.grace_s:g}", "--attempt", str(attempt)]
    if order.time_limit_s is not None:
        options += ["--time-limit", f"{order.time_limit_s:g}"]
    return options if order.keep_output else [*options, "--inherit-output"]


_LEFT_BEHIND = [
    Path(path).name for path in (supervise.RESULT, supervise.INTERRUPTED, *supervise.LOGS.values())
]
_WITHDRAWN = {Path(path).name for path in (supervise.CANCEL, supervise.HEARTBEAT, supervise.PROGRAMS)}


@cache
def _supervisor_text() -> bytes:
    return Path(supervise.__file__).read_bytes()


def _write_rules(workspace: Workspace, success: Success | None) -> None:
    path = workspace.hidden / Path(supervise.SUCCESS).name
    if success:
        atomic.write_json(path, success.model_dump(mode="json"), sync=False)
    else:
        path.unlink(missing_ok=True)


def _inside(workspace: Workspace, name: str | None) -> str | None:
    if name is None:
        return None
    root = workspace.root.resolve()
    path = Path(os.path.realpath(root / name))  # which a link to itself does not upset
    if not path.is_relative_to(root):
        raise SubmitError(f"the progress file {name!r} is not inside the run directory")
    return path.relative_to(root).as_posix()


def _put_aside(workspace: Workspace, record: JobRecord, progress: str | None) -> None:
    """Keep what the last attempt left under ``.rompy/attempts/N``, so that nothing of it is taken for the new one."""
    present = set(os.listdir(workspace.hidden))  # noqa: PTH208 - one look instead of one for each
    left = [workspace.hidden / name for name in _LEFT_BEHIND if name in present]
    if progress is not None and os.path.lexists(workspace.root / progress):
        left.append(workspace.root / progress)
    if left:
        folder = attempt_folder(workspace, record.last.number if record.last else 0)
        folder.mkdir(parents=True, exist_ok=True)
        for path in left:
            path.replace(folder / path.name)
    for name in _WITHDRAWN & present:
        (workspace.hidden / name).unlink(missing_ok=True)
