"""Postprocessors: their protocol, their settings, and the one that does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "BasePostprocessorConfig": "config",
    "NoopPostprocessor": "noop",
    "NoopPostprocessorConfig": "config",
    "PostprocessResult": "result",
    "Postprocessor": "base",
    "ProcessorConfig": "config",
    "load_processor_config": "load",
    "validate_postprocessor_config": "load",
}

__all__ = [
    "BasePostprocessorConfig",
    "NoopPostprocessor",
    "NoopPostprocessorConfig",
    "PostprocessResult",
    "Postprocessor",
    "ProcessorConfig",
    "load_processor_config",
    "validate_postprocessor_config",
]

if TYPE_CHECKING:
    from rompy.postprocess.base import Postprocessor
    from rompy.postprocess.config import (
        BasePostprocessorConfig,
        NoopPostprocessorConfig,
        ProcessorConfig,
    )
    from rompy.postprocess.load import load_processor_config, validate_postprocessor_config
    from rompy.postprocess.noop import NoopPostprocessor
    from rompy.postprocess.result import PostprocessResult

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
