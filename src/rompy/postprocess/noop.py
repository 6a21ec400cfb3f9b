"""A postprocessor that does nothing, and says so."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

from rompy.core.workspace import HIDDEN
from rompy.postprocess.result import PostprocessResult

logger = logging.getLogger(__name__)


class NoopPostprocessor:
    """Leaves the output as it is. Looks whether there is any, so that a missing run is noticed."""

    def process(
        self,
        model_run: Any,
        validate_outputs: bool = True,
        output_dir: str | Path | None = None,
        **kwargs: Any,
    ) -> PostprocessResult:
        """Look at the run directory.

        Args:
            model_run: the ModelRun.
            validate_outputs: whether the folder must exist.
            output_dir: the folder to look at; the run's workspace when None.

        Returns:
            ``success``, ``message``, ``run_id``, ``output_dir``, ``validated`` (whether anything was looked at) and
            ``files`` (how many there are).

        Raises:
            ValueError: there is no run, or it has no ``run_id``.
        """
        if not model_run:
            raise ValueError("model_run cannot be None")
        if not getattr(model_run, "run_id", None):
            raise ValueError("model_run must have a run_id attribute")
        folder = Path(output_dir) if output_dir is not None else Path(model_run.staging_dir)
        result = PostprocessResult(
            success=True,
            message="no postprocessing was asked for; the output was not looked at",
            run_id=model_run.run_id,
            output_dir=str(folder),
            validated=False,
            files=None,
        )
        if validate_outputs:
            result.update(_look(folder))
        logger.log(logging.INFO if result else logging.ERROR, "%s: %s", model_run.run_id, result.message)
        return result


def _look(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        return {"success": False, "message": f"Output directory not found: {folder}"}
    count = sum(
        1 for path in folder.rglob("*") if HIDDEN not in path.parts[len(folder.parts) :] and path.is_file()
    )
    message = f"no postprocessing was asked for; {folder} holds {count} files"
    return {"validated": True, "files": count, "message": message}
