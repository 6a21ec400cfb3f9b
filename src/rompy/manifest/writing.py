"""Adds to the manifest of a workspace, one process at a time."""

from __future__ import annotations

import errno
import fcntl
import json
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event
from typing import Any

from rompy.core.json_file import read_json
from rompy.core.sealed import is_intact, write_sealed
from rompy.core.workspace import Workspace
from rompy.manifest.layout import SCHEMA

logger = logging.getLogger(__name__)


@contextmanager
def adding_to(workspace: Workspace, *, patience: float = 0.0) -> Iterator[dict[str, Any] | None]:
    """The manifest as plain values, to be added to in the block and written at its end unless left as it was.

    None when there is none to add to: no manifest, one of an old schema, one that was edited (its seal must not be
    renewed, or nobody would find out), or one that another process adds to and does not finish within ``patience``
    seconds.

    Raises:
        OSError: it cannot be read or written.
    """
    with turn(workspace, "manifest.lock", patience=patience) as is_mine:
        values = manifest_values(workspace) if is_mine else None
        before = None if values is None else json.dumps(values, sort_keys=True)
        yield values
        if values is not None and json.dumps(values, sort_keys=True) != before:
            write_sealed(workspace.manifest, values)


def manifest_values(workspace: Workspace) -> dict[str, Any] | None:
    """The manifest as plain values; None when there is none that can be added to."""
    try:
        values = read_json(workspace.manifest)
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(values, dict) or values.get("schema") != SCHEMA:
        return None
    if not is_intact(values):
        logger.warning("%s was edited, so nothing is added to it", workspace.manifest)
        return None
    return values


@contextmanager
def turn(workspace: Workspace, name: str, *, patience: float, stop: Event | None = None) -> Iterator[bool]:
    """Whether it is this process's turn, by a lock on a hidden file; others have to wait until the end of the block.

    Args:
        patience: seconds to wait for another process.
        stop: set to wait no longer.
    """
    handle = os.open(workspace.hidden / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        yield _locked(handle, time.monotonic() + patience, stop or Event())
    finally:
        os.close(handle)


def _locked(handle: int, deadline: float, stop: Event) -> bool:
    while not _take(handle):
        if time.monotonic() >= deadline or stop.wait(0.02):
            return False
    return True


def _take(handle: int) -> bool:
    """Whether the lock is ours now, or the file system knows none; the change itself is atomic at least."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True
