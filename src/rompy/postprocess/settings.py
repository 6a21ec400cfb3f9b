"""What the settings of every postprocessor have in common."""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from pydantic import ConfigDict, Field

from rompy.core.describing.surroundings import EnvVars, WorkingDir
from rompy.core.field_docs import DescribedModel
from rompy.errors import RompyError


class BasePostprocessorConfig(DescribedModel, ABC):
    """Settings of one postprocessor. A subclass declares ``type: Literal["name"] = "name"``, its entry-point name."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True, protected_namespaces=())

    timeout: int = Field(default=3600, ge=1)
    """Time limit, seconds."""
    env_vars: EnvVars = Field(default_factory=dict)
    """Environment variables."""
    working_dir: WorkingDir | None = None
    """Folder to work in. It must exist."""

    def check(self, model_run: Any) -> Iterable[RompyError]:
        """What can be told to be wrong with these settings for a run before it is made, quickly; here nothing.

        Called by ``rompy validate`` and before a pipeline begins, so that a run of hours is not lost to it.
        """
        return ()

    @abstractmethod
    def get_postprocessor_class(self) -> type[Any]:
        """The postprocessor: a class without constructor arguments with ``process(model_run, **settings)``."""
