"""Runs models as tasks of a Dask cluster."""

from __future__ import annotations

import logging
import os
import secrets
import signal
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

from rompy.backends.dask import DaskConfig
from rompy.core import atomic
from rompy.core.workspace import Workspace
from rompy.errors import RompyError, SubmitError, WorkspaceError
from rompy.jobs import supervise
from rompy.jobs.cancel import request_cancel
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs.launch import launch_script, secrets_of
from rompy.jobs.prepare import Order, supervisor_options
from rompy.jobs.record import JobRecord, next_attempt
from rompy.jobs.result import RunResult, read_result
from rompy.jobs.state import JobState
from rompy.jobs.store import note_in_index
from rompy.run.base import check_model_run, workspaces_of
from rompy.run.command import command_elsewhere, shown
from rompy.run.distributed import task
from rompy.run.distributed.place import place_of
from rompy.run.distributed.scheduler import (
    Address,
    Scheduler,
    SchedulerGone,
    Task,
    ask,
    connected,
    require_distributed,
)
from rompy.run.distributed.script import PROGRAM, SCRIPT, task_log, task_script
from rompy.run.handover import Handover
from rompy.run.job import Job
from rompy.run.order import order_of
from rompy.run.protocol import Capabilities, Plan, RunBackend
from rompy.run.truth import PlaceSilent, Word, stand
from rompy.secrets import without_secrets

logger = logging.getLogger(__name__)

HERE = 3.0
"""Seconds that the result of a run on this machine may take to be seen."""
_WAITS = {
    "queued": "waits for a free worker",
    "no-worker": "waits for a worker that has what it needs",
    "waiting": "waits for a worker",
    "released": "waits for a worker",
    "processing": "given to a worker, not started yet",
}
"""Dask's states of a task whose model has not begun."""


class DaskRunBackend(RunBackend):
    """Runs a model as a task of a Dask worker.

    The task is a call of a function of Python's own library, which starts the supervisor of the workspace: the worker
    needs nothing of rompy. A model ends with its worker, and an attempt is run at most once, although Dask itself gives
    the tasks of a dead worker to another one.
    """

    name: ClassVar[str] = "dask"
    capabilities: ClassVar[Capabilities] = Capabilities(arrays=True, shared_files=True, mpi=True)
    poll_interval: ClassVar[float] = 2.0

    def submit(self, model_run: Any, config: Any = None, workspace_dir: str | Path | None = None) -> Job:
        """Give the run to the scheduler."""
        return self._submit([(model_run, workspace_dir)], config)[0]

    def submit_many(self, runs: Sequence[tuple[Any, str | Path | None]], config: Any = None) -> list[Job]:
        """Give many runs to the scheduler, over one connection; as many run at once as there are workers for. None is
        handed over when one of the folders cannot be used."""
        return self._submit(runs, config) if runs else []

    def poll(self, job: Job) -> RunResult:
        """How it stands; the scheduler is asked only for what the files do not tell."""
        return self.poll_many([job])[0]

    def poll_many(self, jobs: Sequence[Job]) -> list[RunResult]:
        """How many jobs stand, with one question to each scheduler at most."""
        answers = _Answers(jobs)
        return [_with_last_words(job, stand(job, partial(answers.word, job))) for job in jobs]

    def cancel(self, job: Job) -> None:
        """Let the supervisor end a model that runs, which frees the worker; a run that waits is taken back."""
        request_cancel(job.place)
        heartbeat = read_heartbeat(job.place, attempt=job.attempt)
        if heartbeat is not None or read_result(job.workspace, attempt=job.attempt) is not None:
            return
        try:
            facts = job.facts(_Facts)
            if facts is not None:
                with connected(facts.scheduler) as scheduler:
                    scheduler.drop([facts.task])
        except (PlaceSilent, SchedulerGone) as error:
            # The request lies in the folder: the task will find it there when its turn comes.
            logger.warning("%s: the Dask scheduler could not be told: %s", job.workspace, error)

    def hurry(self, job: Job) -> None:
        """End the time of grace of a model on this machine."""
        heartbeat = read_heartbeat(job.place, attempt=job.attempt)
        if heartbeat is not None and supervise.is_alive(
            heartbeat.pid, heartbeat.pid_start, heartbeat.boot_id
        ):
            supervise.send({heartbeat.pid}, signal.SIGTERM)

    def logs(self, job: Job) -> Mapping[str, Path]:
        """The model's logs, and what the task itself said."""
        log = job.workspace / task_log(job.attempt)
        said = log.is_file() and log.stat().st_size > 0
        return {**super().logs(job), **({"task": log} if said else {})}

    def plan(self, model_run: Any, config: Any = None, workspace_dir: str | Path | None = None) -> Plan:
        """What the worker would execute, without asking a scheduler."""
        check_model_run(model_run)
        config = _checked(config)
        order = _order(model_run, config)
        folder = Path(workspace_dir or model_run.staging_dir).absolute()
        attempt = next_attempt(Workspace(folder))
        where = config.scheduler or config.scheduler_file or f"a {config.cluster} of its own"
        return Plan(
            command=f"sh {SCRIPT}",
            model=shown(order.launch.argv),
            env=without_secrets(dict(order.launch.env)),
            files={
                SCRIPT: task_script(folder, config.python, supervisor_options(order, attempt), attempt),
                ".rompy/launch.sh": launch_script(order.launch.argv, order.launch.env, order.directory),
            },
            directory=order.directory,
            notes=(f"as a task of a worker of {where}",),
        )

    def _submit(self, runs: Sequence[tuple[Any, str | Path | None]], config: Any) -> list[Job]:
        config = _checked(config)
        for model_run, _ in runs:
            check_model_run(model_run)
        orders = [_order(model_run, config) for model_run, _ in runs]
        require_distributed()
        places = workspaces_of(runs)
        with place_of(config) as address:
            try:
                with connected(address) as scheduler:
                    return _Batch(scheduler, config, orders, places).hand_over()
            except (PlaceSilent, SchedulerGone) as error:
                raise SubmitError(
                    f"the Dask scheduler at {address.url} cannot be reached: {error}",
                    hint="Is it running, and does the address hold from here? Start one with  dask scheduler, "
                    "or let rompy start a cluster:  cluster: LocalCluster",
                    field="scheduler",
                ) from error


@dataclass(frozen=True)
class _Batch:
    """Runs that are handed over together."""

    scheduler: Scheduler
    config: DaskConfig
    orders: Sequence[Order]
    places: Sequence[Workspace]

    def hand_over(self) -> list[Job]:
        handovers, tasks = self._prepare()
        try:
            self._refuse_blind(tasks)
            self.scheduler.submit(tasks, resources=self.config.resources, priority=self.config.priority)
        except BaseException as error:
            for handover in handovers:
                _give_up(handover, error)
            raise
        finally:
            note_in_index(*self.places)
        for handover, one in zip(handovers, tasks, strict=True):
            handover.handed_over(one.name)
        return [handover.job for handover in handovers]

    def _prepare(self) -> tuple[list[Handover], list[Task]]:
        """Write all that is needed into the folders, each locked until all are ready. A task takes the lock itself."""
        handovers, tasks = [], []
        scheduler = self.scheduler.address.facts
        with ExitStack() as stack:
            for place, order in zip(self.places, self.orders, strict=True):
                name = f"rompy-{_plain(order.run_id)}-{secrets.token_hex(8)}"
                facts = {"scheduler": scheduler, "scheduler_id": self.scheduler.id, "task": name}
                handover = stack.enter_context(
                    Handover(place, order, facts=facts, one_of_many=len(self.places) > 1)
                )
                script = self._write(place, order, handover.attempt.number)
                handovers.append(handover)
                tasks.append(Task(name, ("/bin/sh", str(script)), secrets_of(order.launch.env)))
        return handovers, tasks

    def _write(self, place: Workspace, order: Order, attempt: int) -> Path:
        options = supervisor_options(order, attempt)
        text = task_script(place.root, self.config.python, options, attempt)
        program = Path(task.__file__).read_bytes()
        try:
            atomic.write_bytes(place.root / SCRIPT, os.fsencode(text), sync=False)
            atomic.write_bytes(place.root / PROGRAM, program, sync=False)
        except OSError as error:
            raise WorkspaceError(
                f"the task cannot be written: {error.strerror}", file=place.root / SCRIPT
            ) from error
        return place.root / SCRIPT

    def _refuse_blind(self, tasks: Sequence[Task]) -> None:
        """Workers elsewhere that do not share the file system would end each task without a trace."""
        blind = self.scheduler.blind_workers(Path(tasks[0].argv[-1]))
        if blind:
            more = f" and {len(blind) - 1} more" if len(blind) > 1 else ""
            raise SubmitError(
                f"the Dask worker {blind[0]}{more} does not see {self.places[0].root}",
                hint="Workers must see the workspace under the same path: put  output_dir  on a shared file system.",
            )


@dataclass(frozen=True)
class _Facts:
    """What the record has of a task."""

    scheduler: Address
    scheduler_id: str
    task: str
    """Its name."""


class _Answers:
    """What schedulers say of many jobs, each asked once and only when somebody wants to know."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self._jobs = jobs
        self._said: dict[Address, dict[str, str | None] | PlaceSilent | SchedulerGone] = {}

    def word(self, job: Job) -> Word | None:
        """Of one of the jobs."""
        facts = job.facts(_Facts)
        if facts is None:
            return None
        address = facts.scheduler
        if address not in self._said:
            self._said[address] = self._asked(address)
        said = self._said[address]
        if isinstance(said, PlaceSilent):
            raise said
        if isinstance(said, SchedulerGone):
            return _without_scheduler(job, str(said))
        if said.get(_ID) != facts.scheduler_id:
            return _without_scheduler(job, f"another scheduler listens at {address.url} now")
        return _word(job, said.get(facts.task))

    def _asked(self, address: Address) -> dict[str, str | None] | PlaceSilent | SchedulerGone:
        try:
            answer = ask(address, self._wanted(address))
            return {**answer.states, _ID: answer.id}
        except (PlaceSilent, SchedulerGone) as problem:
            return problem

    def _wanted(self, address: Address) -> list[str]:
        names = []
        for job in self._jobs:
            with suppress(WorkspaceError):
                facts = job.facts(_Facts)
                if facts is not None and facts.scheduler == address:
                    names.append(facts.task)
        return names


_ID = ""
"""Stands for the scheduler itself among the names of tasks."""


def _word(job: Job, state: str | None) -> Word | None:
    """What a state of Dask means."""
    begun = (job.place.hidden / task.BEGUN.format(job.attempt)).exists()
    if state in _WAITS:
        reason = "about to start the model" if begun else _WAITS[state]
        return Word(JobState.pending, reason, native_state=state)
    if begun:
        return Word(JobState.lost, f"the task ended without a result; {_UNKNOWN}", native_state=state)
    if job.place.cancel.exists():
        return Word(
            JobState.cancelled, "cancelled before a worker started it", native_state=state, certain=True
        )
    if job.record.native_id is None:
        return None
    reason = "Dask does not know the task any more, and no worker has begun it here: does each worker see this folder?"
    return Word(JobState.lost, reason, native_state=state)


def _without_scheduler(job: Job, why: str) -> Word:
    """A scheduler keeps its tasks in memory only: what it knew has gone with it."""
    begun = (job.place.hidden / task.BEGUN.format(job.attempt)).exists()
    if begun:
        return Word(JobState.lost, f"the Dask scheduler has gone ({why}) and the model with it; {_UNKNOWN}")
    if job.place.cancel.exists():
        return Word(JobState.cancelled, "cancelled before a worker started it")
    return Word(JobState.lost, f"the Dask scheduler has gone ({why}) before a worker started the model")


_UNKNOWN = "how the model ended is not known"


def _with_last_words(job: Job, status: RunResult) -> RunResult:
    if status.state is not JobState.lost or "\n" in status.reason:
        return status
    words = supervise.last_words(str(job.workspace / task_log(job.attempt)))
    return (
        replace(status, reason=f"{status.reason}; the task said:\n  " + "\n  ".join(words))
        if words
        else status
    )


def _give_up(handover: Handover, error: BaseException) -> None:
    """Note why a run was not handed over. It may have been, nevertheless: then it finds the request to end."""
    with suppress(RompyError):
        request_cancel(handover.workspace)
    if not isinstance(error, Exception):
        return  # an interrupt tells nothing about the job
    with suppress(OSError), JobRecord.changing(handover.workspace) as record:
        if record is not None:
            record.note(JobState.failed, reason=str(error).partition("\n")[0])


def _checked(config: Any) -> DaskConfig:
    if isinstance(config, DaskConfig):
        return config
    raise SubmitError(
        "running on Dask needs settings: a scheduler or a cluster",
        hint="Give  type: dask  and  scheduler: tcp://host:8786  or  cluster: LocalCluster",
    )


def _order(model_run: Any, config: DaskConfig) -> Order:
    here = config.cluster == "LocalCluster" and "patience" not in config.model_fields_set
    launch = command_elsewhere(model_run, config, "mpiexec")
    patience = HERE if here else config.patience
    return order_of(model_run, config, launch, backend=DaskRunBackend.name, patience_s=patience)


def _plain(run_id: str) -> str:
    return "".join(c if c.isalnum() and c.isascii() else "_" for c in run_id)[:40]
