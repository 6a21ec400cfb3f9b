"""Pipelines: generate, run and postprocess as one."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME_OF = {
    "LocalPipelineBackend": "rompy.pipeline.local",
    "PipelineBackend": "rompy.pipeline.base",
    "PipelineResult": "rompy.pipeline.result",
    "StageResult": "rompy.pipeline.result",
}

__all__ = [
    "LocalPipelineBackend",
    "PipelineBackend",
    "PipelineResult",
    "StageResult",
]

if TYPE_CHECKING:
    from rompy.pipeline.base import PipelineBackend
    from rompy.pipeline.local import LocalPipelineBackend
    from rompy.pipeline.result import PipelineResult, StageResult


def __getattr__(name: str) -> Any:
    if name in _HOME_OF:
        value = getattr(import_module(_HOME_OF[name]), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module 'rompy.pipeline' has no attribute {name!r}")
