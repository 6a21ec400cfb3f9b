"""What every run backend checks first."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rompy.core.workspace import Workspace
from rompy.errors import SubmitError, WorkspaceError

logger = logging.getLogger(__name__)


def check_model_run(model_run: Any) -> None:
    """Raise a ValueError unless it is something that can be run."""
    if not model_run:
        raise ValueError("model_run cannot be None")
    if not getattr(model_run, "run_id", None):
        raise ValueError("model_run must have a run_id attribute")


def workspace_of(model_run: Any, workspace_dir: str | Path | None) -> Path:
    """The folder to run in, absolute.

    Raises:
        WorkspaceError: it does not exist.
    """
    if workspace_dir is None:
        logger.warning("no workspace given: generating %s first", model_run.run_id)
        # A configuration of a plugin may override generate and return nothing.
        workspace_dir = model_run.generate() or model_run.staging_dir
    folder = Path(workspace_dir).absolute()
    if not folder.is_dir():
        raise WorkspaceError(
            f"the run directory {folder} does not exist", hint="Generate it first: rompy generate."
        )
    return folder


def workspaces_of(runs: Sequence[tuple[Any, str | Path | None]]) -> list[Workspace]:
    """The folders of runs that are handed over together.

    Raises:
        SubmitError: two of them are the same.
        WorkspaceError: one does not exist.
    """
    places = [Workspace(workspace_of(*run)) for run in runs]
    if len({place.root for place in places}) < len(places):
        raise SubmitError("two of the runs have the same folder")
    return places
