"""What is to be executed for a run on this machine, put together from settings and configuration."""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rompy.backends.local import LocalConfig
from rompy.core.launch import Launch
from rompy.errors import SubmitError


def local_command(model_run: Any, config: LocalConfig) -> Launch | None:
    """The command with Python and MPI launcher filled in and the environment merged.

    The settings' own command comes first, then what the model's configuration says; None when neither says anything.
    Variables of the settings win over those of the configuration.

    Raises:
        SubmitError: several MPI ranks are asked for and there is no launcher, or the command is no command.
    """
    launch = launch_of(model_run)
    if config.command is not None:
        argv = ("sh", "-c", config.command) if config.shell else _words(config.command, "command")
        # Only what the configuration says about its own command is dropped; its environment and progress still hold.
        launch = replace(launch or Launch(argv), argv=argv, ranks=1)
    if launch is None:
        return None
    argv = _with_python(launch.argv)
    if launch.ranks > 1:
        argv = (*_launcher(config), "-n", str(launch.ranks), *argv)
    return Launch(argv, launch.ranks, {**launch.env, **config.env_vars}, launch.progress)


def launch_of(model_run: Any) -> Launch | None:
    """What the model's configuration says about how it is started; None when it says nothing."""
    method = getattr(getattr(model_run, "config", None), "launch", None)
    launch = method() if callable(method) else None
    return launch if isinstance(launch, Launch) else None


def runs_itself(model_run: Any) -> bool:
    """Whether the model's configuration brings a function that runs it."""
    return callable(getattr(getattr(model_run, "config", None), "run", None))


def shown(argv: Sequence[str]) -> str:
    """A command as one would type it."""
    if list(argv[:2]) == ["sh", "-c"] and len(argv) == 3:
        return argv[2]
    return " ".join(map(shlex.quote, argv))


def _with_python(argv: tuple[str, ...]) -> tuple[str, ...]:
    return (sys.executable, *argv[1:]) if argv[:1] == ("python",) and sys.executable else argv


def _launcher(config: LocalConfig) -> tuple[str, ...]:
    if config.mpiexec:
        return _words(config.mpiexec, "mpiexec")
    beside = Path(sys.executable).parent / "mpiexec"
    found = str(beside) if os.access(beside, os.X_OK) else shutil.which("mpiexec") or shutil.which("mpirun")
    if found is None:
        raise SubmitError(
            "the model wants several MPI ranks, but there is no mpiexec",
            hint='Install one: pip install "rompy[mpi]", or name yours as mpiexec in the settings of the backend.',
        )
    return (found,)


def _words(command: str, field: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(command))
    except ValueError as error:
        raise SubmitError(f"cannot be split into words: {error}", field=field) from None
    if not words:
        raise SubmitError("is empty", field=field)
    return words
