"""What the settings of all batch schedulers have in common."""

import re
from typing import Any

from pydantic import Field, field_validator, model_validator

from rompy.backends.base import BaseBackendConfig
from rompy.core.describing.surroundings import Command
from rompy.sites.asked import Asked

Directive = str | int | bool | None
"""Value of a directive: True for one without a value, None to leave out one that would be written."""


class BatchConfig(BaseBackendConfig):
    """Runs the model as a job of a batch scheduler."""

    command: Command | None = None
    """Command to run in the workspace. Without it, the model's configuration says how it is started."""
    queue: str | None = None
    """Queue or partition; the default one of the cluster when not given."""
    time_limit: str = "1:00:00"
    """Wall time, ``hours:minutes:seconds``. The model is ended shortly before it, so that its result is still written.
    A ``timeout`` that is given too holds when it is shorter."""
    account: str | None = None
    """Account or project that is charged."""
    job_name: str | None = None
    """Name of the job; by default that of the run."""
    memory: str | None = None
    """Memory on each node, in the scheduler's own notation, such as ``4G``."""
    output_file: str | None = None
    """Where the scheduler writes what the job script says (the model has its own logs); a file in ``.rompy`` by
    default."""
    error_file: str | None = None
    """The same for standard error; together with standard output by default."""
    mail_type: str | None = None
    """Events that mail is sent about, in the scheduler's own notation."""
    mail_user: str | None = None
    """Who gets that mail."""
    hold: bool = False
    """Whether the job waits until somebody releases it."""
    requeue: bool = False
    """Whether the scheduler may start the job again after its node has failed or another job has displaced it."""
    after: list[str] = Field(default_factory=list)
    """Jobs that must have succeeded before this one starts: ids of the scheduler."""
    directives: dict[str, Directive] = Field(default_factory=dict)
    """Directives to add, to replace or (with null) to leave out, by their names as in the job script, such as
    ``{"gres": "gpu:1", "exclusive": true, "ntasks": null}``."""
    modules: list[str] = Field(default_factory=list)
    """Environment modules to load, in this order."""
    setup: list[str] = Field(default_factory=list)
    """Lines of shell to run in the job before the model, as they are. The job ends when one fails."""
    python: str | None = None
    """Python on the compute node, for the supervisor (3.6 or newer) and for models in Python; by default the running
    one, or ``python3`` where that does not exist."""
    mpiexec: str | None = None
    """Launcher for a model with several MPI ranks, with options if need be; ``-n RANKS`` is added."""
    grace: float = Field(default=10.0, ge=0)
    """Seconds between asking a model to end and killing it."""
    patience: float = Field(default=30.0, ge=0)
    """Seconds that the result of a job that has gone may take to be seen, on a slow file system, before the job counts
    as lost."""

    @field_validator("time_limit")
    @classmethod
    def _is_a_wall_time(cls, limit: str) -> str:
        if not re.fullmatch(r"\d{1,4}:[0-5]\d:[0-5]\d", limit):
            raise ValueError(f"time_limit {limit!r} is not hours:minutes:seconds, such as 12:30:00")
        return limit

    @field_validator("after")
    @classmethod
    def _are_job_ids(cls, ids: list[str]) -> list[str]:
        for job in ids:
            if not re.fullmatch(r"\w[\w.\[\]-]*", job):
                raise ValueError(f"{job!r} is not the id of a job")
        return ids

    @field_validator("directives")
    @classmethod
    def _are_directives(cls, directives: dict[str, Directive]) -> dict[str, Directive]:
        for name in directives:
            if not re.fullmatch(r"-{0,2}[A-Za-z][\w-]*( ?[\w.-]+)?", name):
                raise ValueError(f"{name!r} is not the name of a directive")
        return directives

    @model_validator(mode="after")
    def _fits_on_lines(self) -> "BatchConfig":
        """A line end in a value would end its directive and begin something else."""
        for name in type(self).model_fields:
            value = getattr(self, name)
            values = (
                value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
            )
            for text in values:
                if (
                    isinstance(text, str)
                    and name not in ("command", "env_vars")
                    and re.search(r"[\r\n\0]", text)
                ):
                    raise ValueError(f"{name} must be a single line: {text!r}")
        return self

    @property
    def time_limit_s(self) -> int:
        """Wall time in seconds."""
        hours, minutes, seconds = map(int, self.time_limit.split(":"))
        return 3600 * hours + 60 * minutes + seconds

    def asked(self, ranks: int = 1) -> Asked | None:
        """What a job asks for, to be held against the profile of a site; None when directives say it instead.

        Args:
            ranks: MPI ranks that the model's configuration asks for.
        """
        return self._counted(())

    def _counted(self, directives: tuple[str, ...], **counts: Any) -> Asked | None:
        """``directives`` are those that would say otherwise."""
        given = [*self.directives, *(re.split(r"[= ]", o, maxsplit=1)[0] for o in self._further_options())]
        if {name.lstrip("-") for name in given} & set(directives):
            return None
        names = (name.partition("@")[0].strip() for name in (self.queue or "").split(","))
        queues = tuple(name for name in names if name)
        return Asked(queues=queues, walltime_s=self.time_limit_s, **counts)

    def _further_options(self) -> list[str]:
        """Options of the settings that are directives as they stand."""
        return []
