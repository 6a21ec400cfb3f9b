"""What a pipeline backend is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol


class PipelineBackend(Protocol):
    """Carries a run through its stages. A class without constructor arguments, registered in ``rompy.pipeline``."""

    def execute(self, model_run: Any, **settings: Any) -> Mapping[str, Any]:
        """Generate, run and postprocess; the mapping holds ``success``, ``message`` and the stage that failed."""
