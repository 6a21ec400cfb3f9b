"""Settings for running in a container."""

import re
import shlex
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field, field_validator, model_validator

from rompy import plugins
from rompy.backends.base import BaseBackendConfig

DEFAULT_EXECUTABLE = "/usr/local/bin/run.sh"
CALLER = "caller"
"""As a user: whoever starts the run."""
MOUNT: Final = "/app/run_id"

_MODES = frozenset(("ro", "rw", "z", "Z", "delegated", "cached", "consistent"))
_SIZE = re.compile(r"\d+[kmgKMG]?")


class DockerConfig(BaseBackendConfig):
    """Runs the model in a container of Docker or Podman, from an image that exists or is built from a Dockerfile."""

    backend_type: ClassVar[str] = "docker"
    container_runtimes: ClassVar[tuple[str, ...]] = ("docker", "podman")

    image: str | None = None
    """Image to run. Either this or ``dockerfile``."""
    dockerfile: Path | None = None
    """Dockerfile to build the image from, relative to the build context. Either this or ``image``."""
    executable: str = DEFAULT_EXECUTABLE
    """What to run in the container, with arguments if need be; it is split into words, and no shell reads it. With the
    default, a configuration that says how its model is started has precedence."""
    cpu: int = Field(default=1, ge=1, le=128)
    """Number of processors that the container may use, and of MPI ranks when ``mpiexec`` is given. The limit is that
    of the engine's machine when it has fewer."""
    memory: str | None = None
    """Memory limit, such as ``512m`` or ``2g``; there is no swap beyond it."""
    mpiexec: str = ""
    """MPI launcher in the container, with options if need be; ``-n RANKS`` is added. None when empty, unless the
    configuration asks for several ranks, which ``mpiexec`` then starts."""
    build_args: dict[str, str] = Field(default_factory=dict)
    """Build arguments of the Dockerfile."""
    build_context: Path | None = None
    """Folder that the image is built in; by default the folder of the Dockerfile."""
    volumes: list[str] = Field(default_factory=list)
    """Further mounts as ``host:container`` or ``host:container:mode``; the host path must exist."""
    remove_container: bool = True
    """Whether the container is removed after the run."""
    user: str = CALLER
    """User that the model runs as in the container: ``caller`` for the user and group of whoever starts the run, else
    a name or ``uid`` or ``uid:gid``. Whatever it is, the files of the run belong to the caller afterwards."""
    entrypoint: str | None = None
    """Program that gets the command as its arguments, instead of the image's own entrypoint. With an empty text the
    command itself is started."""
    gpus: Literal["all"] | Annotated[int, Field(ge=1)] | list[str] | None = None
    """GPUs for the container: ``all``, how many, or a list of their ids."""
    network: str | None = None
    """Network of the container, such as ``none``, ``host`` or the name of one; the engine's default when not given."""
    shm_size: str | None = None
    """Size of ``/dev/shm``, such as ``1g``; MPI within a machine often needs more than the engine's 64 MB."""
    mount: Literal["/app/run_id", "host"] = MOUNT
    """Where the workspace appears in the container; ``host`` for the same path as on this machine, for models whose
    input files hold absolute paths."""
    pull: Literal["missing", "always", "never"] = "missing"
    """When the image is fetched from its registry."""
    supervisor: Literal["auto", "inside", "outside"] = "auto"
    """Where the model is supervised: inside the container, which needs ``python3`` (3.6 or newer) there, or by a
    process beside the client. ``auto`` takes the inside when the image has ``python3``."""
    engine: str | None = None
    """Address of the engine, such as ``unix:///run/podman/podman.sock``; by default that of ``DOCKER_HOST``, else the
    first usual socket of Docker or Podman that exists."""
    grace: float = Field(default=10.0, ge=0)
    """Seconds between asking a model to end and killing it."""

    @field_validator("image")
    @classmethod
    def _is_an_image_name(cls, image: str | None) -> str | None:
        if image is not None and not re.fullmatch(r"[A-Za-z0-9._:/-]+(@sha256:[0-9a-f]{64})?", image):
            raise ValueError(f"Invalid Docker image name: {image!r}")
        return image

    @field_validator("memory", "shm_size")
    @classmethod
    def _is_a_size(cls, size: str | None) -> str | None:
        if size is not None and not _SIZE.fullmatch(size):
            raise ValueError(f"Invalid memory format: {size!r}; write a number with k, m or g, such as 2g")
        return size

    @field_validator("executable", "mpiexec", "entrypoint")
    @classmethod
    def _can_be_split_into_words(cls, command: str | None) -> str | None:
        try:
            shlex.split(command or "")
        except ValueError as error:
            raise ValueError(f"{command!r} cannot be split into words: {error}") from None
        return command

    @field_validator("executable", "user")
    @classmethod
    def _says_something(cls, text: str) -> str:
        if not text.strip():
            raise ValueError("cannot be empty")
        return text

    @field_validator("build_context")
    @classmethod
    def _is_a_context(cls, folder: Path | None) -> Path | None:
        if folder is not None and not folder.is_dir():
            raise ValueError(f"Build context is not an existing directory: {folder}")
        return folder

    @field_validator("volumes")
    @classmethod
    def _are_mounts(cls, volumes: list[str]) -> list[str]:
        for volume in volumes:
            _check_mount(volume)
        return volumes

    @model_validator(mode="after")
    def _has_one_image(self) -> "DockerConfig":
        if self.image is None and self.dockerfile is None:
            raise ValueError("Either 'image' or 'dockerfile' must be provided")
        if self.image is not None and self.dockerfile is not None:
            raise ValueError("Cannot specify both 'image' and 'dockerfile'")
        if self.dockerfile is not None and not self.dockerfile_path.is_file():
            raise ValueError(f"Dockerfile does not exist: {self.dockerfile_path}")
        return self

    @property
    def dockerfile_path(self) -> Path:
        """The Dockerfile, found from the build context."""
        dockerfile = self.dockerfile or Path("Dockerfile")
        return dockerfile if self.build_context is None else self.build_context / dockerfile

    def get_backend_class(self) -> type[Any]:
        """The backend registered as ``docker``."""
        backend: type[Any] = plugins.load("rompy.run", "docker")
        return backend


def _check_mount(volume: str) -> None:
    parts = volume.split(":")
    if len(parts) not in (2, 3) or not all(parts):
        raise ValueError(f"Invalid volume format: {volume!r}; write host:container or host:container:mode")
    if not Path(parts[0]).exists():
        raise ValueError(f"Host path does not exist: {parts[0]}")
    unknown = set(parts[2].split(",")) - _MODES if len(parts) == 3 else set()
    if unknown:
        raise ValueError(
            f"Invalid volume mode: {', '.join(sorted(unknown))}; one of {', '.join(sorted(_MODES))}"
        )
