"""The state of git work trees that code and templates come from."""

from __future__ import annotations

import logging
import os
import subprocess
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

_PATIENCE = 5.0
"""Seconds that git may take."""


def state_of(folder: Path) -> dict[str, Any] | None:
    """``commit`` of the work tree that a folder is in, and whether it is ``dirty`` below that folder: changed since, or
    with files that git does not know. None outside of work trees, and, with a warning, where git does not tell."""
    if not any((parent / ".git").exists() for parent in (folder, *folder.parents)):
        return None
    command = ["git", "-C", str(folder), "status", "--porcelain=v2", "--branch", "--", "."]
    try:
        # No locks: it must not get in the way of somebody who works there.
        done = subprocess.run(
            command,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        logger.warning("the state of the work tree %s is not recorded: %s", folder, _why(error))
        return None
    lines = done.stdout.decode("utf-8", "replace").splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid")), None)
    return {"commit": commit, "dirty": any(not line.startswith("#") for line in lines)}


def _why(error: OSError | subprocess.SubprocessError) -> str:
    if isinstance(error, subprocess.CalledProcessError):
        return str(error.stderr.decode("utf-8", "replace").strip().partition("\n")[0])
    if isinstance(error, subprocess.TimeoutExpired):
        return f"git has not answered within {_PATIENCE:g} s"
    return f"git cannot be asked: {error.strerror if isinstance(error, OSError) else error}"
