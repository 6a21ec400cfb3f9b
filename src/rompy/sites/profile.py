"""The profile of a site: facts about a machine, and what its runs have in common. Data only, made to be shared."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, Field, PrivateAttr, ValidationError, field_validator
from typing_extensions import Self

from rompy.core.describing.description import Description
from rompy.core.describing.explain import explain
from rompy.core.field_docs import DescribedModel
from rompy.core.success import Success
from rompy.sites.walltime import WallTime

VERSION = 1
"""Version of the layout, written as ``rompy_site``."""


class _Facts(DescribedModel):
    model_config = ConfigDict(extra="forbid", protected_namespaces=())


class Queue(_Facts):
    """A queue or partition. What is left out is not known, and not checked."""

    max_walltime: WallTime | None = None
    """Longest wall time of a job, ``hours:minutes:seconds`` or ``infinite``."""
    default_walltime: WallTime | None = None
    """Wall time of a job that asks for none."""
    nodes: int | None = Field(default=None, ge=0)
    """How many nodes it has."""
    max_nodes: int | None = Field(default=None, ge=1)
    """Most nodes that one job may have."""
    cores_per_node: int | None = Field(default=None, ge=1)
    """Processors of its largest node."""
    memory_per_node_mb: int | None = Field(default=None, ge=1)
    """Memory of its largest node, in MB as the scheduler counts them."""
    gpus_per_node: dict[str, int] = Field(default_factory=dict)
    """GPUs of its best-equipped node, by kind."""
    available: bool = True
    """Whether it takes and starts jobs."""


class Scheduler(_Facts):
    """A batch scheduler that takes jobs on this machine."""

    version: str | None = None
    """As it says itself."""
    max_array_size: int | None = Field(default=None, ge=1)
    """Most elements of an array; larger ones are split."""
    default_queue: str | None = None
    """Queue of a job that names none."""
    queues: dict[str, Queue] = Field(default_factory=dict)
    """Its queues or partitions, by name."""


class Modules(_Facts):
    """The system of environment modules."""

    system: str
    """``lmod`` or ``environment-modules``."""
    version: str | None = None
    """As it says itself."""
    command: str = "module"
    """Its command in a shell."""
    init: str | None = None
    """File that brings the command into a shell of bash."""

    @field_validator("command")
    @classmethod
    def _is_a_word(cls, command: str) -> str:
        if not re.fullmatch(r"[A-Za-z_][\w-]*", command):
            raise ValueError(f"{command!r} is not the name of a command")
        return command


class ContainerRuntime(_Facts):
    """Something that runs containers."""

    answers: bool = True
    """Whether it can be used."""
    version: str | None = None
    """As it says itself."""
    reason: str | None = None
    """Why it cannot be used."""


class Scratch(_Facts):
    """A folder for large files that need not be kept."""

    path: str
    """Where it is."""
    variable: str | None = None
    """Environment variable that holds the path."""
    free_gb: float | None = None
    """Free space when it was looked at."""


class Mpi(_Facts):
    """How programs with several MPI ranks are started."""

    launcher: str
    """The program."""
    flavour: str | None = None
    """``openmpi``, ``mpich``, ``intelmpi`` and so on."""
    version: str | None = None
    """As it says itself."""


class Python(_Facts):
    """The Python that looked around."""

    executable: str
    version: str


class Probed(_Facts):
    """Where the facts come from."""

    host: str
    """Machine that was looked at."""
    at: str
    """When, UTC."""
    rompy: str
    """Version of rompy."""


class SiteProfile(_Facts):
    """A machine's facts, and what runs on it have in common.

    The facts are checked before a job is queued. The settings stand under those of a run: what a run says itself has
    precedence.
    """

    rompy_site: int = VERSION
    """Version of the layout."""
    name: str
    """By which it is chosen."""
    description: str | None = None
    """For people."""
    probed: Probed | None = None
    """Where the facts come from."""
    schedulers: dict[str, Scheduler] = Field(default_factory=dict)
    """Batch schedulers, by the type of their backend: ``slurm``, ``pbs``, ``sge``, ``lsf``."""
    modules: Modules | None = None
    """Environment modules."""
    containers: dict[str, ContainerRuntime] | None = None
    """What runs containers: ``docker``, ``podman``, ``apptainer``. Nothing is known when left out."""
    scratch: list[Scratch] = Field(default_factory=list)
    """Folders for large files."""
    mpi: Mpi | None = None
    """How MPI programs are started."""
    python: Python | None = None
    """The Python that looked around."""
    settings: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Settings for backends of any type, those of third parties included, by type; a run's own win."""
    success: dict[str, Success] = Field(default_factory=dict)
    """What the success of a model looks like here, by the beginning of its ``model_type``, instead of rompy's ready
    rules; an empty mapping switches these off."""

    _source: Description | None = PrivateAttr(default=None)

    @field_validator("rompy_site", mode="before")
    @classmethod
    def _is_known(cls, version: Any) -> Any:
        if version != VERSION:
            raise ValueError(f"this rompy reads profiles of version {VERSION}, not {version!r}")
        return version

    @field_validator("name")
    @classmethod
    def _is_plain(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][\w.-]*", name) or name == "none":
            raise ValueError(f"{name!r} cannot be the name of a site: letters, digits, '_', '.' and '-' only")
        return name

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read a profile from a file; its name is that of the file where it does not say.

        Raises:
            MissingFileError: there is no such file.
            ConfigError: with file, line and key of each mistake.
        """
        description = Description.load(path)
        description.require_mapping()
        if "rompy_site" not in description.data:
            raise description.error(
                "is not the profile of a site: 'rompy_site' is missing",
                hint=f"Begin it with  rompy_site: {VERSION}",
            )
        try:
            site = cls.model_validate({"name": Path(path).stem, **description.data})
        except ValidationError as error:
            raise explain(error, description, cls) from None
        site._source = description
        return site

    @property
    def source(self) -> Description:
        """The file that it was read from, with its lines."""
        return self._source or Description.of(self.model_dump(mode="json", exclude_defaults=True))

    def settings_for(self, backend_type: str) -> Description | None:
        """Settings for a type of backend, with ``${...}`` resolved from the environment; None when it has none."""
        if not self.settings.get(backend_type):
            return None
        return self.source.section("settings").section(backend_type).rendered()

    def success_for(self, model_type: str) -> Success | None:
        """Rules for a model; None when it has none."""
        for name in sorted(self.success, key=len, reverse=True):
            if model_type.lower().startswith((name.lower(), f"nml_{name.lower()}")):
                return self.success[name]
        return None
