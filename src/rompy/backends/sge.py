"""Settings for running as a batch job of Grid Engine."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from rompy import plugins
from rompy.backends.batch import BatchConfig
from rompy.sites.asked import Asked


class SgeConfig(BatchConfig):
    """Runs the model as a batch job of Grid Engine (Son of Grid Engine, Univa, Altair).

    Its ``after`` waits for the end of the other jobs, whether they succeeded or not: Grid Engine knows nothing else.
    """

    backend_type: ClassVar[str] = "sge"

    model_type: Literal["sge"] = "sge"
    """Tells these settings from others."""
    slots: int = Field(default=1, ge=1)
    """Number of slots (processors); as many as the configuration has MPI ranks when not given."""
    parallel_environment: str = "smp"
    """Parallel environment that several slots are taken from."""

    def slots_for(self, ranks: int) -> int:
        """Number of slots, given the MPI ranks that the model's configuration asks for."""
        return self.slots if "slots" in self.model_fields_set else max(self.slots, ranks)

    def asked(self, ranks: int = 1) -> Asked | None:
        """See `BatchConfig.asked`."""
        return self._counted(
            ("q", "l h_rt", "pe", "l"),
            cores=self.slots_for(ranks),
            cores_per_node=self.slots_for(ranks) if self.parallel_environment == "smp" else None,
            cores_setting="slots",
        )

    def get_backend_class(self) -> type[Any]:
        """The backend registered as ``sge``."""
        backend: type[Any] = plugins.load("rompy.run", "sge")
        return backend
