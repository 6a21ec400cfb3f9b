"""Settings for running as a Slurm batch job."""

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from rompy import plugins
from rompy.backends.batch import BatchConfig
from rompy.sites.asked import Asked, megabytes


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

    def tasks(self, ranks: int) -> int:
        """Number of tasks, given the MPI ranks that the model's configuration asks for."""
        return self.ntasks if "ntasks" in self.model_fields_set else max(self.ntasks, ranks)

    def asked(self, ranks: int = 1) -> Asked | None:
        """See `BatchConfig.asked`."""
        return self._counted(
            (
                "partition",
                "p",
                "clusters",
                "M",
                "time",
                "t",
                "nodes",
                "N",
                "ntasks",
                "n",
                "cpus-per-task",
                "c",
                "mem",
            ),
            nodes=self.nodes,
            cores=self.tasks(ranks) * self.cpus_per_task,
            cores_per_node=self.cpus_per_task,
            cores_setting="ntasks",
            memory_per_node_mb=megabytes(self.memory),
        )

    def _further_options(self) -> list[str]:
        return [option.strip() for option in self.additional_options]

    def get_backend_class(self) -> type[Any]:
        """The backend registered as ``slurm``."""
        backend: type[Any] = plugins.load("rompy.run", "slurm")
        return backend
