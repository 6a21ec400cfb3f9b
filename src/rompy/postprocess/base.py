"""What a postprocessor is."""

from __future__ import annotations

from typing import Any, Protocol


class Postprocessor(Protocol):
    """Works on the output of a run. A class without constructor arguments, registered in ``rompy.postprocess``."""

    def process(self, model_run: Any, **settings: Any) -> Any:
        """Process the output in ``model_run.staging_dir``.

        Args:
            model_run: the ModelRun.
            settings: the fields of its settings class, but ``type``, ``timeout``, ``env_vars`` and ``working_dir``.

        Returns:
            best a PostprocessResult; anything with ``success`` as key or attribute is understood.
        """
