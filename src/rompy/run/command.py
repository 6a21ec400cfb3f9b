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


def command_elsewhere(model_run: Any, config: Any, launcher: str) -> Launch:
    """The same for a place that has a Python and an MPI launcher of its own, and a shell for the settings' command.

    Args:
        config: settings with ``command``, ``python``, ``mpiexec`` and ``env_vars``.
        launcher: MPI launcher, unless the settings name one.

    Raises:
        SubmitError: neither the settings nor the configuration say what to run, or the launcher is no command.
    """
    said = launch_of(model_run)
    env = {**(said.env if said else {}), **config.env_vars}
    progress = said.progress if said else None
    if config.command is not None:
        return Launch(("sh", "-c", config.command), 1, env, progress)
    if said is None:
        raise SubmitError(
            f"there is nothing to execute for {model_run.run_id}: the settings have no command, and the "
            "configuration does not say how its model is started",
            hint="Give the backend's settings a command, for example  command: ./run.sh",
            field="command",
        )
    argv = said.argv
    if argv[0] == "python":
        argv = (config.python or sys.executable or "python3", *argv[1:])
    if said.ranks > 1:
        argv = (*_words(config.mpiexec or launcher, "mpiexec"), "-n", str(said.ranks), *argv)
    return Launch(argv, said.ranks, env, progress)


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
