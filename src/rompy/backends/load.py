"""Backend settings from a file or mapping with ``type: name``, those of third parties included."""

from __future__ import annotations

from rompy.backends.base import BaseBackendConfig
from rompy.core import settings
from rompy.core.description import Description
from rompy.core.settings import Source

GROUP = "rompy.backend.config"
"""Entry-point group of the settings classes; the name of the entry point is the ``type``."""
KEYS = ("type", "backend_type")
"""Keys that may name the type in a file."""


def load_backend_config(source: Source, *, backend_type: str | None = None) -> BaseBackendConfig:
    """Settings of a run backend.

    Args:
        source: a mapping, the path of a YAML or JSON file, or a description.
        backend_type: what to take when the source names no type; the source's own wins.

    Raises:
        ConfigError: no or an unknown type, or a wrong value; with file, line and key.
        MissingFileError: there is no such file.
        PluginError: the plugin of that type is broken.
    """
    description = settings.describe(source)
    description.require_mapping()
    named = any(key in description.data for key in KEYS)
    name = backend_type if backend_type and not named else settings.type_of(description, GROUP, keys=KEYS)
    cls = settings.load_class(description, GROUP, name, BaseBackendConfig)
    loaded: BaseBackendConfig = settings.validate(_with_text_values(description), cls, KEYS)
    return loaded


def _with_text_values(description: Description) -> Description:
    """Numbers among environment variables as text: YAML and ``${...}`` make numbers of what looks like one."""
    env = description.data.get("env_vars")
    if not isinstance(env, dict):
        return description
    texts = {k: str(v) if type(v) in (int, float) else v for k, v in env.items()}
    return Description({**description.data, "env_vars": texts}, description.place, description.path)
