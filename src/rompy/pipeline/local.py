"""Generates, runs and postprocesses, one after the other, in this process."""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rompy import plugins
from rompy.backends.base import BaseBackendConfig
from rompy.core import workspace as workspaces
from rompy.core.preflight import problems_of, raise_together
from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError
from rompy.jobs.events import Listener, StageEnded, StageStarted, emit, listening
from rompy.jobs.lock import is_locked
from rompy.jobs.result import RunResult
from rompy.pipeline.result import PipelineResult, StageResult
from rompy.postprocess.config import BasePostprocessorConfig
from rompy.postprocess.result import has_succeeded, message_of

logger = logging.getLogger(__name__)

Check = Callable[[Mapping[str, Any]], None]


class LocalPipelineBackend:
    """Takes a run from its description to processed output. Stops at the first stage that fails, and says why."""

    def execute(
        self,
        model_run: Any,
        backend_config: BaseBackendConfig | None = None,
        processor: BasePostprocessorConfig | None = None,
        run_kwargs: Mapping[str, Any] | None = None,
        process_kwargs: Mapping[str, Any] | None = None,
        cleanup_on_failure: bool = False,
        validate_stages: bool = True,
        *,
        on_event: Listener | None = None,
        reused: RunResult | None = None,
        check: Check | None = None,
        **kwargs: Any,
    ) -> PipelineResult:
        """Carry out all stages.

        Args:
            model_run: the ModelRun.
            backend_config: how to run the model.
            processor: how to process its output.
            run_kwargs: settings for the old ``run_backend="local"`` way of saying how to run.
            process_kwargs: override settings of the processor.
            cleanup_on_failure: remove the workspace that this pipeline generated when a later stage fails, with its
                logs. Nothing else is ever removed.
            validate_stages: check that the workspace is there after it was generated.
            reused: how the model ended in the run's workspace when it was run with the same input: then only the output
                is processed, and nothing is removed after a failure.
            check: called with the manifest before the workspace is complete; what it raises fails the first stage.
            on_event: told what happens meanwhile, see `rompy.jobs.events`.

        Returns:
            the result, also after a failure: a stage's exception is in it, not raised.

        Raises:
            ValueError: something is missing.
            TypeError: an argument is of the wrong kind.
            RunInterrupted: Ctrl-C while the model ran.
        """
        if not model_run:
            raise ValueError("model_run cannot be None")
        backend = _checked_backend(backend_config, kwargs.pop("run_backend", None), run_kwargs)
        processor = _checked_processor(processor)
        if kwargs:
            logger.warning("the pipeline does not know, and ignores: %s", ", ".join(sorted(kwargs)))
        result = PipelineResult(
            str(model_run.run_id),
            type(backend).__name__.lower().removesuffix("config"),
            str(getattr(processor, "type", None) or type(processor).__name__),
        )
        pipeline = _Pipeline(
            model_run, backend, processor, dict(process_kwargs or {}), validate_stages, result, reused, check
        )
        with listening(on_event):
            pipeline.execute()
        if cleanup_on_failure and not result and reused is None:
            self._cleanup_outputs(model_run, result)
        logger.log(logging.INFO if result else logging.ERROR, "%s: %s", model_run.run_id, result["message"])
        return result

    def _cleanup_outputs(self, model_run: Any, result: PipelineResult | None = None) -> None:
        """Remove the workspace, if rompy made it and nobody uses it."""
        if result is not None and "generate" not in result["stages_completed"]:
            return  # what is there now was there before
        workspace = Workspace(model_run.staging_dir)
        if is_locked(workspace):
            logger.warning("%s is not removed: another run uses it", workspace.root)
            return
        try:
            workspaces.remove(workspace.root)
            logger.info("removed %s", workspace.root)
        except WorkspaceError as error:
            logger.warning("%s is not removed: %s", workspace.root, error)


@dataclass(frozen=True)
class _Pipeline:
    """One passage through the stages."""

    model_run: Any
    backend: BaseBackendConfig
    processor: BasePostprocessorConfig
    process_kwargs: dict[str, Any]
    validate_stages: bool
    result: PipelineResult
    reused: RunResult | None
    check: Check | None

    def execute(self) -> None:
        stages: tuple[tuple[str, Callable[[], StageResult], str], ...] = (
            ("generate", self._generate, "Input file generation failed"),
            ("run", self._run, "Model run error"),
            ("postprocess", self._postprocess, "Postprocessing error"),
        )
        for name, act, what_failed in stages:
            stage = self._carry_out(name, act)
            self.result.add(stage)
            if not stage.ok:
                self._note_failure(stage, what_failed)
                return
        self.result.update(success=True, message="Pipeline completed successfully")

    def _carry_out(self, name: str, act: Callable[[], StageResult]) -> StageResult:
        emit(StageStarted(name))
        begun = time.monotonic()
        try:
            stage = act()
        except Exception as error:
            logger.debug("stage %s failed", name, exc_info=True)
            stage = StageResult(name, ok=False, seconds=0.0, reason=_words(error), cause=error)
        except BaseException:
            emit(StageEnded(name, False, time.monotonic() - begun, "interrupted"))
            raise
        seconds = time.monotonic() - begun
        emit(StageEnded(name, stage.ok, seconds, stage.reason))
        return StageResult(name, stage.ok, seconds, stage.reason, stage.result, stage.cause)

    def _generate(self) -> StageResult:
        raise_together(problems_of(self.model_run, self.processor))
        if self.reused is not None:
            self.result["staging_dir"] = str(self.model_run.staging_dir)
            return StageResult("generate", True, 0.0, "reused", Path(self.model_run.staging_dir))
        # A configuration of a plugin may override generate and return nothing.
        checked = {} if self.check is None else {"check": self.check}
        folder = Path(self.model_run.generate(**checked) or self.model_run.staging_dir)
        self.result["staging_dir"] = str(folder)
        if self.validate_stages and not folder.is_dir():
            raise WorkspaceError(f"the run directory {folder} was not made")
        return StageResult("generate", ok=True, seconds=0.0, result=folder)

    def _run(self) -> StageResult:
        outcome = self.reused
        if outcome is None:
            outcome = self.model_run.run(backend=self.backend, workspace_dir=self.result["staging_dir"])
        self.result["run_success"] = bool(outcome)
        reason = outcome.reason if isinstance(outcome, RunResult) and not outcome else ""
        return StageResult("run", bool(outcome), 0.0, reason, outcome)

    def _postprocess(self) -> StageResult:
        outcome = self.model_run.postprocess(processor=self.processor, **self.process_kwargs)
        self.result["postprocess_results"] = outcome
        ok = has_succeeded(outcome)
        reason = "" if ok else message_of(outcome) or "the postprocessor reports that it failed"
        return StageResult("postprocess", ok, 0.0, reason, outcome)

    def _note_failure(self, stage: StageResult, what_failed: str) -> None:
        if stage.cause is None:
            what_failed = "Model run failed" if stage.name == "run" else "Postprocessing failed"
        else:
            self.result["error"] = str(stage.cause)
        message = f"{what_failed}: {stage.reason}" if stage.reason else what_failed
        self.result.update(stage=stage.name, message=message)


def _checked_backend(
    backend_config: Any, run_backend: str | None, run_kwargs: Mapping[str, Any] | None
) -> BaseBackendConfig:
    if backend_config is None and run_backend is not None:
        warnings.warn(
            f"run_backend={run_backend!r} with run_kwargs is an old way: pass backend_config",
            DeprecationWarning,
            stacklevel=3,
        )
        backend_config = plugins.load("rompy.backend.config", run_backend)(**(run_kwargs or {}))
    if backend_config is None:
        raise ValueError("backend_config is required: settings such as LocalConfig")
    if not isinstance(backend_config, BaseBackendConfig):
        raise TypeError(
            f"backend_config must be a subclass of BaseBackendConfig, got {type(backend_config).__name__}"
        )
    return backend_config


def _checked_processor(processor: Any) -> BasePostprocessorConfig:
    if processor is None:
        raise ValueError("processor configuration is required: settings such as NoopPostprocessorConfig")
    if not isinstance(processor, BasePostprocessorConfig):
        raise TypeError(
            f"processor must be a BasePostprocessorConfig instance, got {type(processor).__name__}"
        )
    return processor


def _words(error: Exception) -> str:
    return str(error) or type(error).__name__
