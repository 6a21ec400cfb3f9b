"""Settings for running as a PBS batch job."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from rompy import plugins
from rompy.backends.batch import BatchConfig
from rompy.sites.asked import Asked, megabytes


class PbsConfig(BatchConfig):
    """Runs the model as a batch job of PBS (OpenPBS, PBS Professional)."""

    backend_type: ClassVar[str] = "pbs"

    model_type: Literal["pbs"] = "pbs"
    """Tells these settings from others."""
    nodes: int = Field(default=1, ge=1)
    """Number of nodes (chunks)."""
    cpus: int = Field(default=1, ge=1)
    """Processors on each node."""
    mpiprocs: int | None = Field(default=None, ge=1)
    """MPI ranks on each node; as many as the model's configuration asks for, spread over the nodes, when not given."""
    select: str | None = None
    """The whole value of ``-l select``, instead of the three above."""

    def ranks_per_node(self, ranks: int) -> int | None:
        """MPI ranks on each node, given those that the model's configuration asks for; None without MPI."""
        return self.mpiprocs or (-(-ranks // self.nodes) if ranks > 1 else None)

    def cpus_per_node(self, ranks: int) -> int:
        """Processors on each node."""
        return (
            self.cpus if "cpus" in self.model_fields_set else max(self.cpus, self.ranks_per_node(ranks) or 1)
        )

    def asked(self, ranks: int = 1) -> Asked | None:
        """See `BatchConfig.asked`."""
        if self.select:
            return self._counted(("q", "l walltime", "l"))
        cpus = self.cpus_per_node(ranks)
        return self._counted(
            ("q", "l select", "l walltime", "l nodes", "l"),
            nodes=self.nodes,
            cores=self.nodes * cpus,
            cores_per_node=cpus,
            cores_setting="cpus",
            memory_per_node_mb=megabytes(self.memory, "b"),
        )

    def get_backend_class(self) -> type[Any]:
        """The backend registered as ``pbs``."""
        backend: type[Any] = plugins.load("rompy.run", "pbs")
        return backend
