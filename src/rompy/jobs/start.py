"""Starts a supervisor on this machine, in a session of its own: it lives on when its client dies."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from rompy.core.workspace import Workspace
from rompy.errors import SubmitError
from rompy.jobs import supervise
from rompy.regular_file import opener

if TYPE_CHECKING:
    from multiprocessing.process import BaseProcess


class SupervisorProcess(Protocol):
    """A supervisor that this process has started."""

    @property
    def pid(self) -> int:
        """Its id on this machine."""

    def wait(self, seconds: float) -> int | None:
        """Its exit status as soon as it has ended; None when it has not within ``seconds``."""


class _Script:
    """The script ``supervise.py`` as a process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, seconds: float) -> int | None:
        if self._process.returncode is None and seconds > 0:
            _sleep_until_it_ends(self._process, seconds)
        return self._process.poll()


class _Fork:
    """A forked copy of this process that has become a supervisor."""

    def __init__(self, process: BaseProcess) -> None:
        self._process = process

    @property
    def pid(self) -> int:
        return self._process.pid or 0

    def wait(self, seconds: float) -> int | None:
        self._process.join(seconds)
        return self._process.exitcode


_BEGIN = (
    "import os, sys; sys.path.append(sys.argv[2]); import supervise; sys.path.pop(); "
    "supervise.run(sys.argv[3:], os.path.dirname(os.path.dirname(sys.argv[1])))"
)
"""Runs the supervisor from where rompy is installed, where its byte code is kept: compiling it takes longer than all
the rest of its start. The copy in the workspace has the same text."""


def start_supervisor(
    workspace: Workspace,
    options: Sequence[str],
    *,
    lock_fd: int,
    env: Mapping[str, str],
    keep_output: bool = True,
) -> SupervisorProcess:
    """Start a supervisor as ``.rompy/supervise.py`` would, which starts the model.

    Args:
        options: from ``supervisor_options``.
        lock_fd: descriptor of the held lock; the supervisor and the model inherit it.
        env: variables to add to the environment of this process. The script sets the others itself.
        keep_output: False lets the model write to the standard output and error of this process.

    Raises:
        SubmitError: there is no Python to run it, or the machine refuses one more process.
    """
    python = sys.executable or shutil.which("python3")
    if not python:
        raise SubmitError(
            "no Python interpreter found to supervise the model", hint="Put python3 on the PATH."
        )
    # -I -S: the supervisor needs nothing but the standard library, and starts in half the time without the rest.
    command = [
        python,
        "-I",
        "-S",
        "-c",
        _BEGIN,
        str(workspace.supervise_py.absolute()),
        str(Path(supervise.__file__).parent),
        "--lock-fd",
        str(lock_fd),
        *options,
    ]
    try:
        with open(workspace.hidden / "supervise.log", "wb", opener=opener) as log:
            process = subprocess.Popen(
                command,
                env={**os.environ, **env},
                stdin=subprocess.DEVNULL,
                stdout=log if keep_output else None,
                stderr=log if keep_output else None,
                pass_fds=(lock_fd,),
                start_new_session=True,
            )
    except OSError as error:
        raise SubmitError(f"the supervisor could not be started: {error.strerror or error}") from error
    return _Script(process)


def fork_supervisor(
    workspace: Workspace, options: Sequence[str], *, lock_fd: int, entry: Callable[[], int]
) -> SupervisorProcess:
    """Fork a supervisor whose model is a Python function of this process instead of the launch script.

    For configurations that run themselves. The function gets a copy of this process, in the workspace and without
    the other threads; nothing that it changes is seen here.

    Args:
        entry: what to call; its return value is the exit code.

    Raises:
        SubmitError: the system lets no process be started.
    """
    import multiprocessing  # only this old way to run needs it

    def supervised() -> None:
        os.setsid()
        arguments = ["--lock-fd", str(lock_fd), *options]
        os._exit(supervise.main(arguments, str(workspace.root.absolute()), entry))

    process = multiprocessing.get_context("fork").Process(target=supervised, daemon=False)
    try:
        process.start()
    except OSError as error:
        raise SubmitError(f"the supervisor could not be started: {error.strerror or error}") from error
    return _Fork(process)


def _sleep_until_it_ends(process: subprocess.Popen[bytes], seconds: float) -> None:
    """Wait without looking again and again, where the system can tell (Linux)."""
    try:
        handle = os.pidfd_open(process.pid)
    except (AttributeError, OSError):
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        return
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        poll.poll(seconds * 1000)
    finally:
        os.close(handle)
