"""What is going on in a workspace, whose files say nothing for sure until it is over."""

from __future__ import annotations

from pathlib import Path

from rompy.core.workspace import Workspace, is_held
from rompy.errors import WorkspaceError
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs.result import read_result
from rompy.manifest.ending import is_being_processed


def underway(root: Path) -> str | None:
    """What is being done to a workspace just now, in words; None when it is quiet."""
    workspace = Workspace(root)
    if is_held(workspace.unfinished):
        return "input is being generated into it"
    if workspace.unfinished.is_file() and not workspace.manifest.exists():
        return "generating it was interrupted, so it is incomplete"
    heartbeat = read_heartbeat(workspace)
    if heartbeat is not None and read_result(root, attempt=heartbeat.attempt) is None and heartbeat.is_alive:
        return f"a model runs in it (process {heartbeat.model_pid} on {heartbeat.host})"
    if is_held(workspace.lock):
        return "a model runs in it"
    return "its output is being processed" if is_being_processed(workspace) else None


def require_quiet(*roots: Path) -> None:
    """Raises WorkspaceError while one of some workspaces is being written."""
    for root in roots:
        doing = underway(root)
        if doing is not None:
            raise WorkspaceError(doing, file=root, hint=HINT)


HINT = "Its files change meanwhile. Wait for the end (of a model: rompy wait), then try again."
