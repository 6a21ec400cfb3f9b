"""Postprocessors: their protocol, their settings, and the one that does nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "BasePostprocessorConfig": "settings",
    "Coverage": "coverage",
    "NoopPostprocessor": "noop",
    "NoopPostprocessorConfig": "config",
    "Origin": "origin",
    "PostprocessResult": "result",
    "Postprocessor": "base",
    "ProcessorConfig": "config",
    "load_processor_config": "load",
    "validate_postprocessor_config": "load",
    "write_result": "result_file",
}

__all__ = [
    "BasePostprocessorConfig",
    "Coverage",
    "NoopPostprocessor",
    "NoopPostprocessorConfig",
    "Origin",
    "PostprocessResult",
    "Postprocessor",
    "ProcessorConfig",
    "load_processor_config",
    "validate_postprocessor_config",
    "write_result",
]

if TYPE_CHECKING:
    from rompy.postprocess.base import Postprocessor
    from rompy.postprocess.config import NoopPostprocessorConfig, ProcessorConfig
    from rompy.postprocess.coverage import Coverage
    from rompy.postprocess.load import load_processor_config, validate_postprocessor_config
    from rompy.postprocess.noop import NoopPostprocessor
    from rompy.postprocess.origin import Origin
    from rompy.postprocess.result import PostprocessResult
    from rompy.postprocess.result_file import write_result
    from rompy.postprocess.settings import BasePostprocessorConfig

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
