"""Settings for running as an LSF batch job."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from rompy import plugins
from rompy.backends.batch import BatchConfig
from rompy.sites.asked import Asked


class LsfConfig(BatchConfig):
    """Runs the model as a batch job of IBM Spectrum LSF."""

    backend_type: ClassVar[str] = "lsf"

    model_type: Literal["lsf"] = "lsf"
    """Tells these settings from others."""
    slots: int = Field(default=1, ge=1)
    """Number of slots (processors); as many as the configuration has MPI ranks when not given."""
    slots_per_host: int | None = Field(default=None, ge=1)
    """Slots on each host."""

    def slots_for(self, ranks: int) -> int:
        """Number of slots, given the MPI ranks that the model's configuration asks for."""
        return self.slots if "slots" in self.model_fields_set else max(self.slots, ranks)

    def asked(self, ranks: int = 1) -> Asked | None:
        """See `BatchConfig.asked`."""
        return self._counted(
            ("q", "W", "n"),
            cores=self.slots_for(ranks),
            cores_per_node=self.slots_per_host,
            cores_setting="slots",
        )

    def get_backend_class(self) -> type[Any]:
        """The backend registered as ``lsf``."""
        backend: type[Any] = plugins.load("rompy.run", "lsf")
        return backend
