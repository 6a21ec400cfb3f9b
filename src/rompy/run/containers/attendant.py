"""Supervises a container from outside, for images without Python.

A process of its own beside the client, which it outlives: the same supervisor as everywhere, whose model is a child
that starts the container, copies its output to the logs and hands a request to end on to it. So the time limit, CANCEL,
the heartbeat and the result are the same as inside.

Usage: python -m rompy.run.containers.attendant WORKSPACE CONTAINER ADDRESS GRACE [options of supervise.py]
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy.core import atomic
from rompy.core.record_file import RecordError, read_record
from rompy.core.workspace import HIDDEN, Workspace
from rompy.errors import SubmitError
from rompy.jobs import supervise
from rompy.jobs.supervise import Supervisor
from rompy.regular_file import opener
from rompy.run.containers.container import End, is_over
from rompy.run.containers.engine import engine, said

VERDICT = "attended.json"
"""In the hidden folder: what the child has to say of the end beyond an exit code."""
MARGIN = 20.0
"""Seconds beyond the model's time of grace for the engine to kill a container."""
ENGINE_GONE = 120.0
"""Seconds without an answer of the engine after which a container is given up."""
LOOK = 5.0
"""Seconds between two looks at the container while its output is copied."""
SETTLE = 2.0
"""Seconds until the engine's word on a container is believed after the engine has been away: one that leaves its
containers alone may take them for ended at first."""
_ENDING = frozenset(("2", "9", "15"))
"""Signals, as the engine tells of them, that end a model."""
_BY_SIGNAL = frozenset((0, 130, 137, 143, 255))
"""Exit codes of a container that was told to end; 255 also stands for one that the engine does not know."""
_STARTED_BADLY = {"executable file not found": 127, "no such file": 127, "permission denied": 126}


def start_attendant(
    workspace: Workspace,
    container_id: str,
    address: str,
    grace: float,
    options: Sequence[str],
    *,
    lock_fd: int,
) -> int:
    """Start it in a session of its own.

    Args:
        options: those of ``supervise.py``; their time of grace is ``grace`` and ``MARGIN``.
        lock_fd: descriptor of the held lock, which it inherits.

    Returns:
        its process id.

    Raises:
        SubmitError: the machine refuses one more process.
    """
    command = [sys.executable, "-m", __name__, str(workspace.root), container_id, address, f"{grace:g}"]
    try:
        with open(workspace.hidden / "supervise.log", "wb", opener=opener) as log:
            process = subprocess.Popen(
                [*command, *options, "--lock-fd", str(lock_fd)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock_fd,),
                start_new_session=True,
            )
    except OSError as error:
        raise SubmitError(f"the supervisor could not be started: {error.strerror or error}") from error
    threading.Thread(target=process.wait, daemon=True).start()  # collects it when it ends before this process
    return process.pid


@dataclass(frozen=True)
class _Verdict:
    """What an exit code cannot tell of the end of a container."""

    lost: str
    """Why it is not known; empty when it is."""
    out_of_memory: bool
    stopped_from_outside: bool


class ContainerSupervisor(Supervisor):
    """Knows of a container's end what an exit code cannot tell."""

    SEES_MODEL = False

    def judge(self) -> tuple[str, str]:
        """State and reason, after the child has ended by itself."""
        try:
            verdict = read_record(Path(HIDDEN, VERDICT), _Verdict)
        except RecordError:
            verdict = None
        if verdict is None:
            return (
                "lost",
                "what attended the container ended without a word; how the model ended is not known",
            )
        if verdict.lost:
            return "lost", verdict.lost
        if verdict.stopped_from_outside:
            return (
                "cancelled",
                "the container was stopped by somebody else, or by the engine when it shut down",
            )
        state, reason = super().judge()
        if state == "failed" and verdict.out_of_memory:
            reason = f"out of memory: the container reached its limit; {reason}"
        return state, reason


class _Attended:
    """The container as a child of the supervisor sees it."""

    def __init__(self, container_id: str, address: str, grace: float) -> None:
        self.id = container_id
        self.address = address
        self.grace = grace
        self.asked_to_end: float | None = None
        self.told: set[str] = set()
        self.heard = time.monotonic()
        """When the engine last answered."""

    def run(self) -> int:
        """Exit code of the container."""
        signal.signal(signal.SIGTERM, self._take_note)
        signal.signal(signal.SIGINT, self._take_note)
        while True:
            try:
                return self._attend()
            except SubmitError as error:  # noqa: PERF203 - the engine has gone: with or without the container
                if time.monotonic() - self.heard > ENGINE_GONE:
                    return _leave(lost=f"the engine does not answer any more: {error.message}")
                self.told.add("engine")
                time.sleep(0.5)

    def _take_note(self, number: int, frame: Any) -> None:
        self.asked_to_end = self.asked_to_end or time.monotonic()

    def _attend(self) -> int:
        from docker.errors import NotFound

        with engine(self.address) as client:
            while True:
                try:
                    container = client.containers.get(self.id)
                    self.heard = time.monotonic()
                    if is_over(container) and "engine" in self.told:
                        time.sleep(SETTLE)
                        container.reload()
                except NotFound:
                    return _leave(lost="the container was removed; how the model ended is not known")
                if is_over(container):
                    return self._ended(client, End.of(container))
                failure = self._watch(client, container)
                if failure is not None:
                    return failure

    def _ended(self, client: Any, end: End) -> int:
        # A model may end well when it is told to end, without having finished its work.
        if self.asked_to_end is None and end.exit_code in _BY_SIGNAL and not end.out_of_memory:
            if "engine" in self.told:
                return _leave(
                    lost=f"the engine was restarted and ended the container (exit code {end.exit_code})"
                )
            return _leave(end.exit_code, stopped=_was_told_to_end(client, self.id, end))
        return _leave(end.exit_code, oom=end.out_of_memory)

    def _watch(self, client: Any, container: Any) -> int | None:
        """Copy output until the container ends or the engine goes; an exit code when it could not be started."""
        from docker.errors import APIError

        output = client.api.attach(self.id, stdout=True, stderr=True, stream=True, logs=False, demux=True)
        if container.status == "created":
            if "started" in self.told:  # a killed engine may forget its last moments
                return _leave(lost="the engine does not remember that it started the container")
            self.told.add("started")
            try:
                container.start()
            except APIError as error:
                return _not_started(error)
        copier = threading.Thread(target=_copy, args=(output,), daemon=True)
        copier.start()
        looked = time.monotonic()
        while copier.is_alive():
            copier.join(0.1)
            self._hand_on(client)
            if time.monotonic() - looked > LOOK:  # after a restart of the engine the output may never end
                container.reload()
                looked = time.monotonic()
                if is_over(container):
                    copier.join(LOOK)
                    break
        self.heard = time.monotonic()
        if self._engine_is_silent(client):
            self.told.add("engine")
            sys.stderr.write("rompy: the engine went away; output of the model may be missing from here on\n")
            sys.stderr.flush()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            container.reload()
            if container.status != "running":
                break
            self._hand_on(client)
            time.sleep(0.05)
        return None

    def _engine_is_silent(self, client: Any) -> bool:
        try:
            client.ping()
        except Exception:  # noqa: BLE001 - whatever it is, it is no answer
            return True
        return False

    def _hand_on(self, client: Any) -> None:
        """Tell the container to end: TERM, and KILL after the time of grace."""
        if self.asked_to_end is None:
            return
        wanted = "SIGKILL" if time.monotonic() - self.asked_to_end >= self.grace else "SIGTERM"
        if wanted not in self.told:
            self.told.add(wanted)
            _kill(client, self.id, wanted)


def _was_told_to_end(client: Any, container_id: str, end: End) -> bool:
    """Whether somebody else sent a signal: the engine remembers its last few hundred events."""
    since = end.started.timestamp() if end.started else 0
    wanted = {"container": container_id, "event": ["kill", "stop"]}
    events = client.events(since=int(since), until=int(time.time()) + 1, filters=wanted, decode=True)
    try:
        for event in events:
            attributes = event.get("Actor", {}).get("Attributes", {})
            if attributes.get("signal", "15") in _ENDING:
                return True
        return False
    finally:
        events.close()


def _kill(client: Any, container_id: str, signal_name: str) -> None:
    from docker.errors import APIError

    try:
        client.api.kill(container_id, signal_name)
    except APIError as error:  # it has just ended
        sys.stderr.write(f"rompy: {error}\n")


def _copy(output: Any) -> None:
    try:
        for pieces in output:
            for handle, piece in zip((1, 2), pieces, strict=True):
                while piece:
                    piece = piece[os.write(handle, piece) :]
    except (OSError, ValueError):  # the engine went away: seen by the other thread
        return


def _not_started(error: Any) -> int:
    text = said(error)
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()
    return _leave(next((code for words, code in _STARTED_BADLY.items() if words in text.lower()), 125))


def _leave(exit_code: int = 1, *, lost: str = "", oom: bool = False, stopped: bool = False) -> int:
    verdict = _Verdict(lost=lost, out_of_memory=oom, stopped_from_outside=stopped)
    atomic.write_json(Path(os.environ[_FOLDER], HIDDEN, VERDICT), vars(verdict))
    return exit_code


_FOLDER = "ROMPY_ATTENDED_WORKSPACE"


def main(arguments: Sequence[str]) -> int:
    """Supervise the container that the arguments name."""
    workspace, container_id, address, grace, *options = arguments
    Path(workspace, HIDDEN, VERDICT).unlink(missing_ok=True)

    def entry() -> int:
        os.environ[_FOLDER] = os.getcwd()  # noqa: PTH109 - the folder may have been renamed meanwhile
        return _Attended(container_id, address, float(grace)).run()

    return supervise.main(options, workspace, entry, ContainerSupervisor)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
