"""The built-in settings of postprocessors, beside all else about settings that existing programs look for here."""

import builtins
from typing import Any, Literal

from rompy import plugins
from rompy.postprocess.load import (
    _load_processor_config,
    _load_processor_config_from_dict,
    validate_postprocessor_config,
)
from rompy.postprocess.settings import BasePostprocessorConfig

__all__ = [
    "BasePostprocessorConfig",
    "NoopPostprocessorConfig",
    "ProcessorConfig",
    "_load_processor_config",
    "_load_processor_config_from_dict",
    "validate_postprocessor_config",
]


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
