"""ModelRun: what is computed, for when, and where its files go. Each phase is carried out by its own package."""

import hashlib
import logging
import os
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

import rompy
from rompy import plugins, templating
from rompy.core.config import BaseConfig
from rompy.core.outcome import has_succeeded, message_of
from rompy.core.tagged import Tagged
from rompy.core.time import TimeRange
from rompy.core.types import RompyBaseModel
from rompy.core.working_copy import working_copy
from rompy.core.workspace import HIDDEN, Workspace, generating
from rompy.logging import run_log
from rompy.secrets import with_expressions

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
        if run_id.strip() in ("", ".", "..") or any(c in "/\\" or ord(c) < 32 for c in run_id):
            raise ValueError(f"run_id {run_id!r} must be a plain name for a folder, without path separators")
        return run_id

    @property
    def staging_dir(self) -> Path:
        """The workspace. Reading it neither makes nor deletes anything; ``generate`` does."""
        return self.output_dir / self.run_id if self.run_id_subdir else self.output_dir

    def __call__(self) -> Path:
        return self.generate()

    def generate(self, *, check: Callable[[Mapping[str, Any]], None] | None = None) -> Path:
        """Write the model's input into the workspace and return its path.

        Args:
            check: called with the manifest before the workspace is complete; what it raises fails the generation.

        Raises:
            WorkspaceError: the folder cannot be used, or holds a run and ``delete_existing`` is not set.
            DataError: input is missing or does not cover the run.

        Whatever goes wrong, a former workspace stays as it was and nothing half-written is left.
        """
        from rompy.core.ahead import fetch_ahead
        from rompy.core.artefact.index import ArtefactIndex
        from rompy.core.artefact.preparing import on_bench
        from rompy.core.parts import parts_of, texts_of
        from rompy.core.preflight import problems_of, raise_together
        from rompy.core.reach import run_period
        from rompy.core.source.base import opened_once
        from rompy.core.source.choice import choices_recorded
        from rompy.inputs import noted
        from rompy.manifest.generation import Generation, digest_limit

        raise_together(problems_of(self))
        facts: dict[str, Any] = {}
        with (
            noted(limit=digest_limit()) as notes,
            on_bench() as bench,
            generating(
                self.staging_dir,
                text := self.to_yaml(),
                replace=self.delete_existing,
                facts=lambda files: manifest(files),
                known=lambda: bench.known_digests(workspace.root),
            ) as workspace,
            run_log(workspace.rompy_log),
        ):
            bench.root = workspace.root
            logger.info("generating %s in %s", self.run_id, self.staging_dir)
            logger.debug("%s", self)
            # Model plugins assign fields while they prepare input; the description itself stays as it was given.
            run = working_copy(self)
            parts = list(parts_of(run))
            notes.fields = {id(part): path for path, part in reversed(parts)}
            notes.places = texts_of({"config": self._config_as_given()})
            generation = Generation(workspace.root, {type(part) for _, part in parts}, notes, bench)
            context = run._context(workspace)
            with choices_recorded(workspace.hidden), opened_once(), run_period(self.period):
                fetch_ahead(parts)
                context["config"] = run.config(run)
                run.config.render(context, run.output_dir)

            def manifest(files: dict[str, Any]) -> dict[str, Any]:
                facts.update({**self._identity(text), **generation.facts(), "files": files})
                if check is not None:
                    check(facts)
                return facts

        ArtefactIndex().add(workspace.root, facts["artefacts"])
        logger.info("generated %d files in %s", len(workspace.generated_files()), workspace.root)
        return workspace.root

    def run(self, backend: Any, workspace_dir: str | Path | None = None) -> Any:
        """Run the model with a backend's settings; the result is truthy only when the model succeeded.

        Args:
            backend: settings such as LocalConfig.
            workspace_dir: an existing workspace; None generates it first.

        Raises:
            TypeError: ``backend`` is no settings of a backend.
            SubmitError: the model could not be started. How it ended, also badly, is told by the result.
            RunInterrupted: Ctrl-C; the model has been ended with all its processes.
        """
        if not hasattr(backend, "get_backend_class"):
            raise TypeError(f"Backend must be a subclass of BaseBackendConfig, got {type(backend).__name__}")
        with self._logged(workspace_dir):
            return backend.get_backend_class()().run(self, config=backend, workspace_dir=workspace_dir)

    def postprocess(self, processor: Any, **kwargs: Any) -> Any:
        """Process the output of the run; ``kwargs`` override the processor's settings. Returns its result as it is.

        Raises:
            TypeError: ``processor`` is no settings of a postprocessor.
        """
        if not hasattr(processor, "get_postprocessor_class"):
            raise TypeError(
                f"processor must be a BasePostprocessorConfig instance, got {type(processor).__name__}"
            )
        own = ("type", "timeout", "env_vars", "working_dir")
        settings = {name: value for name, value in processor.model_dump().items() if name not in own}
        from rompy.manifest.ending import recording_postprocess

        settings = {**settings, **kwargs}
        name = str(getattr(processor, "type", None) or type(processor).__name__)
        workspace = Workspace(self.staging_dir)
        with self._logged(), recording_postprocess(workspace, name, settings) as phase:
            result = processor.get_postprocessor_class()().process(self, **settings)
            phase |= {
                "state": "succeeded" if has_succeeded(result) else "failed",
                "reason": message_of(result) or None,
            }
        return result

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
        """The whole resolved description as YAML that makes the same run again, also where other paths hold.

        Where a secret came in by ``${TOKEN}``, that expression stands again.
        """
        from rompy.core.describing.dump import plain, to_yaml

        rest = {name: plain(getattr(self, name)) for name in type(self).model_fields if name != "config"}
        return to_yaml(with_expressions(templating.escape({**rest, "config": self._config_as_given()})))

    def meaning_sha256(self) -> str:
        """Digest of what is described: the same for any order of keys and any spelling of numbers and times, and
        wherever the run is put."""
        from rompy.core.describing.dump import as_given
        from rompy.digest import meaning_sha256

        where = ("output_dir", "run_id_subdir", "delete_existing", "config")
        rest = {
            name: as_given(getattr(self, name), meant=True)
            for name in type(self).model_fields
            if name not in where
        }
        return meaning_sha256(with_expressions({**rest, "config": self._config_as_given(meant=True)}))

    def _config_as_given(self, *, meant: bool = False) -> dict[str, Any]:
        from rompy.core.describing.dump import as_given

        given: dict[str, Any] = as_given(self.config, meant=meant)
        if self.config.template == type(self.config).model_fields["template"].default:
            given.pop("template", None)  # an absolute path into this Python's packages
        return given

    def _identity(self, text: str) -> dict[str, Any]:
        """Entries of the manifest that tell what was described; ``text`` is that of ``run.yml``."""
        return {
            "run_id": self.run_id,
            "model_type": getattr(self.config, "model_type", None),
            "description": {
                "file": f"{HIDDEN}/run.yml",
                "sha256": hashlib.sha256(text.encode()).hexdigest(),
                "meaning_sha256": self.meaning_sha256(),
            },
        }

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
