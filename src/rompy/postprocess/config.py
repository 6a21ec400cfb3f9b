"""Settings of postprocessors."""

import builtins
from abc import ABC, abstractmethod
from collections.abc import Iterable
from importlib import import_module
from typing import Any, Literal

from pydantic import ConfigDict, Field

from rompy import plugins
from rompy.core.field_docs import DescribedModel
from rompy.core.surroundings import EnvVars, WorkingDir
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


class NoopPostprocessorConfig(BasePostprocessorConfig):
    """Does nothing to the output, but looks whether there is any."""

    type: Literal["noop"] = "noop"
    """Tells these settings from others."""
    validate_outputs: bool = True
    """Whether the run directory must exist."""

    def get_postprocessor_class(self) -> "builtins.type[Any]":
        """The postprocessor registered as ``noop``."""
        processor: builtins.type[Any] = plugins.load("rompy.postprocess", "noop")
        return processor


ProcessorConfig = NoopPostprocessorConfig
"""The built-in settings; those of others are known by their ``type`` only."""


_LOADING = ("_load_processor_config", "_load_processor_config_from_dict", "validate_postprocessor_config")


def __getattr__(name: str) -> Any:
    """The functions that load settings are found here too, where existing programs look for them."""
    if name in _LOADING:
        return getattr(import_module("rompy.postprocess.load"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
