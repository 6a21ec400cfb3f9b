"""Postprocessors: their protocol, their settings, and the one that does nothing."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME_OF = {
    "BasePostprocessorConfig": "rompy.postprocess.config",
    "NoopPostprocessor": "rompy.postprocess.noop",
    "NoopPostprocessorConfig": "rompy.postprocess.config",
    "PostprocessResult": "rompy.postprocess.result",
    "Postprocessor": "rompy.postprocess.base",
    "ProcessorConfig": "rompy.postprocess.config",
    "load_processor_config": "rompy.postprocess.load",
    "validate_postprocessor_config": "rompy.postprocess.load",
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


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'rompy.postprocess' has no attribute {name!r}")
