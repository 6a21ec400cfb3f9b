"""What the engine is told about a container: limits, mounts, devices, user."""

from __future__ import annotations

import logging
import os
from pathlib import Path, PurePosixPath
from typing import Any

from rompy.backends.docker import CALLER, DockerConfig
from rompy.run.containers.command import OPEN_MPI_AS_ROOT, mount_point
from rompy.run.containers.owner import container_user, is_root

logger = logging.getLogger(__name__)

NANO = 1_000_000_000
"""The engine counts processors in billionths."""


def container_settings(client: Any, config: DockerConfig) -> dict[str, Any]:
    """Keyword arguments for ``APIClient.create_container``, but for what is run, how it is called and ``host_config``.

    The convenient interface of the SDK is of no use: it takes the mode of a mount for a part of its path.
    """
    user = container_user(client, config.user)
    settings: dict[str, Any] = {"user": user, "environment": _environment(config, user)}
    if config.entrypoint is not None:
        settings["entrypoint"] = [config.entrypoint] if config.entrypoint else []
    return settings


def host_settings(client: Any, config: DockerConfig, workspace: Path) -> dict[str, Any]:
    """Keyword arguments for ``APIClient.create_host_config``: limits, mounts, network and devices."""
    settings: dict[str, Any] = {
        "nano_cpus": _processors(client, config.cpu) * NANO,
        "mounts": [],
        "binds": list(map(_with_absolute_path, config.volumes)),
    }
    _add_mount(settings, workspace, mount_point(workspace, config))
    if config.working_dir is not None and not config.working_dir.absolute().is_relative_to(workspace):
        folder = config.working_dir.absolute()
        _add_mount(settings, folder, PurePosixPath(folder))
    if config.memory is not None:
        settings |= {"mem_limit": config.memory, "memswap_limit": config.memory}
    if config.shm_size is not None:
        settings["shm_size"] = config.shm_size
    if config.network is not None:
        settings["network_mode"] = config.network
    if config.gpus is not None:
        settings["device_requests"] = [_gpus(config.gpus)]
    if config.user != CALLER and not is_root(config.user):
        settings["group_add"] = [str(os.getgid())]
    return settings


def _environment(config: DockerConfig, user: str) -> dict[str, str]:
    if is_root(user):
        return dict(OPEN_MPI_AS_ROOT)
    # A number that the image does not know has "/" as its home, where it may not write.
    return {"HOME": "/tmp"} if config.user == CALLER else {}


def _processors(client: Any, wanted: int) -> int:
    there = int(client.info().get("NCPU") or wanted)
    if wanted > there:
        logger.warning("%d processors are asked for, and the engine's machine has %d", wanted, there)
    return min(wanted, there)


def _add_mount(settings: dict[str, Any], folder: Path, target: PurePosixPath) -> None:
    from docker.types import Mount

    if (
        ":" in f"{folder}{target}"
    ):  # the short form, which alone can ask for a label of SELinux, divides at colons
        settings["mounts"].append(Mount(str(target), str(folder), type="bind"))
    else:
        settings["binds"].append(f"{folder}:{target}:Z")


def _with_absolute_path(volume: str) -> str:
    host, _, rest = volume.partition(":")
    return f"{Path(host).absolute()}:{rest}"


def _gpus(gpus: Any) -> Any:
    from docker.types import DeviceRequest

    if isinstance(gpus, list):
        return DeviceRequest(device_ids=gpus, capabilities=[["gpu"]])
    return DeviceRequest(count=-1 if gpus == "all" else gpus, capabilities=[["gpu"]])
