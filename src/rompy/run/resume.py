"""Decides by content whether a run has to be continued, and says why."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy.core.workspace import Workspace
from rompy.digest import digest_of
from rompy.errors import ConfigError, MissingFileError, WorkspaceError
from rompy.jobs.record import Attempt
from rompy.jobs.result import RunResult
from rompy.jobs.state import JobState
from rompy.manifest import read_manifest
from rompy.run.job import Job
from rompy.secrets import MASK

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Decision:
    """What becomes of a run."""

    job: Job
    again: bool
    """Whether it is run again."""
    why: str
    status: RunResult


def decide(job: Job) -> Decision:
    """Whether a run has to be run again: unless it lives, or has succeeded with the input that is there now.

    Raises:
        WorkspaceError: it would have to, but input is missing.
        ManifestError: nobody can tell what its input was.
    """
    status = job.status()
    changed, missing = changes(job.place)
    if not status.state.is_final:
        return Decision(job, False, f"it is {status.state}", status)
    later = [name for name in changed if _is_later(job.place.root / name, status)]
    again = status.state is not JobState.succeeded or bool(later)
    if missing and again:
        raise WorkspaceError(
            f"it cannot be run again: input is missing: {_some(missing)}",
            file=job.workspace,
            hint="Generate it anew with delete_existing: true.",
        )
    if status.state is not JobState.succeeded:
        edited = f"; input was edited since it was generated: {_some(changed)}" if changed else ""
        return Decision(job, True, f"the last attempt {_told(status)}{edited}", status)
    if later:
        return Decision(job, True, f"it succeeded, but input has changed since: {_some(later)}", status)
    if missing:
        return Decision(job, False, f"it succeeded; input was removed since: {_some(missing)}", status)
    return Decision(job, False, "it succeeded, and its input is as it was", status)


def changes(workspace: Workspace) -> tuple[list[str], list[str]]:
    """Generated files whose content is not that of the manifest any more, and those that are gone.

    Raises:
        ManifestError: the manifest was damaged or edited.
    """
    if not os.path.lexists(workspace.manifest):
        return [], []
    changed, missing = [], []
    for name, known in sorted(read_manifest(workspace).files.items()):
        path = workspace.root / name
        if known.sha256 is None:
            continue
        if not path.is_file():
            missing.append(name)
        elif path.stat().st_size != known.bytes or digest_of(path) != known.sha256:
            changed.append(name)
    return changed, missing


def run_of(workspace: Workspace) -> Any:
    """The ModelRun that a workspace was generated from, placed where the workspace is now.

    Raises:
        WorkspaceError: the workspace does not tell.
    """
    from rompy.core.describing.description import Description
    from rompy.model import ModelRun

    if not workspace.run_yml.is_file():
        raise WorkspaceError("the folder has no description of its run", file=workspace.run_yml)
    description = Description.load(workspace.run_yml)
    description.require_mapping()
    return ModelRun.model_validate(
        {
            **description.data,
            "output_dir": str(workspace.root),
            "run_id_subdir": False,
            "delete_existing": False,
        }
    )


def settings_of(attempt: Attempt) -> Any:
    """The backend's settings of an attempt. Secrets, which are kept nowhere, come from the environment.

    Raises:
        ConfigError: a secret is not in the environment.
    """
    from rompy.backends.load import load_backend_config

    settings = {key: value for key, value in attempt.settings.items() if value is not None}
    env = dict(settings.get("env_vars") or {})
    for name, value in env.items():
        if value == MASK:
            if name not in os.environ:
                raise ConfigError(
                    f"the variable {name} of the last attempt was a secret, which is kept nowhere",
                    hint=f"Set {name} in the environment, or give the settings with --backend-config.",
                )
            env[name] = os.environ[name]
    settings |= {"env_vars": env, "type": attempt.backend}
    try:
        return load_backend_config(settings, complete=False)
    except MissingFileError as error:
        logger.warning("the profile of the site of the last attempt is not there any more: %s", error)
        return load_backend_config({**settings, "site": None}, complete=False)


def _is_later(path: Path, status: RunResult) -> bool:
    """Whether a file was written after the run had ended; models may change their own input files."""
    return status.ended is None or path.stat().st_mtime > status.ended.timestamp()


def _told(status: RunResult) -> str:
    verb = "is lost" if status.state is JobState.lost else f"ended as {status.state}"
    return f"{verb} ({status.summary})" if status.summary else verb


def _some(names: list[str], shown: int = 3) -> str:
    more = f" and {len(names) - shown} more" if len(names) > shown else ""
    return ", ".join(names[:shown]) + more
