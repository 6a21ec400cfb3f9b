"""ModelRun: what is computed, for when, and where its files go. Each phase is carried out by its own package."""

import logging
import os
import platform
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

import rompy
from rompy import plugins, templating
from rompy.core.config import BaseConfig
from rompy.core.tagged import Tagged
from rompy.core.time import TimeRange
from rompy.core.types import RompyBaseModel
from rompy.core.working_copy import working_copy
from rompy.core.workspace import Workspace, generating
from rompy.logging import run_log

logger = logging.getLogger(__name__)

DATE_FORMAT = "%Y%m%d.%H%M%S"
"""Layout of times in templates."""

_RECORDED = "recorded in .rompy/manifest.json"

_default_period = partial(
    TimeRange, start=datetime(2020, 2, 21, 4), end=datetime(2020, 2, 24, 4), interval=timedelta(minutes=15)
)


class ModelRun(RompyBaseModel):
    """One run of a model: validated when it is made, generated into a workspace, run by a backend.

    ``${VAR}`` expressions in text values are resolved from the environment, as in files given to the command line.
    """

    model_type: Literal["modelrun"] = "modelrun"
    run_id: str = "run_id"
    """Name of the run, and of its folder below ``output_dir``."""
    period: TimeRange = Field(default_factory=_default_period)
    """Time covered by the run, UTC."""
    output_dir: Path = Path("./simulations")
    """Folder that holds the run's folder; relative to the current directory."""
    config: Annotated[Any, Tagged("rompy.config")] = Field(default_factory=BaseConfig)
    """The model's own configuration; ``model_type`` chooses the model."""
    delete_existing: bool = False
    """Replace a workspace of the same name that rompy made, with everything in it."""
    run_id_subdir: bool = True
    """Whether the workspace is ``output_dir/run_id``, or ``output_dir`` itself."""

    @model_validator(mode="before")
    @classmethod
    def _resolve_expressions(cls, data: Any) -> Any:
        return templating.render_templates(data) if isinstance(data, dict) else data

    @field_validator("run_id")
    @classmethod
    def _run_id_is_a_file_name(cls, run_id: str) -> str:
        if run_id in ("", ".", "..") or any(c in "/\\" or ord(c) < 32 for c in run_id):
            raise ValueError(f"run_id {run_id!r} must be a plain name for a folder, without path separators")
        return run_id

    @property
    def staging_dir(self) -> Path:
        """The workspace. Reading it neither makes nor deletes anything; ``generate`` does."""
        return self.output_dir / self.run_id if self.run_id_subdir else self.output_dir

    def __call__(self) -> Path:
        return self.generate()

    def generate(self) -> Path:
        """Write the model's input into the workspace and return its path.

        Raises:
            WorkspaceError: the folder cannot be used, or holds a run and ``delete_existing`` is not set.
            DataError: input is missing or does not cover the run.

        Whatever goes wrong, a former workspace stays as it was and nothing half-written is left.
        """
        from rompy.core.source.base import opened_once
        from rompy.core.source.choice import choices_recorded

        with (
            generating(
                self.staging_dir, self.to_yaml(), replace=self.delete_existing, facts=_generation_facts()
            ) as workspace,
            run_log(workspace.rompy_log),
        ):
            logger.info("generating %s in %s", self.run_id, self.staging_dir)
            logger.debug("%s", self)
            # Model plugins assign fields while they prepare input; the description itself stays as it was given.
            run = working_copy(self)
            context = run._context(workspace)
            with choices_recorded(workspace.hidden), opened_once():
                context["config"] = run.config(run)
                run.config.render(context, run.output_dir)
        logger.info("generated %d files in %s", len(workspace.generated_files()), workspace.root)
        return workspace.root

    def run(self, backend: Any, workspace_dir: str | Path | None = None) -> Any:
        """Run the model with a backend's settings; the result is truthy only when the model succeeded.

        Args:
            backend: settings such as LocalConfig.
            workspace_dir: an existing workspace; None generates it first.
        """
        if not hasattr(backend, "get_backend_class"):
            raise TypeError(f"Backend must be a subclass of BaseBackendConfig, got {type(backend).__name__}")
        with self._logged(workspace_dir):
            return backend.get_backend_class()().run(self, config=backend, workspace_dir=workspace_dir)

    def postprocess(self, processor: Any, **kwargs: Any) -> Any:
        """Process the output of the run; ``kwargs`` override the processor's settings. Returns its result as it is."""
        if not hasattr(processor, "get_postprocessor_class"):
            raise TypeError(
                f"processor must be a BasePostprocessorConfig instance, got {type(processor).__name__}"
            )
        own = ("type", "timeout", "env_vars", "working_dir")
        settings = {name: value for name, value in processor.model_dump().items() if name not in own}
        with self._logged():
            return processor.get_postprocessor_class()().process(self, **{**settings, **kwargs})

    def pipeline(self, pipeline_backend: str = "local", **kwargs: Any) -> Any:
        """Generate, run and postprocess through a registered pipeline.

        Raises:
            ValueError: there is no pipeline of that name.
        """
        names = sorted({plugin.name for plugin in plugins.entries("rompy.pipeline")})
        if pipeline_backend not in names:
            raise ValueError(
                f"Unknown pipeline backend: {pipeline_backend}. Available backends: {', '.join(names)}"
            )
        return plugins.load("rompy.pipeline", pipeline_backend)().execute(self, **kwargs)

    def _logged(self, workspace_dir: str | Path | None = None) -> AbstractContextManager[None]:
        """Keeps the log of a phase in the workspace, where there is one that rompy made."""
        workspace = Workspace(workspace_dir or self.staging_dir)
        return run_log(workspace.rompy_log) if workspace.made_by_rompy else nullcontext()

    def zip(self) -> Path:
        """Pack the workspace into ``<workspace>.zip`` beside it and remove the folder."""
        import zipfile

        from rompy.core import atomic, workspace

        root = self.staging_dir
        target = root.with_name(f"{root.name}.zip")
        with (
            atomic.replacing(target) as temporary,
            zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for path in sorted(root.rglob("*")):
                archive.write(path, path.relative_to(root))
        workspace.remove(root)
        return target

    def to_yaml(self) -> str:
        """The whole resolved description as YAML that makes the same run again, also where other paths hold."""
        from rompy.core.dump import as_given, plain, to_yaml

        description = {
            name: plain(getattr(self, name)) for name in type(self).model_fields if name != "config"
        }
        description["config"] = as_given(self.config)
        if self.config.template == type(self.config).model_fields["template"].default:
            description["config"].pop("template", None)  # an absolute path into this Python's packages
        return to_yaml(templating.escape(description))

    def _context(self, workspace: Workspace) -> dict[str, Any]:
        """What templates see. Times, users and hosts are kept out of it, so that files can be made again exactly."""
        runtime = self.model_dump()
        runtime |= {
            "staging_dir": workspace.root,
            "_generated_at": _stated_time(),
            "_generated_by": f"rompy {rompy.__version__}",
            "_generated_on": f"a host {_RECORDED}",
            "_datefmt": DATE_FORMAT,
        }
        return {"runtime": runtime}


def _stated_time() -> str:
    """Time for templates that want one: SOURCE_DATE_EPOCH when set, else words that stay the same."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH")
    if epoch is None:
        return f"at a time {_RECORDED}"
    return datetime.fromtimestamp(int(epoch), timezone.utc).strftime("%Y-%m-%d %H:%M:%S+00:00")


def _generation_facts() -> Mapping[str, Any]:
    return {
        "rompy": rompy.__version__,
        "python": platform.python_version(),
        "host": platform.node(),
        "generated_at": datetime.now(timezone.utc).isoformat(timespec="seconds"),
    }


def __getattr__(name: str) -> Any:
    """Registries by short class name, built when they are asked for."""
    groups = {
        "RUN_BACKENDS": ("rompy.run", "runbackend"),
        "POSTPROCESSORS": ("rompy.postprocess", "postprocessor"),
        "PIPELINE_BACKENDS": ("rompy.pipeline", "pipelinebackend"),
    }
    if name not in groups:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    group, suffix = groups[name]
    return {cls.__name__.lower().removesuffix(suffix): cls for cls in plugins.load_all(group)}
