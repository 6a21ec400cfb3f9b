"""Settings for running as a PBS batch job."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from rompy import plugins
from rompy.backends.batch import BatchConfig


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

    def get_backend_class(self) -> type[Any]:
        """The backend registered as ``pbs``."""
        backend: type[Any] = plugins.load("rompy.run", "pbs")
        return backend
