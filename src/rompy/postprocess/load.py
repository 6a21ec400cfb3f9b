"""Postprocessor settings from a file or mapping with ``type: name``, those of third parties included."""

from __future__ import annotations

from pathlib import Path

from rompy.core.describing import settings
from rompy.core.describing.description import Description
from rompy.core.describing.settings import Source
from rompy.errors import ConfigError, MissingFileError, PluginError
from rompy.postprocess.settings import BasePostprocessorConfig

GROUP = "rompy.postprocess.config"
"""Entry-point group of the settings classes; the name of the entry point is the ``type``."""


def load_processor_config(source: Source, *, processor_type: str | None = None) -> BasePostprocessorConfig:
    """Settings of a postprocessor, those of third parties included.

    Args:
        source: a mapping, the path of a YAML or JSON file, or a description.
        processor_type: what to take when the source names no type; the source's own wins.

    Raises:
        ConfigError: no or an unknown type, or a wrong value; with file, line and key.
        MissingFileError: there is no such file.
        PluginError: the plugin of that type is broken.
    """
    description = settings.describe(source)
    description.require_mapping()
    if processor_type and "type" not in description.data:
        description = Description(
            {"type": processor_type, **description.data}, description.place, description.path
        )
    name = settings.type_of(description, GROUP)
    cls = settings.load_class(description, GROUP, name, BasePostprocessorConfig)
    loaded: BasePostprocessorConfig = settings.validate(description, cls)
    return loaded


def _load_processor_config(path: str | Path) -> BasePostprocessorConfig:
    """The same for a file, with the messages that existing programs look for."""
    if not Path(path).is_file():
        raise MissingFileError(f"Config file not found: {path}")
    return _load_processor_config_from_dict(settings.describe(path))


def _load_processor_config_from_dict(source: Source) -> BasePostprocessorConfig:
    description = settings.describe(source)
    if not isinstance(description.data, dict) or "type" not in description.data:
        raise description.error("Config file must contain a 'type' field")
    known = settings.known_types(GROUP)
    if description.data["type"] not in known:
        name = description.data["type"]
        raise description.error(f"Unknown processor type: {name!r}. Available types: {', '.join(known)}")
    return load_processor_config(description)


def validate_postprocessor_config(
    path: str | Path, processor_type: str | None = None
) -> tuple[bool, str, BasePostprocessorConfig | None]:
    """Whether a file holds good settings, a message about it, and the settings if so."""
    try:
        if not Path(path).is_file():
            raise MissingFileError(f"Config file not found: {path}")
        loaded = load_processor_config(path, processor_type=processor_type)
    except (ConfigError, MissingFileError, PluginError) as error:
        return False, str(error), None
    return True, "Configuration is valid", loaded
