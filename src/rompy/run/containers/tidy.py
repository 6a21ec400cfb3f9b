"""What is left to do when a job in a container has ended. Done by whoever asks for the job first, once."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy.core import atomic
from rompy.core.record_file import RecordError, read_record
from rompy.core.workspace import Workspace
from rompy.run.containers.container import ContainerFacts, End, find, is_over, own_log
from rompy.run.containers.owner import take_back

logger = logging.getLogger(__name__)

CONTAINER_LOG = "container.log"
"""What the container itself said besides the model's output: complaints of the supervisor or of an entrypoint."""
CONTAINER_END = "container.json"
"""How the container ended, kept after it has been removed."""
FAREWELL = 10.0
"""Seconds that a container gets to end after the result has been written; it takes a fraction of one."""
_LOG_LINES = 1000


def is_tidy(workspace: Workspace, token: str) -> bool:
    """Whether all this has been done for a job."""
    try:
        done = read_record(workspace.hidden / CONTAINER_END, _Tidied)
    except RecordError:
        return False
    return done is not None and done.job == token


@dataclass(frozen=True)
class _Tidied:
    """Of ``CONTAINER_END``."""

    job: str


def tidy(client: Any, workspace: Workspace, facts: ContainerFacts) -> None:
    """End the container if it still runs, keep what it said, give the files to the caller, remove the container."""
    container = find(client, facts.label)
    end: End | None = None
    if container is not None:
        _end(container)
        end = End.of(container)
        _keep_log(container, workspace.hidden / CONTAINER_LOG)
    problem = take_back(client, str(facts.image.get("id", "")), workspace.root, facts.user or "")
    if problem is not None:
        logger.warning("%s", problem)
    if container is not None and facts.remove:
        _remove(container)
    atomic.write_json(
        workspace.hidden / CONTAINER_END,
        {
            "job": facts.label,
            "container": None if container is None else container.id,
            "exit_code": None if end is None else end.exit_code,
            "out_of_memory": end is not None and end.out_of_memory,
            "error": "" if end is None else end.error,
        },
    )


def _end(container: Any) -> None:
    from docker.errors import APIError

    deadline = time.monotonic() + FAREWELL
    while container.status != "created" and not is_over(container):
        if time.monotonic() >= deadline:
            logger.warning("the container %s still runs after its job has ended; it is ended", container.name)
            try:
                container.kill()
            except APIError as error:
                logger.warning("%s", error)
            deadline += FAREWELL
        time.sleep(0.02)
        container.reload()


def _keep_log(container: Any, path: Path) -> None:
    text = own_log(container, _LOG_LINES)
    if text:
        path.write_bytes(text)


def _remove(container: Any) -> None:
    from docker.errors import NotFound

    try:
        container.remove(force=True, v=True)
    except NotFound:
        return
