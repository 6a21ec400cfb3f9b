"""Runs models on this machine."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from rompy.backends.local import LocalConfig
from rompy.core.launch import Launch
from rompy.core.workspace import Workspace
from rompy.errors import SubmitError
from rompy.jobs.cancel import request_cancel
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs.launch import launch_script, secrets_of
from rompy.jobs.lock import is_locked
from rompy.jobs.orphans import end_orphans
from rompy.jobs.prepare import Order, supervisor_options
from rompy.jobs.result import RunResult
from rompy.jobs.start import SupervisorProcess, fork_supervisor, start_supervisor
from rompy.jobs.state import JobState
from rompy.jobs.supervise import EXIT_IN_USE, EXIT_UNWRITTEN, send
from rompy.run.base import check_model_run, workspace_of
from rompy.run.command import local_command, runs_itself, shown
from rompy.run.handover import Handover
from rompy.run.job import Job
from rompy.run.order import order_of
from rompy.run.protocol import Capabilities, Plan, RunBackend
from rompy.run.truth import Word, stand
from rompy.secrets import without_secrets

logger = logging.getLogger(__name__)


FAREWELL = 10.0
"""Seconds that a supervisor gets to end after it has written its result; it takes milliseconds."""


class LocalRunBackend(RunBackend):
    """Runs a model as a supervised group of processes, which lives on when the client dies. Nothing of the caller's
    process is changed by a run; several may run at once, each in its own thread."""

    name = "local"
    capabilities = Capabilities(mpi=True)
    poll_interval = 0.0

    def submit(
        self, model_run: Any, config: LocalConfig | None = None, workspace_dir: str | Path | None = None
    ) -> Job:
        """Start the supervisor and return.

        The command is that of the settings, else what the model's configuration says (``launch``), else the
        configuration's own function ``run``, which is called in a forked copy of this process.

        Raises:
            SubmitError: there is nothing to execute, or the model could not be handed over.
            WorkspaceError: the folder is missing, cannot be written, or another run uses it.
        """
        check_model_run(model_run)
        config = LocalConfig() if config is None else config
        work = _work(model_run, config)
        workspace = Workspace(workspace_of(model_run, workspace_dir))
        order = _order(model_run, config, work)
        _forget_ended()
        with Handover(workspace, order, facts={"host": socket.gethostname()}) as handover:
            supervisor = _start(workspace, order, work, handover)
            job = handover.job
            _STARTED[job.workspace, job.attempt] = supervisor
            handover.handed_over(
                str(supervisor.pid), state=JobState.running, sync=False
            )  # dies with the machine
        return handover.job

    def poll(self, job: Job) -> RunResult:
        """How it stands, by its files and its processes."""
        status = _without_orphans(_with_exit_status(stand(job, lambda: _word(job)), job), job)
        supervisor = _STARTED.get((job.workspace, job.attempt))
        if status.state.is_final and supervisor is not None:
            supervisor.wait(FAREWELL)  # the folder is free when it has gone
        return status

    def cancel(self, job: Job) -> None:
        """Ask the supervisor to end the model; it does so within a second."""
        request_cancel(job.place)

    def plan(
        self, model_run: Any, config: LocalConfig | None = None, workspace_dir: str | Path | None = None
    ) -> Plan:
        """What would be started."""
        check_model_run(model_run)
        config = LocalConfig() if config is None else config
        work = _work(model_run, config)
        order = _order(model_run, config, work)
        options = supervisor_options(order, 1)
        script = launch_script(work.launch.argv, work.launch.env, order.directory)
        return Plan(
            command=shown([sys.executable, ".rompy/supervise.py", *options]),
            model=work.shown,
            env=without_secrets(work.launch.env),
            files={".rompy/launch.sh": script} if work.entry is None else {},
            directory=order.directory,
        )

    def wait_a_moment(self, job: Job, seconds: float) -> RunResult | None:
        """Notices the end of a supervisor at once when this process has started it."""
        supervisor = _STARTED.get((job.workspace, job.attempt))
        if supervisor is None:
            return super().wait_a_moment(job, seconds)
        if supervisor.wait(seconds) is None:
            return None
        return self.poll(job)

    def hurry(self, job: Job) -> None:
        """End the time of grace."""
        supervisor = _STARTED.get((job.workspace, job.attempt))
        if supervisor is not None and supervisor.wait(0) is None:
            send({supervisor.pid}, signal.SIGTERM)


_STARTED: dict[tuple[Path, int], SupervisorProcess] = {}
"""Supervisors that are children of this process, which has to collect them."""


def _forget_ended() -> None:
    for key, supervisor in list(_STARTED.items()):
        if supervisor.wait(0) is not None:
            _STARTED.pop(key, None)


def _order(model_run: Any, config: LocalConfig, work: _Work) -> Order:
    order = order_of(model_run, config, work.launch, backend="local", patience_s=0.0)
    return replace(order, keep_output=config.capture_output)


def _start(workspace: Workspace, order: Order, work: _Work, handover: Handover) -> SupervisorProcess:
    options = supervisor_options(order, handover.attempt.number)
    if work.entry is not None:
        return fork_supervisor(workspace, options, lock_fd=handover.lock_fd, entry=work.entry)
    return start_supervisor(
        workspace,
        options,
        lock_fd=handover.lock_fd,
        env=secrets_of(order.launch.env),
        keep_output=order.keep_output,
    )


def _word(job: Job) -> Word | None:
    """What the processes tell of a job whose files tell nothing. None when there are none of it any more."""
    supervisor = _STARTED.get((job.workspace, job.attempt))
    if supervisor is not None and supervisor.wait(0) is None:
        return Word(JobState.running, "the supervisor lives")
    if read_heartbeat(job.place, attempt=job.attempt) is not None:
        reason = "those that watched the model ended without a result (killed, or the machine went down)"
        return Word(JobState.lost, f"{reason}; how the model ended is not known")
    # Somebody holds the lock: a client that is about to start the supervisor, or one that has not beaten yet.
    if is_locked(job.place):
        return Word(JobState.pending, "not started yet")
    return None


def _without_orphans(status: RunResult, job: Job) -> RunResult:
    """End what a model that is lost has left running: its folder would never be free again."""
    if status.state is not JobState.lost or not is_locked(job.place):
        return status
    heartbeat = read_heartbeat(job.place, attempt=job.attempt)
    ended = end_orphans(heartbeat) if heartbeat is not None else 0
    if not ended:
        return status
    logger.warning("%s: %d process(es) that a lost model had left behind were ended", job.workspace, ended)
    return replace(status, notes=(*status.notes, f"{ended} process(es) that it had left behind were ended"))


def _with_exit_status(status: RunResult, job: Job) -> RunResult:
    """Say what the supervisor's exit status tells when it could not write a result."""
    supervisor = _STARTED.get((job.workspace, job.attempt))
    if status.state is not JobState.lost or supervisor is None:
        return status
    meanings = {
        EXIT_UNWRITTEN: "the result could not be written: is the disk full, or was the folder deleted?",
        EXIT_IN_USE: "another run uses this folder",
    }
    exit_status = supervisor.wait(0)
    return replace(status, reason=meanings[exit_status]) if exit_status in meanings else status


@dataclass(frozen=True)
class _Work:
    """What is to be executed."""

    launch: Launch
    shown: str
    """As one would type it, or in words."""
    entry: Callable[[], int] | None = None
    """A Python function instead of the command."""


def _work(model_run: Any, config: LocalConfig) -> _Work:
    launch = local_command(model_run, config)
    if launch is not None:
        return _Work(launch, shown(launch.argv))
    kind = type(getattr(model_run, "config", None)).__name__
    if runs_itself(model_run):
        title = f"the Python function {kind}.run"
        script = (
            "sh",
            "-c",
            f"echo 'this run was made by {title}: there is no command to repeat' >&2; exit 126",
        )
        return _Work(Launch(script, env=config.env_vars), title, _Entry(model_run, config))
    raise SubmitError(
        f"there is nothing to execute for {model_run.run_id}: the settings have no command, and the configuration "
        f"{kind} does not say how its model is started",
        hint="Give the backend's settings a command, for example  command: ./run.sh",
        field="command",
    )


class _Entry:
    """A configuration's own function ``run`` as a model: called in a process of its own, in the workspace."""

    def __init__(self, model_run: Any, config: LocalConfig) -> None:
        self.model_run = model_run
        self.config = config

    def __call__(self) -> int:
        """Exit code: 0 unless the function returns False or raises."""
        os.environ.update(self.config.env_vars)
        if self.config.working_dir is not None:
            os.chdir(self.config.working_dir)
        # The caller may have put something else in the place of these, such as a notebook or a test runner.
        sys.stdout = open(1, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        try:
            outcome = self.model_run.config.run(self.model_run)
            if outcome is False:
                sys.stderr.write("the configuration's function run returned False\n")
            return 1 if outcome is False else 0
        except SystemExit as error:
            return error.code if isinstance(error.code, int) else int(error.code is not None)
        except BaseException:  # noqa: BLE001 - reported as any model's failure is
            traceback.print_exc()
            return 1
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
