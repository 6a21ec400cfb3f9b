"""Runs models in containers of Docker or Podman."""

from __future__ import annotations

import logging
import shlex
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from rompy.backends.docker import CALLER, DockerConfig
from rompy.core.launch import Launch
from rompy.core.workspace import Workspace
from rompy.errors import RompyError, SubmitError, WorkspaceError
from rompy.jobs.cancel import request_cancel
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs.launch import launch_script, secrets_of
from rompy.jobs.lock import is_locked
from rompy.jobs.prepare import Order, supervisor_options
from rompy.jobs.result import RunResult, read_result
from rompy.jobs.state import JobState
from rompy.jobs.supervise import EXIT_IN_USE
from rompy.run.base import check_model_run, workspace_of
from rompy.run.containers.attendant import MARGIN, start_attendant
from rompy.run.containers.command import container_command, mount_point, run_directory
from rompy.run.containers.container import ContainerFacts, End, find, is_over, labels_of, last_lines, name_of
from rompy.run.containers.engine import EngineError, engine, engine_address, said
from rompy.run.containers.image import Image, has_python, prepare_image
from rompy.run.containers.owner import is_root, let_in
from rompy.run.containers.settings import container_settings, host_settings
from rompy.run.containers.tidy import CONTAINER_LOG, is_tidy, tidy
from rompy.run.handover import Handover
from rompy.run.job import Job
from rompy.run.order import order_of
from rompy.run.protocol import Capabilities, Plan, RunBackend
from rompy.run.truth import PlaceSilent, Word, stand
from rompy.secrets import without_secrets

logger = logging.getLogger(__name__)

BUILD_LOG = "image.log"
"""In the hidden folder: what the build of the image said."""
PATIENCE = 3.0
"""Seconds that the result of a container may take to be seen: it is written through a mount of this machine."""


class DockerRunBackend(RunBackend):
    """Runs a model in a container that outlives its client.

    The workspace is mounted at ``/app/run_id``. An image with Python has the supervisor inside, which then needs no
    client at all; any other container is supervised by a process beside it. Its files belong to the caller.
    """

    name: ClassVar[str] = "docker"
    capabilities: ClassVar[Capabilities] = Capabilities(asynchronous=True, containers=True, mpi=True)

    def submit(self, model_run: Any, config: Any = None, workspace_dir: str | Path | None = None) -> Job:
        """Prepare the image, then make and start the container.

        Raises:
            SubmitError: there are no settings, no engine or no image, or the engine refuses the container.
            WorkspaceError: the folder is missing, cannot be written, or another run uses it.
        """
        check_model_run(model_run)
        config = _checked(config)
        workspace = Workspace(workspace_of(model_run, workspace_dir))
        launch = container_command(model_run, config)
        address = engine_address(config.engine)
        with engine(address) as client:
            image = prepare_image(client, config, _build_log(workspace))
            order = _order(model_run, config, workspace.root, launch)
            token = uuid.uuid4().hex
            facts = {
                "engine": address,
                "label": token,
                "image": image.facts(),
                "user": config.user,
                "remove": config.remove_container,
            }
            with Handover(workspace, order, facts=facts) as handover:
                _Start(client, config, image, handover, order, token).start()
        return handover.job

    def poll(self, job: Job) -> RunResult:
        """How a job stands now; one that has ended is tidied up after."""
        if read_result(job.workspace, attempt=job.attempt) is not None:
            _tidy(job)  # before the end is written down: after that, few will ever ask for this job
        result = stand(job, ask=lambda: _word(job))
        if result.state.is_final:
            _tidy(job)
        return result

    def cancel(self, job: Job) -> None:
        """Leave the request in the folder; a container that nobody watches any more is ended here."""
        request_cancel(job.place)
        facts = job.facts(ContainerFacts)
        heartbeat = read_heartbeat(job.place, attempt=job.attempt)
        if facts is None or heartbeat is None or heartbeat.is_alive:
            return
        self._signal(facts, "SIGKILL")

    def hurry(self, job: Job) -> None:
        """End a cancelled container without its time of grace."""
        facts = job.facts(ContainerFacts)
        if facts is not None:
            self._signal(facts, "SIGTERM" if facts.inside else "SIGKILL")

    def logs(self, job: Job) -> Mapping[str, Path]:
        """The model's logs; what the container itself said, and the build of its image."""
        own = {"container": job.place.hidden / CONTAINER_LOG, "image": job.place.hidden / BUILD_LOG}
        return {**super().logs(job), **{name: path for name, path in own.items() if path.is_file()}}

    def plan(self, model_run: Any, config: Any = None, workspace_dir: str | Path | None = None) -> Plan:
        """What would be started, without asking an engine."""
        check_model_run(model_run)
        config = _checked(config)
        root = Path(workspace_dir or model_run.staging_dir).absolute()
        launch = container_command(model_run, config)
        place = run_directory(root, config)
        directory = None if place is None else Path(place)
        source = config.image or f"the image built from {config.dockerfile_path}"
        limits = [f"--cpus={config.cpu}", *([f"--memory={config.memory}"] if config.memory else [])]
        user = [] if config.user == CALLER else ["--user", config.user]
        mounts = [word for volume in config.volumes for word in ("--volume", volume)]
        words = [
            "docker",
            "run",
            *limits,
            *user,
            "--volume",
            f"{root}:{mount_point(root, config)}",
            *mounts,
            source,
        ]
        return Plan(
            command=shlex.join(words),
            model=shlex.join(launch.argv),
            env=without_secrets(dict(launch.env)),
            files={".rompy/launch.sh": launch_script(launch.argv, launch.env, directory)},
            directory=directory,
            notes=(f"engine: {engine_address(config.engine)}",),
        )

    def _signal(self, facts: ContainerFacts, name: str) -> None:
        from docker.errors import APIError

        with engine(facts.engine) as client:
            container = find(client, facts.label)
            if container is None or is_over(container):
                return
            try:
                container.kill(name)
            except APIError:  # it has ended between the two questions
                return


@dataclass(frozen=True)
class _Start:
    """The making and starting of one container."""

    client: Any
    config: DockerConfig
    image: Image
    handover: Handover
    order: Order
    token: str

    def start(self) -> None:
        workspace = self.handover.workspace
        if self.config.user != CALLER and not is_root(self.config.user):
            let_in(workspace.root)
        container, inside = self._made()
        try:
            self.handover.handed_over(container.name, facts={"container": container.id, "inside": inside})
            if inside:
                _start(container)
            else:
                start_attendant(
                    workspace,
                    container.id,
                    self.handover.attempt.facts["engine"],
                    self.config.grace,
                    self._options(grace=self.config.grace + MARGIN),
                    lock_fd=self.handover.lock_fd,
                )
        except BaseException:
            container.remove(force=True)
            raise

    def _made(self) -> tuple[Any, bool]:
        """The container, and whether it has its supervisor inside."""
        if self.config.supervisor != "outside":
            container = self._make(self._inside(), {})
            if has_python(self.client, container, self.image):
                return container, True
            container.remove(force=True)
            if self.config.supervisor == "inside":
                raise SubmitError(
                    f"the image {self.image.name} has no python3, so that no supervisor can run inside",
                    hint="Set  supervisor  to auto or outside.",
                    field="supervisor",
                )
        return self._make(self._outside(), _outside_settings()), False

    def _options(self, grace: float) -> list[str]:
        return supervisor_options(replace(self.order, grace_s=grace), self.handover.attempt.number)

    def _make(self, what: dict[str, Any], host: dict[str, Any]) -> Any:
        from docker.errors import APIError

        root = self.handover.workspace.root
        settings = container_settings(self.client, self.config)
        settings |= {
            "name": name_of(self.token, self.order.run_id),
            "labels": labels_of(self.token, self.order.run_id, self.handover.attempt.number, str(root)),
            **what,
            "environment": {**settings["environment"], **what["environment"]},
        }
        api, limits = self.client.api, {**host_settings(self.client, self.config, root), **host}
        try:
            made = api.create_container(
                self.image.id, host_config=api.create_host_config(**limits), **settings
            )
        except APIError as error:
            if not (limits.pop("init", False) and "init" in said(error)):
                raise SubmitError(f"the engine refused to make the container: {said(error)}") from error
            logger.warning(
                "the engine has no init program: a model that ignores signals may take longer to end"
            )
            made = api.create_container(
                self.image.id, host_config=api.create_host_config(**limits), **settings
            )
        return self.client.containers.get(made["Id"])

    def _inside(self) -> dict[str, Any]:
        place = mount_point(self.handover.workspace.root, self.config)
        script = str(place / ".rompy" / "supervise.py")
        return {
            "command": ["python3", "-I", "-S", script, *self._options(self.config.grace)],
            "working_dir": str(place),
            "environment": secrets_of(self.order.launch.env),
        }

    def _outside(self) -> dict[str, Any]:
        place = mount_point(self.handover.workspace.root, self.config)
        return {
            "command": list(self.order.launch.argv),
            "working_dir": str(self.order.directory or place),
            "environment": dict(self.order.launch.env),
        }


def _outside_settings() -> dict[str, Any]:
    """For a container whose first process is the model itself, and whose output is copied as it comes."""
    from docker.types import LogConfig

    # The first process of a container gets no signal that it does not handle, not even from itself: hence an init.
    return {"init": True, "log_config": LogConfig(type=LogConfig.types.NONE)}


def _start(container: Any) -> None:
    from docker.errors import APIError

    try:
        container.start()
    except APIError as error:
        text = said(error)
        hint = "This engine has no access to GPUs: leave out  gpus." if "device driver" in text else None
        raise SubmitError(f"the engine could not start the container: {text}", hint=hint) from error


def _checked(config: Any) -> DockerConfig:
    if isinstance(config, DockerConfig):
        return config
    raise SubmitError(
        "running in a container needs settings: an image or a Dockerfile",
        hint="Give  type: docker  and  image: NAME  in the settings of the backend.",
    )


def _order(model_run: Any, config: DockerConfig, root: Path, launch: Launch) -> Order:
    directory = run_directory(root, config)
    order = order_of(model_run, config, launch, backend=DockerRunBackend.name, patience_s=PATIENCE)
    return replace(order, directory=None if directory is None else Path(directory))


def _build_log(workspace: Workspace) -> Path:
    workspace.hidden.mkdir(exist_ok=True)
    return workspace.hidden / BUILD_LOG


def _word(job: Job) -> Word | None:
    """What the engine says of a job."""
    facts = job.facts(ContainerFacts)
    if facts is None:
        return None
    try:
        with engine(facts.engine) as client:
            container = find(client, facts.label)
            if container is None:
                return None
            return _word_of(job, facts, container)
    except EngineError as error:
        raise PlaceSilent(error.message) from error


def _word_of(job: Job, facts: ContainerFacts, container: Any) -> Word:
    native = str(container.status)
    if native == "created":
        if is_locked(job.place):
            return Word(JobState.pending, "the container is about to be started", native_state=native)
        return Word(
            JobState.lost,
            "the client ended before it started the container",
            native_state=native,
            certain=True,
        )
    if not is_over(container):
        return Word(JobState.running, f"container {container.name}", native_state=native)
    end = End.of(container)
    state, reason = _meaning(job, facts, container, end)
    return Word(
        state,
        reason,
        exit_code=end.exit_code,
        native_state=native,
        started=end.started,
        ended=end.ended,
        certain=True,
    )


def _meaning(job: Job, facts: ContainerFacts, container: Any, end: End) -> tuple[JobState, str]:
    """State and reason for a container that has ended without a result."""
    if end.out_of_memory:
        limit = job.record.settings.get("memory")
        limit = f" of {limit}" if limit else ""
        return (
            JobState.failed,
            f"out of memory: the container reached its limit{limit}, and the model was killed",
        )
    if job.place.cancel.exists():
        return JobState.cancelled, "the container was ended on request"
    if facts.inside and end.exit_code == EXIT_IN_USE:
        return JobState.failed, "another run uses this folder"
    said = "; ".join([end.error, *last_lines(container)] if end.error else last_lines(container))
    told = f"; it said: {said}" if said else ""
    return JobState.lost, (
        f"the container ended with exit code {end.exit_code} and without a result (killed, or the engine went down); "
        f"how the model ended is not known{told}"
    )


def _tidy(job: Job) -> None:
    """A job that has ended stays ended when its engine cannot be asked: the next one who asks tidies up."""
    try:
        facts = job.facts(ContainerFacts)
    except WorkspaceError:
        return
    if facts is None or is_tidy(job.place, facts.label) or not job.place.hidden.is_dir():
        return
    try:
        with engine(facts.engine) as client:
            tidy(client, job.place, facts)
    except RompyError:
        return
