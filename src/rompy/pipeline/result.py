"""What came of a pipeline."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rompy.errors import ModelError, PostprocessError, RompyError
from rompy.jobs.result import RunResult
from rompy.postprocess.result import has_succeeded


@dataclass(frozen=True)
class StageResult:
    """What came of one stage."""

    name: str
    ok: bool
    seconds: float
    reason: str = ""
    """Why it failed."""
    result: Any = None
    """What the stage returned: the workspace, the RunResult, the postprocessor's result."""
    cause: Exception | None = None
    """The exception that ended it."""


class PipelineResult(dict[str, Any]):
    """A dict of what happened, with the stages as typed objects besides. True only when every stage succeeded.

    Keys: ``success, run_id, stages_completed, backend, processor, staging_dir, run_success, postprocess_results,
    message``; after a failure also ``stage``, and ``error`` when there was an exception.
    """

    def __init__(self, run_id: str, backend: str, processor: str) -> None:
        super().__init__(
            success=False,
            run_id=run_id,
            stages_completed=[],
            backend=backend,
            processor=processor,
            staging_dir=None,
            run_success=False,
            postprocess_results=None,
            message="",
        )
        self.stages: list[StageResult] = []
        """Those that were begun, in order."""

    def __bool__(self) -> bool:
        return self.success

    @property
    def success(self) -> bool:
        """Whether every stage was completed."""
        return bool(self["success"])

    @property
    def failed(self) -> StageResult | None:
        """The stage that failed."""
        return next((stage for stage in self.stages if not stage.ok), None)

    @property
    def stage(self) -> str | None:
        """Name of the stage that failed."""
        return self.failed.name if self.failed else None

    @property
    def reason(self) -> str:
        """Why it failed."""
        return self.failed.reason if self.failed else ""

    @property
    def cause(self) -> Exception | None:
        """The exception that ended it."""
        return self.failed.cause if self.failed else None

    @property
    def run_result(self) -> RunResult | None:
        """How the model ended; None when it was not run, or by a backend that does not tell."""
        result = next((stage.result for stage in self.stages if stage.name == "run"), None)
        return result if isinstance(result, RunResult) else None

    @property
    def exit_status(self) -> int:
        """What a program should exit with: 0, or the status of the error that describes the failure."""
        if self.success:
            return 0
        if isinstance(self.cause, RompyError):
            return self.cause.exit_status
        by_stage = {"run": ModelError.exit_status, "postprocess": PostprocessError.exit_status}
        return by_stage.get(self.stage or "", RompyError.exit_status)

    def add(self, stage: StageResult) -> None:
        """Note what came of a stage."""
        self.stages.append(stage)
        if stage.ok:
            self["stages_completed"].append(stage.name)

    def to_dict(self) -> dict[str, Any]:
        """As JSON values."""
        stages = [
            {"name": s.name, "ok": s.ok, "seconds": round(s.seconds, 3), "reason": s.reason}
            for s in self.stages
        ]
        run = None if self.run_result is None else self.run_result.to_dict()
        return {**_plain(dict(self)), "stages": stages, "run_result": run, "exit_status": self.exit_status}


def _plain(value: Any) -> Any:
    """JSON values as they are; a postprocessor's own object as its words."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if hasattr(value, "success"):
        return {"success": has_succeeded(value), "message": str(value)}
    return str(value)
