"""What the settings of every run backend have in common."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from pydantic import ConfigDict, Field, PrivateAttr, model_validator

from rompy.core.describing.surroundings import EnvVars, WorkingDir
from rompy.core.field_docs import DescribedModel
from rompy.core.success import Success
from rompy.sites.origin import Origin
from rompy.sites.profile import SiteProfile


class BaseBackendConfig(DescribedModel, ABC):
    """Settings of one way to run a model. A third party subclasses it and returns its own backend class.

    The key ``type`` of a file chooses the class; it is accepted here too, and checked.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True, protected_namespaces=())

    backend_type: ClassVar[str] = ""
    """Name under which the class is registered in the entry-point group ``rompy.backend.config``."""
    container_runtimes: ClassVar[tuple[str, ...]] = ()
    """What runs its containers; one of these has to answer where the profile of a site tells of any."""

    timeout: int = Field(default=3600, ge=1)
    """Time limit of the model, seconds. When it is reached, the model is ended with all its processes."""
    env_vars: EnvVars = Field(default_factory=dict)
    """Environment variables for the model, besides those of the caller. Names that speak of secrets (TOKEN,
    PASSWORD, KEY) are handed over without being written to any file."""
    working_dir: WorkingDir | None = None
    """Folder to run in; the workspace when not given. It must exist."""

    success: Success | None = None
    """What success looks like besides exit code 0, added to what the model's configuration says. An empty mapping
    switches all rules off."""

    _origin: Origin = PrivateAttr(default_factory=Origin)

    @property
    def site_profile(self) -> SiteProfile | None:
        """The profile that these settings were completed from."""
        return self._origin.site

    @property
    def setting_sources(self) -> Mapping[str, str]:
        """Where each setting that was given came from, by its name."""
        return self._origin.sources

    def recorded(self) -> dict[str, Any]:
        """For the record of a run: what was given, for a later attempt must not take defaults for wishes."""
        settings = self.model_dump(mode="json", exclude_unset=True)
        site = self.site_profile
        file = site.source.mark().file if site is not None else None
        return settings if file is None else {"site": str(Path(file).absolute()), **settings}

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
