"""Settings for running as a Slurm batch job."""

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from rompy import plugins
from rompy.backends.batch import BatchConfig


class SlurmConfig(BatchConfig):
    """Runs the model as a batch job of Slurm."""

    backend_type: ClassVar[str] = "slurm"

    model_type: Literal["slurm"] = "slurm"
    """Tells these settings from others."""
    nodes: int = Field(default=1, ge=1, le=100)
    """Number of nodes."""
    ntasks: int = Field(default=1, ge=1)
    """Number of tasks (MPI ranks); as many as the model's configuration asks for when not given."""
    cpus_per_task: int = Field(default=1, ge=1, le=128)
    """Processors for each task."""
    qos: str | None = None
    """Quality of service."""
    reservation: str | None = None
    """Reservation to run in."""
    additional_options: list[str] = Field(default_factory=list)
    """Further ``#SBATCH`` options, as they are, such as ``--gres=gpu:1``."""

    @field_validator("additional_options")
    @classmethod
    def _are_options(cls, options: list[str]) -> list[str]:
        for option in options:
            if not option.lstrip().startswith("-"):
                raise ValueError(
                    f"{option!r} is not an option; write it as in a job script, such as --gres=gpu:1"
                )
        return options

    def get_backend_class(self) -> type[Any]:
        """The backend registered as ``slurm``."""
        backend: type[Any] = plugins.load("rompy.run", "slurm")
        return backend
