"""Settings of the backend that a command is to use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rompy.backends import BaseBackendConfig
    from rompy.core.describing.run_file import RunFile


def backend_of(source: RunFile, path: str | None, site: str | None = None) -> BaseBackendConfig:
    """Settings of the backend: a file's, else those of the description, else of this machine."""
    return with_site(path or source.backend or {"type": "local"}, site)


def with_site(settings: Any, site: str | None) -> BaseBackendConfig:
    """Settings of a backend, completed from the profile that is named, else from the one called default."""
    from rompy.backends import load_backend_config
    from rompy.core.describing.settings import describe
    from rompy.sites.places import default_site

    description = describe(settings)
    named = isinstance(description.data, dict) and description.data.get("site")
    return load_backend_config(description, site=site or (None if named else default_site()))
