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
from typing import Any

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
    with _turn(workspace, patience) as is_mine:
        values = _values(workspace) if is_mine else None
        before = None if values is None else json.dumps(values, sort_keys=True)
        yield values
        if values is not None and json.dumps(values, sort_keys=True) != before:
            write_sealed(workspace.manifest, values)


def _values(workspace: Workspace) -> dict[str, Any] | None:
    try:
        values = json.loads(workspace.manifest.read_bytes())
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(values, dict) or values.get("schema") != SCHEMA:
        return None
    if not is_intact(values):
        logger.warning("%s was edited, so nothing is added to it", workspace.manifest)
        return None
    return values


@contextmanager
def _turn(workspace: Workspace, patience: float) -> Iterator[bool]:
    handle = os.open(workspace.hidden / "manifest.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        yield _locked(handle, time.monotonic() + patience)
    finally:
        os.close(handle)


def _locked(handle: int, deadline: float) -> bool:
    while not _take(handle):
        if time.monotonic() >= deadline:
            return False
        time.sleep(0.02)
    return True


def _take(handle: int) -> bool:
    """Whether the lock is ours now, or the file system knows none; the change itself is atomic at least."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in (errno.EWOULDBLOCK, errno.EACCES)
    return True
