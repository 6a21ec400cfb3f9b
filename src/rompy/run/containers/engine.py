"""The engine that runs containers: Docker, or Podman through the same interface."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rompy.errors import PluginError, SubmitError

PATIENCE = 60.0
"""Seconds that the engine may take for one answer; pulling and building have none."""
_INSTALL = "Install Docker or Podman and start it, or give the address of one that runs as  engine  or in DOCKER_HOST."


class EngineError(SubmitError):
    """The engine cannot be reached, or does not answer."""


def engine_address(setting: str | None = None) -> str:
    """Where the engine listens: as set, else ``DOCKER_HOST``, else the first usual socket that exists."""
    named = setting or os.environ.get("DOCKER_HOST")
    if named:
        return named
    runtime = os.environ.get("XDG_RUNTIME_DIR", "")
    usual = [Path("/var/run/docker.sock"), Path("/run/podman/podman.sock")]
    if runtime:
        usual[1:1] = [Path(runtime, "docker.sock"), Path(runtime, "podman", "podman.sock")]
    found = next((path for path in usual if path.exists()), usual[0])
    return f"unix://{found}"


@contextmanager
def engine(address: str, *, timeout: float | None = PATIENCE) -> Iterator[Any]:
    """A client of the engine (``docker.DockerClient``). Whatever goes wrong with it comes as an error of ours.

    Args:
        timeout: seconds that one answer may take; None for any.

    Raises:
        PluginError: the extra is not installed.
        EngineError: there is none, it may not be used, or it has gone meanwhile.
        SubmitError: it refused something.
    """
    docker = _sdk()
    _knock(address)
    with _translated(address):
        client = docker.from_env(
            environment={**os.environ, "DOCKER_HOST": address}, version="auto", timeout=timeout
        )
        try:
            yield client
        finally:
            client.close()


def said(error: Any) -> str:
    """What the engine itself said in an error of the SDK."""
    text = getattr(error, "explanation", None) or error
    return str(text.decode("utf-8", "replace") if isinstance(text, bytes) else text).strip()


def _knock(address: str) -> None:
    """Raise an EngineError when nobody listens; the SDK would leave its socket open then."""
    if not address.startswith("unix://"):
        return
    try:
        with socket.socket(socket.AF_UNIX) as knocking:
            knocking.settimeout(PATIENCE)
            knocking.connect(address.removeprefix("unix://"))
    except OSError as error:
        raise _unreachable(address, error, error) from error


def _sdk() -> Any:
    try:
        import docker
    except ImportError as error:
        raise PluginError(
            f"the docker SDK is not installed ({error})", hint='Install it: pip install "rompy[docker]"'
        ) from None
    return docker


@contextmanager
def _translated(address: str) -> Iterator[None]:
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except (DockerException, RequestException) as error:
        cause = _cause(error)
        if isinstance(error, APIError) and not isinstance(cause, (PermissionError, ConnectionError)):
            raise SubmitError(f"the engine refused: {said(error)}") from error
        raise _unreachable(address, error, cause) from error


def _unreachable(address: str, error: BaseException, cause: BaseException | None) -> EngineError:
    if isinstance(cause, PermissionError):
        return EngineError(
            f"the engine at {address} may not be used by this user (permission denied)",
            hint="Ask for membership of the group that owns the socket (usually docker), "
            "or use a rootless engine of your own, such as Podman.",
        )
    if isinstance(cause, (FileNotFoundError, ConnectionRefusedError)):
        return EngineError(f"no engine listens at {address}", hint=_INSTALL)
    return EngineError(f"the engine at {address} does not answer: {error}", hint=_INSTALL)


def _cause(error: BaseException) -> BaseException | None:
    """The error of the operating system at the bottom; the libraries in between wrap it in several ways."""
    seen: list[BaseException] = []
    waiting: list[Any] = [error]
    while waiting:
        item = waiting.pop()
        if not isinstance(item, BaseException) or item in seen:
            continue
        if isinstance(item, OSError) and item.errno is not None:
            return item
        seen.append(item)
        waiting += [*item.args, item.__cause__, item.__context__, getattr(item, "reason", None)]
    return None
