"""What a worker executes: a script in the workspace, readable and good for starting the task by hand."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

SCRIPT = ".rompy/task.sh"
"""Relative to the workspace."""
PROGRAM = ".rompy/dask_task.py"
"""Copy of `rompy.run.distributed.task`, beside that of the supervisor."""
UNREACHABLE = 72
"""Exit code of a task that cannot reach its workspace."""


def task_log(attempt: int) -> str:
    """Where the task of an attempt says what it has to say, relative to the workspace."""
    return f".rompy/task-{attempt}.log"


def task_script(workspace: Path, python: str | None, options: Sequence[str], attempt: int) -> str:
    """Text of ``task.sh``.

    Args:
        python: on the worker; the running one when None.
        options: of the supervisor.
    """
    lines = [
        "#!/bin/sh",
        "# Runs the model of this folder under supervision, once, as a child of the process that starts it.",
        "# Variables for the model that are kept in no file come as JSON on standard input.",
        f"cd -P -- {shlex.quote(str(workspace))} || exit {UNREACHABLE}",
        f"exec >>{task_log(attempt)} 2>&1",
        f"python={shlex.quote(python or sys.executable or 'python3')}",
        'command -v "$python" >/dev/null 2>&1 || python=python3',
        f'exec "$python" -I -S {PROGRAM} --worker "$PPID" {" ".join(map(shlex.quote, options))}',
    ]
    return "\n".join(lines) + "\n"
