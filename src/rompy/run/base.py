"""What every run backend checks first."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rompy.errors import WorkspaceError

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
