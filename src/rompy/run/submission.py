"""Hands runs over to be left alone, from Python."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rompy.errors import RompyError, SubmitError
from rompy.run.job import Job
from rompy.run.protocol import RunBackend


def submit(model_run: Any, config: Any, workspace_dir: str | Path | None = None) -> Job:
    """Hand a run over and return at once; the job runs on when this process has gone.

    Args:
        model_run: the ModelRun.
        config: settings of a backend, such as LocalConfig.
        workspace_dir: an existing workspace; None generates it first.

    Raises:
        SubmitError: nothing could be started, or the backend cannot be left alone.
        WorkspaceError: the folder is missing, cannot be written, or has a job already.
    """
    return backend_for(config).submit(model_run, config, workspace_dir)


def submit_many(runs: Sequence[Any], config: Any) -> list[Job]:
    """As ``submit``, for many runs; as one array where the backend knows such.

    Args:
        runs: ModelRuns, whose workspaces are generated first where they do not exist, or pairs of a ModelRun and an
            existing workspace.
    """
    pairs = [run if isinstance(run, tuple) else (run, None) for run in runs]
    return backend_for(config).submit_many(pairs, config)


def submit_all(
    runs: Sequence[tuple[Any, str | Path | None]], config: Any, *, array: bool = True
) -> list[Job | RompyError]:
    """As ``submit_many``, but what cannot be handed over does not keep the others back where they stand alone.

    Args:
        runs: pairs of a ModelRun and its workspace, or None to generate it first.
        array: whether they are handed over as one array where the backend knows such: all or none.

    Returns:
        for each the job, or the error that kept it from being one.
    """
    backend = backend_for(config)
    answers: list[Job | RompyError] = []
    if array and len(runs) > 1 and backend.capabilities.arrays:
        try:
            return [*backend.submit_many(runs, config)]
        except RompyError as error:
            return [error] * len(runs)
    for model_run, workspace in runs:
        try:
            answers.append(backend.submit(model_run, config, workspace))
        except RompyError as error:  # noqa: PERF203
            answers.append(error)
    return answers


async def submit_many_async(runs: Sequence[Any], config: Any) -> list[Job]:
    """As ``submit_many``, for programs with an event loop."""
    import asyncio

    return await asyncio.to_thread(submit_many, runs, config)


async def submit_async(model_run: Any, config: Any, workspace_dir: str | Path | None = None) -> Job:
    """As ``submit``, for programs with an event loop."""
    import asyncio

    return await asyncio.to_thread(submit, model_run, config, workspace_dir)


def backend_for(config: Any) -> RunBackend:
    """The backend of some settings, when it can be left alone.

    Raises:
        SubmitError: it cannot: an old one, with nothing but ``run``.
    """
    backend = config.get_backend_class()()
    if not callable(getattr(backend, "submit", None)):
        raise SubmitError(
            f"{type(backend).__name__} can only run while it is waited for",
            hint="Use rompy run, or ModelRun.run.",
        )
    found: RunBackend = backend
    return found
