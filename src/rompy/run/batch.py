"""Runs models as jobs of a batch scheduler."""

from __future__ import annotations

import logging
import secrets
import shlex
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, ClassVar

from rompy.backends.batch import BatchConfig
from rompy.core import atomic
from rompy.core.workspace import Workspace
from rompy.errors import RompyError, SubmitError, WorkspaceError
from rompy.jobs.cancel import request_cancel
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs.launch import launch_script, secrets_of
from rompy.jobs.lock import is_locked, owner_died_here
from rompy.jobs.prepare import Order, supervisor_options
from rompy.jobs.record import Attempt, JobRecord, next_attempt
from rompy.jobs.result import RunResult, parse_time, read_result
from rompy.jobs.state import JobState
from rompy.jobs.store import note_in_index
from rompy.run.base import check_model_run, workspace_of, workspaces_of
from rompy.run.command import command_elsewhere, shown
from rompy.run.handover import Handover
from rompy.run.job import Job
from rompy.run.order import order_of
from rompy.run.protocol import Capabilities, Plan, RunBackend
from rompy.run.scheduler import Needs, Scheduler, parts_of
from rompy.run.script import ARRAY, JOB, array_script, job_script, script_log
from rompy.run.truth import PlaceSilent, Word, stand
from rompy.secrets import without_secrets
from rompy.sites.checks import check_submission

logger = logging.getLogger(__name__)

MISSED = 90.0
"""Seconds after which a job whose id was never learnt, and which cannot be found, was not submitted."""
SETTLED = 10.0
"""The same for one whose client is known to have died."""


class BatchRunBackend(RunBackend):
    """What all schedulers have in common. A scheduler's own backend says which one it is."""

    capabilities = Capabilities(arrays=True, shared_files=True, mpi=True)
    poll_interval = 5.0
    scheduler: ClassVar[Scheduler]
    launcher: ClassVar[str] = "mpiexec"
    """MPI launcher, unless the settings name one."""

    def submit(self, model_run: Any, config: Any = None, workspace_dir: str | Path | None = None) -> Job:
        """Write the job script and submit it."""
        check_model_run(model_run)
        config = self._settings(config)
        order = self._order(model_run, config)
        self.scheduler.io()  # a missing extra is told before anything is written
        workspace = Workspace(workspace_of(model_run, workspace_dir))
        needs = self._needs(model_run, order)
        with Handover(workspace, order, facts={"tag": needs.tag}) as handover:
            _write(workspace.root / JOB, self._script(workspace.root, config, order, needs, handover.attempt))
            job_id = self.scheduler.submit(workspace.root / JOB, workspace.root, secrets_of(order.launch.env))
            handover.handed_over(job_id)
        logger.info("%s: %s job %s", order.run_id, self.scheduler.name, job_id)
        return handover.job

    def submit_many(self, runs: Sequence[tuple[Any, str | Path | None]], config: Any = None) -> list[Job]:
        """Submit many runs as one array, or as several where the scheduler takes only so many elements.

        All or none: nothing is left in the queue when one of the folders cannot be used or an array is refused.

        Raises:
            SubmitError: two runs have the same folder or different secrets, or the scheduler refuses an array.
            WorkspaceError: a folder is missing, cannot be written, or another run uses it.
        """
        if len(runs) < 2:
            return super().submit_many(runs, config)
        config = self._settings(config)
        for model_run, _ in runs:
            check_model_run(model_run)
        orders = [self._order(model_run, config) for model_run, _ in runs]
        secrets_of_all = _common_secrets(orders)
        self.scheduler.io()
        places = workspaces_of(runs)
        ranks = max(order.launch.ranks for order in orders)
        needs = replace(self._needs(runs[0][0], orders[0]), ranks=ranks)
        size = self._largest_array(config) or len(runs)
        tags = [
            f"{needs.tag}-{start // size}" if size < len(runs) else needs.tag for start in range(len(runs))
        ]
        submitted: list[str] = []
        with ExitStack() as stack:
            stack.callback(note_in_index, *places)
            handovers = []
            for number, (place, order) in enumerate(zip(places, orders, strict=True)):
                index = self.scheduler.first_index + number % size
                facts = {"tag": tags[number], "element": index}
                # One write to the disk for all instead of several for each; the scheduler knows their tag anyway.
                handover = stack.enter_context(Handover(place, order, facts=facts, one_of_many=True))
                single = replace(needs, name=_name(order.run_id, config), tag=tags[number])
                _write(place.root / JOB, self._script(place.root, config, order, single, handover.attempt))
                handovers.append(handover)
            try:
                for start in range(0, len(runs), size):
                    part = handovers[start : start + size]
                    part_needs = replace(needs, tag=tags[start], array=len(part))
                    submitted.append(self._submit_array(part, config, part_needs, secrets_of_all))
            except BaseException:
                with suppress(RompyError):
                    self.scheduler.cancel(submitted)
                raise
            return [handover.job for handover in handovers]

    def _submit_array(
        self, handovers: Sequence[Handover], config: BatchConfig, needs: Needs, env: Mapping[str, str]
    ) -> str:
        """Submit one array; its id."""
        folder, first = handovers[0].workspace.root, self.scheduler.first_index
        workspaces = {index: handover.workspace.root for index, handover in enumerate(handovers, first)}
        header = self.scheduler.header(config, needs)
        _write(folder / ARRAY, array_script(header, workspaces, self.scheduler.index_variable))
        job_id = self.scheduler.submit(folder / ARRAY, folder, env)
        for index, handover in enumerate(handovers, first):
            handover.handed_over(self.scheduler.element(job_id, index))
        return job_id

    def _largest_array(self, config: BatchConfig) -> int | None:
        """Most elements of an array, as the profile of the site or the scheduler itself says."""
        site = config.site_profile
        known = site.schedulers.get(self.name) if site is not None else None
        if known is not None and known.max_array_size is not None:
            return known.max_array_size
        try:
            return self.scheduler.max_array_size()
        except PlaceSilent:
            return None  # the submission itself will tell

    def poll(self, job: Job) -> RunResult:
        """How it stands; the scheduler is asked only for what the files do not tell."""
        return self.poll_many([job])[0]

    def poll_many(self, jobs: Sequence[Job]) -> list[RunResult]:
        """How many jobs stand, with at most one question to the scheduler."""
        answers = _Answers(self.scheduler, jobs)
        return [self._stand(job, answers) for job in jobs]

    def cancel(self, job: Job) -> None:
        """Let the supervisor end a model that runs; take a job that waits out of the queue."""
        request_cancel(job.place)
        heartbeat = read_heartbeat(job.place, attempt=job.attempt)
        if heartbeat is not None and heartbeat.is_alive:
            return
        self.hurry(job)

    def cancel_many(self, jobs: Sequence[Job]) -> None:
        """As ``cancel``, with one word to the scheduler for all that wait."""
        waiting = []
        for job in jobs:
            request_cancel(job.place)
            heartbeat = read_heartbeat(job.place, attempt=job.attempt)
            native_id = job.record.native_id
            alive = heartbeat is not None and heartbeat.is_alive
            if native_id and not alive and read_result(job.workspace, attempt=job.attempt) is None:
                waiting.append(native_id)
        self.scheduler.cancel(waiting)

    def hurry(self, job: Job) -> None:
        """Let the scheduler end it."""
        native_id = job.record.native_id
        if native_id and read_result(job.workspace, attempt=job.attempt) is None:
            self.scheduler.cancel([native_id])

    def logs(self, job: Job) -> Mapping[str, Path]:
        """The model's logs, and what the job script said."""
        log = job.workspace / script_log(job.attempt)
        return {**super().logs(job), **({"script": log} if log.is_file() else {})}

    def plan(self, model_run: Any, config: Any = None, workspace_dir: str | Path | None = None) -> Plan:
        """The job script, and the command that would submit it."""
        check_model_run(model_run)
        config = self._settings(config)
        order = self._order(model_run, config)
        folder = Path(workspace_dir or model_run.staging_dir).absolute()
        attempt = Attempt(next_attempt(Workspace(folder)), self.name, [], "")
        needs = replace(self._needs(model_run, order), tag="rompy-" + 12 * "x")
        launch = order.launch
        return Plan(
            command=" ".join(map(shlex.quote, self.scheduler.submit_command(JOB))),
            model=shown(launch.argv),
            env=without_secrets(dict(launch.env)),
            files={
                JOB: self._script(folder, config, order, needs, attempt),
                ".rompy/launch.sh": launch_script(launch.argv, launch.env, order.directory),
            },
            directory=order.directory,
            notes=("the tag of the job is drawn when it is submitted",),
        )

    def _settings(self, config: Any) -> Any:
        if not isinstance(config, BatchConfig):
            raise SubmitError(f"{self.name} needs settings of its own, not {type(config).__name__}")
        return config

    def _order(self, model_run: Any, config: BatchConfig) -> Order:
        launch = command_elsewhere(model_run, config, self.launcher)
        check_submission(config, ranks=launch.ranks)
        limit = float(config.time_limit_s)
        limit -= min(config.grace + 5.0, 0.1 * limit)
        if "timeout" in config.model_fields_set:
            limit = min(limit, config.timeout)
        order = order_of(model_run, config, launch, backend=self.name, patience_s=config.patience)
        return replace(order, time_limit_s=max(1.0, round(limit)))

    def _needs(self, model_run: Any, order: Order) -> Needs:
        name = _name(order.run_id, order.settings.get("job_name"))
        return Needs(name, f"rompy-{secrets.token_hex(6)}", order.launch.ranks)

    def _script(self, folder: Path, config: BatchConfig, order: Order, needs: Needs, attempt: Attempt) -> str:
        options = supervisor_options(replace(order, time_limit_s=None), attempt.number)
        # A stop signal has many causes, from a cancellation to a node that fails: the scheduler tells which it was.
        options.append("--may-restart")
        limit = int(order.time_limit_s or config.time_limit_s)
        header = self.scheduler.header(config, needs)
        return job_script(header, folder, config, options, limit_s=limit, attempt=attempt.number)

    def _stand(self, job: Job, answers: _Answers) -> RunResult:
        status = stand(job, lambda: answers.word(job))
        if status.state is JobState.failed and status.exit_code is None and status.rule is None:
            return self._with_last_words(job, status)
        return status

    def _with_last_words(self, job: Job, status: RunResult) -> RunResult:
        from rompy.jobs.supervise import last_words

        log = self.logs(job).get("script")
        words = last_words(str(log)) if log else []
        if not words or "\n" in status.reason:
            return status
        return replace(status, reason=f"{status.reason}; the job script said:\n  " + "\n  ".join(words))


@dataclass(frozen=True)
class _Facts:
    """By what a job is found whose id was never learnt."""

    tag: str
    element: int | None = None
    """Of an array."""


class _Answers:
    """What the scheduler says of many jobs, asked once and only when somebody wants to know."""

    def __init__(self, scheduler: Scheduler, jobs: Sequence[Job]) -> None:
        self.scheduler, self.jobs = scheduler, jobs
        self._words: dict[str, Word] = {}
        self._asked: set[str] = set()
        self._tagged: dict[str, list[str]] = {}
        self._silence: PlaceSilent | None = None

    def word(self, job: Job) -> Word | None:
        """Of one of the jobs."""
        if self._silence is not None:
            raise self._silence
        try:
            native_id = job.record.native_id or self._found(job)
            if native_id is None:
                return self._never_learnt(job)
            if native_id not in self._asked:
                wanted = list(dict.fromkeys([native_id, *self._wanted()]))
                self._words.update(self.scheduler.words(wanted))
                self._asked.update(wanted)
        except PlaceSilent as silence:
            self._silence = silence
            raise
        return self._words.get(native_id)

    def _wanted(self) -> list[str]:
        wanted = []
        for job in self.jobs:
            try:
                attempt = job.record
            except WorkspaceError:
                continue
            over = (
                JobState(attempt.state).is_final
                or read_result(job.workspace, attempt=job.attempt) is not None
            )
            if attempt.native_id and not over:
                wanted.append(attempt.native_id)
        return wanted

    def _found(self, job: Job) -> str | None:
        """The id of a job whose client ended between the submission and writing it down."""
        facts = job.facts(_Facts)
        if facts is None:
            return None
        tag = facts.tag
        if tag not in self._tagged:  # the elements of an array share theirs
            self._tagged[tag] = self.scheduler.find(tag)
        found = self._tagged[tag]
        if facts.element is not None:
            # Some tell of each element, others of the array only.
            ids = {parts_of(one)[1]: one for one in found}
            whole = ids.get(None)
            element = ids.get(facts.element) or (whole and self.scheduler.element(whole, facts.element))
            found = [element] if element else []
        if not found:
            return None
        logger.info("%s: found again as %s job %s", job.workspace, self.scheduler.name, found[0])
        with JobRecord.changing(job.place) as record:
            if record is not None and record.last is not None and record.last.number == job.attempt:
                record.last.native_id = found[0]
        return found[0]

    def _never_learnt(self, job: Job) -> Word | None:
        if is_locked(job.place):
            return Word(JobState.pending, "being handed over")
        submitted = parse_time(job.record.submitted)
        age = (datetime.now(timezone.utc) - submitted).total_seconds() if submitted else MISSED
        # Whoever began to hand it over on this machine has died, but the scheduler's command may still be under way.
        enough = SETTLED if owner_died_here(job.place) else MISSED
        return None if abs(age) >= enough else Word(JobState.pending, "being handed over")


def _name(run_id: str, given: Any) -> str:
    name = given if isinstance(given, str) else getattr(given, "job_name", None)
    return name or run_id


def _common_secrets(orders: Sequence[Order]) -> dict[str, str]:
    """The secrets of all elements of an array, which share one environment.

    Raises:
        SubmitError: they differ.
    """
    common: dict[str, str] = {}
    for order in orders:
        for name, value in secrets_of(order.launch.env).items():
            if common.setdefault(name, value) != value:
                raise SubmitError(
                    f"the runs of an array have different values of the secret {name}",
                    hint="Submit them one by one, with --no-array.",
                )
    return common


def _write(path: Path, text: str) -> None:
    try:
        atomic.write_text(path, text, sync=False)
    except OSError as error:
        raise WorkspaceError(f"the job script cannot be written: {error.strerror}", file=path) from error
