"""What is known of a run when its model has ended, and when its output has been processed."""

from __future__ import annotations

import fcntl
import logging
import platform
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Event
from typing import Any

from rompy.core.describing.dump import plain
from rompy.core.workspace import Workspace
from rompy.manifest.generation import now
from rompy.manifest.output_contents import read_outputs, read_small
from rompy.manifest.outputs import files_in, outputs_since, started_ns
from rompy.manifest.writing import adding_to
from rompy.regular_file import opener
from rompy.secrets import without_secrets

logger = logging.getLogger(__name__)

_tried: set[tuple[Path, int]] = set()
"""Ends that this process has tried to record; one that cannot be recorded is told of once."""
_BRIEFLY = 2.0
"""Seconds that another process may take to write the record, before those who ask how a run stands go on without."""
_PROCESSING = "postprocess.lock"
"""In the hidden folder: locked by each postprocessor that is at work."""
_PATIENCE = 30.0
"""The same, before what a postprocessor did is given up."""


def is_recorded(workspace: Workspace, attempt: int) -> bool:
    """Whether the end of an attempt need not be recorded any more, as far as can be told at a glance."""
    if (workspace.root.absolute(), attempt) in _tried:
        return True
    try:
        return workspace.manifest.stat().st_mtime_ns > workspace.result_json.stat().st_mtime_ns
    except (
        OSError
    ):  # no manifest to add to, or a job that left no result, which is recorded when that is noticed
        return True


def record_run(workspace: Workspace, phase: Mapping[str, Any]) -> None:
    """Add how an attempt at running the model ended, and names of what it wrote; only once for each.

    Quick however much that is: what it holds is left to ``record_outputs``.

    Args:
        phase: entries as in `rompy.manifest.schema.RunPhase`.
    """
    _tried.add((workspace.root.absolute(), phase["attempt"]))
    with _told("the end of the run"), adding_to(workspace, patience=_BRIEFLY) as manifest:
        if manifest is None:
            return
        known = manifest["phases"]["run"]
        if any(one["attempt"] == phase["attempt"] and one["state"] == phase["state"] for one in known):
            return
        others = [one for one in known if one["attempt"] != phase["attempt"]]
        manifest["phases"]["run"] = sorted([*others, dict(phase)], key=lambda one: int(one["attempt"]))
        _add_outputs(workspace, manifest, started_ns(workspace))


def record_outputs(workspace: Workspace, *, stop: Event | None = None) -> None:
    """Add digests and statistics of the outputs that have not been read yet. Never fails; may take long.

    Args:
        stop: set to leave the rest to others.
    """
    with _told("what the output holds"):
        read_outputs(workspace, stop=stop)


@contextmanager
def recording_postprocess(
    workspace: Workspace, processor: str, settings: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Add to the manifest what a postprocessor does in the block: how it ends, and the files that it writes.

    The block puts ``state`` and ``reason`` into what it is given.
    """
    phase: dict[str, Any] = {
        "processor": processor,
        "started": now(),
        "state": "failed",
        "host": platform.node(),
    }
    since, before = _present(workspace), _states(workspace)
    try:
        with _processing(workspace):
            yield phase
    finally:
        with _told("the postprocessing"):
            told = without_secrets(plain(dict(settings)))
            phase["outputs"] = sorted(n for n, state in _states(workspace).items() if before.get(n) != state)
            _add_postprocess(workspace, {**phase, "settings": told, "ended": now()}, since)
        record_outputs(workspace)


def is_being_processed(workspace: Workspace) -> bool:
    """Whether a postprocessor is at work in a workspace, as far as its file system knows locks."""
    try:
        with open(workspace.hidden / _PROCESSING, "rb", opener=opener) as mark:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


@contextmanager
def _processing(workspace: Workspace) -> Iterator[None]:
    """Lets others see that the files of a workspace change. Several may be at work at once."""
    with ExitStack() as stack:
        if workspace.hidden.is_dir():
            with suppress(OSError):
                mark = stack.enter_context(open(workspace.hidden / _PROCESSING, "ab", opener=opener))
                fcntl.flock(mark, fcntl.LOCK_SH | fcntl.LOCK_NB)
        yield


def _add_postprocess(workspace: Workspace, phase: dict[str, Any], since: int | None) -> None:
    if since is None:
        return
    with adding_to(workspace, patience=_PATIENCE) as manifest:
        if manifest is None:
            return
        manifest["phases"]["postprocess"].append(phase)
        _add_outputs(workspace, manifest, since)


def _add_outputs(workspace: Workspace, manifest: dict[str, Any], since: int) -> None:
    generated = manifest["files"]
    outputs = outputs_since(workspace, since, generated, manifest["outputs"])
    manifest["outputs"] = read_small(workspace.root, outputs, generated)


def _states(workspace: Workspace) -> dict[str, tuple[int, int, int]]:
    """What tells whether a file of the workspace was written since; empty when the workspace cannot be read."""
    try:
        return {name: (s.st_mtime_ns, s.st_size, s.st_ino) for name, s in files_in(workspace.root)}
    except OSError:
        return {}


def _present(workspace: Workspace) -> int | None:
    """The time by the clock of the file system; None where there is no manifest to add to."""
    if not workspace.manifest.is_file():
        return None
    mark = workspace.hidden / "manifest.lock"
    try:
        mark.touch()
        return mark.stat().st_mtime_ns
    except OSError:
        return None


@contextmanager
def _told(what: str) -> Iterator[None]:
    """To record never fails what is recorded."""
    try:
        yield
    except Exception as error:  # noqa: BLE001 - whatever it is
        logger.warning("%s could not be recorded: %s: %s", what, type(error).__name__, error)
