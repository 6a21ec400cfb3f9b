"""Pipelines: generate, run and postprocess as one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "LocalPipelineBackend": "local",
    "PipelineBackend": "base",
    "PipelineResult": "result",
    "StageResult": "result",
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

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
