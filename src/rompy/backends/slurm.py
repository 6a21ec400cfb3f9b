"""Settings for running as a Slurm batch job."""

import re
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from rompy import plugins
from rompy.backends.base import BaseBackendConfig


class SlurmConfig(BaseBackendConfig):
    """Runs the model as a batch job of Slurm."""

    backend_type: ClassVar[str] = "slurm"

    model_type: Literal["slurm"] = "slurm"
    """Tells these settings from others."""
    queue: str | None = None
    """Partition; the default one of the cluster when not given."""
    command: str
    """Command to run in the workspace."""
    nodes: int = Field(default=1, ge=1, le=100)
    """Number of nodes."""
    ntasks: int = Field(default=1, ge=1)
    """Number of tasks (MPI ranks)."""
    cpus_per_task: int = Field(default=1, ge=1, le=128)
    """Processors for each task."""
    time_limit: str = "1:00:00"
    """Wall time, ``hours:minutes:seconds``."""
    account: str | None = None
    """Account that is charged."""
    qos: str | None = None
    """Quality of service."""
    reservation: str | None = None
    """Reservation to run in."""
    output_file: str | None = None
    """Where Slurm writes the job script's standard output."""
    error_file: str | None = None
    """Where Slurm writes the job script's standard error."""
    job_name: str | None = None
    """Name of the job; by default made from the run's."""
    mail_type: str | None = None
    """Events that Slurm sends mail about, such as ``END,FAIL``."""
    mail_user: str | None = None
    """Who gets that mail."""
    additional_options: list[str] = Field(default_factory=list)
    """Further ``#SBATCH`` options, as they are, such as ``--gres=gpu:1``."""

    @field_validator("command")
    @classmethod
    def _is_not_empty(cls, command: str) -> str:
        if not command.strip():
            raise ValueError("command cannot be empty")
        return command

    @field_validator("time_limit")
    @classmethod
    def _is_a_wall_time(cls, limit: str) -> str:
        if not re.fullmatch(r"\d{1,4}:[0-5]\d:[0-5]\d", limit):
            raise ValueError(f"time_limit {limit!r} is not hours:minutes:seconds, such as 12:30:00")
        return limit

    def get_backend_class(self) -> type[Any]:
        """The backend registered as ``slurm``."""
        backend: type[Any] = plugins.load("rompy.run", "slurm")
        return backend
