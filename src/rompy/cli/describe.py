"""From a file to a validated ModelRun, and what to say about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rompy.core.describing.run_file import RunFile

if TYPE_CHECKING:
    from rompy.model import ModelRun


def model_run_of(
    source: RunFile, *, output_dir: str | None = None, delete_existing: bool = False
) -> ModelRun:
    """The validated run; options of the command line win over the file.

    Raises:
        ConfigError: with a line for each mistake.
    """
    from pydantic import ValidationError

    from rompy.model import ModelRun

    source.run.require_mapping()
    given: dict[str, Any] = {"output_dir": output_dir} if output_dir else {}
    if delete_existing:
        given["delete_existing"] = True
    try:
        return ModelRun.model_validate({**source.run.data, **given})
    except ValidationError as error:
        from rompy.core.describing.explain import explain

        raise explain(error, source.run, ModelRun) from None


def sentence_about(model_run: ModelRun) -> str:
    """What is to be run, in one line."""
    period = model_run.period
    model = getattr(model_run.config, "model_type", type(model_run.config).__name__)
    return f"{model_run.run_id} ({model}, {period.start:%Y-%m-%d %H:%M} to {period.end:%Y-%m-%d %H:%M} UTC)"


def size_of(count: int) -> str:
    """A number of bytes for people."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} TB"
