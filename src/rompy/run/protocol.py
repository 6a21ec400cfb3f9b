"""The protocol of run backends: four small questions, from which everything else is derived."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rompy.errors import SubmitError
from rompy.jobs.events import Listener
from rompy.jobs.result import RunResult
from rompy.run import watch

if TYPE_CHECKING:
    from rompy.run.job import Job

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Capabilities:
    """What a backend can do. Asked by name, so that nobody has to know its class."""

    asynchronous: bool = True
    """A job runs on when its client has gone, and any later process can ask for it."""
    arrays: bool = False
    """Many runs are handed over in one submission."""
    containers: bool = False
    """The model runs in a container."""
    shared_files: bool = False
    """The workspace must be seen under the same path by another machine."""
    mpi: bool = False
    """Several MPI ranks are started when the configuration asks for them."""


@dataclass(frozen=True)
class Plan:
    """What a submission would do, put together without doing any of it."""

    command: str
    """What would hand the job over, as one would type it."""
    model: str
    """What would be started in the end, as one would type it."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Variables that the model would get besides those of its place; secrets are masked."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Text of each file that would be written, by path relative to the workspace."""
    directory: Path | None = None
    """Where the model would run, when not in the workspace."""
    notes: Sequence[str] = ()
    """What else would happen."""


class RunBackend(ABC):
    """Runs models in one kind of place.

    A class without constructor arguments and without state: what it knows of a job is in the job's workspace, so a
    later process finds everything. A third party subclasses it, returns it from ``get_backend_class`` of its settings
    and registers both (``rompy.run``, ``rompy.backend.config``) under one name; ``submit``, ``poll`` and ``cancel`` are
    all that it has to write.
    """

    name: ClassVar[str]
    """Under which it is registered."""
    capabilities: ClassVar[Capabilities] = Capabilities()
    poll_interval: ClassVar[float] = 1.0
    """Seconds between two calls of ``poll`` by whoever waits. The files of the workspace are looked at more often."""

    @abstractmethod
    def submit(self, model_run: Any, config: Any = None, workspace_dir: str | Path | None = None) -> Job:
        """Hand a run over and return at once.

        The intent is on disk (``job.json``) before anything is started, the native id as soon as it is known.
        `rompy.run.handover.Handover` does that.

        Args:
            model_run: the ModelRun.
            config: the backend's settings; the defaults when None.
            workspace_dir: an existing workspace; None generates it first.

        Raises:
            SubmitError: the place refused it, or there is nothing to execute. Nothing runs then.
            WorkspaceError: the folder is missing, cannot be written, or another run uses it.
        """

    @abstractmethod
    def poll(self, job: Job) -> RunResult:
        """How a job stands now. Asked from any process; never waits, and answers from the record what has ended.

        A place that does not answer is no news: the last known state comes back, with a note. A job that is gone
        without having said how it ended is ``lost``, never ``succeeded``.
        """

    @abstractmethod
    def cancel(self, job: Job) -> None:
        """Ask for the end of a job, also of one that is pending. Returns at once; ending twice does no harm.

        Raises:
            SubmitError: the place cannot be asked.
        """

    def logs(self, job: Job) -> Mapping[str, Path]:
        """The logs of a job that exist: ``stdout`` and ``stderr`` of the model, and what the place itself wrote."""
        places = {"stdout": job.place.stdout_log, "stderr": job.place.stderr_log}
        return {name: path for name, path in places.items() if path.is_file()}

    def poll_many(self, jobs: Sequence[Job]) -> list[RunResult]:
        """As ``poll``, for many jobs in the order given; with one question to the place where it takes one."""
        return [self.poll(job) for job in jobs]

    def cancel_many(self, jobs: Sequence[Job]) -> None:
        """As ``cancel``, for many jobs; with one word to the place where it takes one."""
        for job in jobs:
            self.cancel(job)

    def submit_many(self, runs: Sequence[tuple[Any, str | Path | None]], config: Any = None) -> list[Job]:
        """As ``submit``, for many pairs of run and workspace; as one array where the place knows such."""
        return [self.submit(model_run, config, workspace_dir) for model_run, workspace_dir in runs]

    def plan(self, model_run: Any, config: Any = None, workspace_dir: str | Path | None = None) -> Plan:
        """What ``submit`` would do, with no side effect.

        Raises:
            SubmitError: the backend cannot tell.
        """
        raise SubmitError(f"the backend {self.name} does not tell beforehand what it would do")

    def wait_a_moment(self, job: Job, seconds: float) -> RunResult | None:
        """Wait that long, or less when the job ends meanwhile. A backend with a faster way to learn it overrides this.

        Returns:
            how the job stands, or None for no news.
        """
        return watch.pause(self, job, seconds)

    def hurry(self, job: Job) -> None:  # noqa: B027 - may well be left as it is
        """End a cancelled job without its time of grace. Nothing by default."""

    def run(
        self,
        model_run: Any,
        config: Any = None,
        workspace_dir: str | Path | None = None,
        *,
        on_event: Listener | None = None,
    ) -> RunResult:
        """Hand a run over and wait for its end.

        Args:
            on_event: told what happens meanwhile, see `rompy.jobs.events`. The others as for ``submit``.

        Raises:
            RunInterrupted: Ctrl-C; the model has been ended with all its processes.
        """
        return watch.run(self, model_run, config, workspace_dir, on_event=on_event)
