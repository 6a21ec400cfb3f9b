"""Where each setting of a backend came from: the run, the profile of a site, or rompy's own defaults."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rompy.core.describing.description import Description
from rompy.secrets import without_secrets
from rompy.sites.profile import SiteProfile

DEFAULT = "default"


@dataclass(frozen=True)
class Setting:
    """A setting and where it came from."""

    name: str
    """With dots, below mappings."""
    value: Any
    """Secrets are masked."""
    source: str
    """Such as ``slurm.yml:3``, ``site gadi, gadi.yml:12`` or ``default``."""


def places_of_settings(description: Description, site: SiteProfile | None) -> dict[str, str]:
    """Where the settings of a merged description stand, by their names."""
    files = {site.source.mark().file} if site is not None else set()
    return {
        name: _told(description, path, site.name if site and description.mark(path).file in files else None)
        for name, path in _names(description.data, ())
    }


def sources_of(config: Any) -> list[Setting]:
    """All settings that say something, in the order of their fields, those of the run and its site first."""
    places: dict[str, str] = getattr(config, "setting_sources", {})
    values = without_secrets(config.model_dump(mode="json"))
    settings = []
    for name, path in _names(values, ()):
        value = _at(values, path)
        source = places.get(name) or places.get(str(path[0]), DEFAULT)
        if source != DEFAULT or value not in (None, "", [], {}, False):
            settings.append(Setting(name, value, source))
    return sorted(settings, key=lambda setting: setting.source == DEFAULT)


def _names(data: Any, path: tuple[Any, ...]) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Names and paths of settings; those of mappings one by one."""
    if isinstance(data, dict) and (data or not path):
        for key, value in data.items():
            yield from _names(value, (*path, key))
    else:
        yield ".".join(map(str, path)), path


def _at(data: Any, path: tuple[Any, ...]) -> Any:
    for part in path:
        data = data[part]
    return data


def _told(description: Description, path: tuple[Any, ...], site: str | None) -> str:
    file, line = description.locate(path)
    place = f"{file}:{line}" if file and line else file or "given"
    return f"site {site}, {place}" if site else place
