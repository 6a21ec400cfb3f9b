"""What is executed in a container, put together from settings and configuration."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from rompy.backends.docker import DEFAULT_EXECUTABLE, DockerConfig
from rompy.core.launch import Launch
from rompy.run.command import launch_of

OPEN_MPI_AS_ROOT = {"OMPI_ALLOW_RUN_AS_ROOT": "1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM": "1"}
"""Without these, Open MPI refuses to run as root; other launchers pass them over."""


def container_command(model_run: Any, config: DockerConfig) -> Launch:
    """The command with Python and MPI launcher filled in and the environment merged.

    An ``executable`` that is set comes first, then what the model's configuration says, then the default executable.
    With ``mpiexec``, the executable is started with as many ranks as the container has processors.
    """
    said = launch_of(model_run)
    if said is not None and config.executable == DEFAULT_EXECUTABLE:
        argv = ("python3", *said.argv[1:]) if said.argv[:1] == ("python",) else said.argv
        launcher, ranks = config.mpiexec or "mpiexec", said.ranks
    else:
        argv = tuple(shlex.split(config.executable))
        launcher, ranks = config.mpiexec, config.cpu if config.mpiexec else 1
    if launcher and (ranks > 1 or (said is None and config.mpiexec)):
        argv = (*shlex.split(launcher), "-n", str(ranks), *argv)
    launch = said or Launch(argv)
    return replace(launch, argv=argv, ranks=ranks, env={**launch.env, **config.env_vars})


def mount_point(workspace: Path, config: DockerConfig) -> PurePosixPath:
    """Where the workspace appears in the container."""
    return PurePosixPath(workspace if config.mount == "host" else config.mount)


def run_directory(workspace: Path, config: DockerConfig) -> PurePosixPath | None:
    """Where the model runs, as the container sees it; None for the workspace.

    A folder inside the workspace is found there; any other one appears under its path on this machine.
    """
    if config.working_dir is None:
        return None
    folder = config.working_dir.absolute()
    if folder.is_relative_to(workspace):
        return mount_point(workspace, config) / folder.relative_to(workspace)
    return PurePosixPath(folder)
