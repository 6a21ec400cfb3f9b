"""What the settings of every run backend have in common."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, field_validator, model_validator

from rompy.core.field_docs import DescribedModel
from rompy.core.success import Success


class BaseBackendConfig(DescribedModel, ABC):
    """Settings of one way to run a model. A third party subclasses it and returns its own backend class.

    The key ``type`` of a file chooses the class; it is accepted here too, and checked.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True, protected_namespaces=())

    backend_type: ClassVar[str] = ""
    """Name under which the class is registered in the entry-point group ``rompy.backend.config``."""

    timeout: int = Field(default=3600, ge=1)
    """Time limit of the model, seconds. When it is reached, the model is ended with all its processes."""
    env_vars: dict[str, str] = Field(default_factory=dict)
    """Environment variables for the model, besides those of the caller. Names that speak of secrets (TOKEN,
    PASSWORD, KEY) are handed over without being written to any file."""
    working_dir: Path | None = None
    """Folder to run in; the workspace when not given. It must exist."""

    success: Success | None = None
    """What success looks like besides exit code 0, added to what the model's configuration says. An empty mapping
    switches all rules off."""

    @abstractmethod
    def get_backend_class(self) -> type[Any]:
        """The backend: a class without constructor arguments with ``run(model_run, config, workspace_dir)``."""

    @model_validator(mode="before")
    @classmethod
    def _take_type_off(cls, data: Any) -> Any:
        if not isinstance(data, dict) or "type" not in data or "type" in cls.model_fields:
            return data
        if cls.backend_type and data["type"] != cls.backend_type:
            raise ValueError(f"type is {data['type']!r}, but these are settings of type {cls.backend_type!r}")
        return {key: value for key, value in data.items() if key != "type"}

    @field_validator("env_vars")
    @classmethod
    def _can_be_an_environment(cls, env_vars: dict[str, str]) -> dict[str, str]:
        for name, value in env_vars.items():
            if not name.strip():
                raise ValueError("Environment variable keys must be non-empty strings")
            if "=" in name or "\0" in name + value:
                raise ValueError(
                    f"{name!r} cannot be an environment variable: '=' in its name or a zero byte"
                )
        return env_vars

    @field_validator("working_dir")
    @classmethod
    def _is_a_folder(cls, folder: Path | None) -> Path | None:
        if folder is not None and not folder.exists():
            raise ValueError(f"Working directory does not exist: {folder}")
        if folder is not None and not folder.is_dir():
            raise ValueError(f"Working directory is not a directory: {folder}")
        return folder
