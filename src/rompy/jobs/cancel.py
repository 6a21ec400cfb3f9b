"""Asks for the end of a job, from any process on any machine that sees the folder."""

from __future__ import annotations

from pathlib import Path

from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError


def request_cancel(workspace: Path | Workspace) -> None:
    """Ask the supervisor of a workspace to end its model; it does so within a second and writes the result.

    A job that is pending ends as cancelled when its turn comes. One that has ended is not changed.

    Raises:
        WorkspaceError: the request cannot be left in the folder.
    """
    place = workspace if isinstance(workspace, Workspace) else Workspace(workspace)
    try:
        place.cancel.touch()
    except OSError as error:
        raise WorkspaceError(f"the run cannot be cancelled: {error.strerror}", file=place.root) from error
