"""Backend settings from a file or mapping with ``type: name``, those of third parties included."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel

from rompy.backends.base import BaseBackendConfig
from rompy.core.describing import settings
from rompy.core.describing.description import Description
from rompy.core.describing.settings import Source
from rompy.core.describing.surroundings import with_text_values
from rompy.errors import ConfigError
from rompy.sites.checks import objections
from rompy.sites.merging import merged, without_rest
from rompy.sites.origin import Origin
from rompy.sites.places import load_site
from rompy.sites.profile import SiteProfile
from rompy.sites.sources import places_of_settings

GROUP = "rompy.backend.config"
"""Entry-point group of the settings classes; the name of the entry point is the ``type``."""
KEYS = ("type", "backend_type")
"""Keys that may name the type in a file."""


SITE = "site"
"""Key that may name the profile of a site in a file."""


def load_backend_config(
    source: Source,
    *,
    backend_type: str | None = None,
    site: str | Path | SiteProfile | None = None,
    complete: bool = True,
) -> BaseBackendConfig:
    """Settings of a run backend, completed from the profile of a site.

    Args:
        source: a mapping, the path of a YAML or JSON file, or a description.
        backend_type: what to take when the source names no type; the source's own wins.
        site: a profile, its name or its file, instead of the one that the source names with ``site``. None is taken
            when neither says anything.
        complete: whether settings are taken from the profile; otherwise only its facts and its rules of success hold.

    Raises:
        ConfigError: no or an unknown type, a wrong value, or something that the site could never run; with file, line
            and key.
        MissingFileError: there is no such file.
        PluginError: the plugin of that type is broken.
    """
    description = settings.describe(source)
    description.require_mapping()
    named = any(key in description.data for key in KEYS)
    name = backend_type if backend_type and not named else settings.type_of(description, GROUP, keys=KEYS)
    cls = settings.load_class(description, GROUP, name, BaseBackendConfig)
    profile = _site_of(description, cls, site)
    if SITE not in cls.model_fields:
        description = description.without(SITE)
    description = _completed(with_text_values(description), name, profile if complete else None)
    loaded: BaseBackendConfig = settings.validate(description, cls, KEYS)
    loaded._origin = Origin(profile, places_of_settings(description.without(*KEYS), profile))
    _check(loaded, description)
    return loaded


def _site_of(
    description: Description, cls: type[BaseModel], given: str | Path | SiteProfile | None
) -> SiteProfile | None:
    said = description.data.get(SITE) if SITE not in cls.model_fields else None
    chosen = given or said
    try:
        return load_site(chosen) if chosen else None
    except ConfigError as error:
        if given or error.file is not None:
            raise
        raise description.error(error.message, (SITE,), hint=error.hint) from None


def _completed(description: Description, backend_type: str, site: SiteProfile | None) -> Description:
    defaults = site.settings_for(backend_type) if site is not None else None
    if defaults is None:
        return Description(without_rest(description.data), description.place, description.path)
    return merged(description, with_text_values(defaults))


def _check(config: BaseBackendConfig, description: Description) -> None:
    """Raise a ConfigError for the first thing that the site could never run, at the line that asks for it."""
    if config.site_profile is None:
        return
    for objection in objections(config.site_profile, config):
        field = objection.field
        raise description.error(objection.message, (field,) if field else (), hint=objection.hint)
