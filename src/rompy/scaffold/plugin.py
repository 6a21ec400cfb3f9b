"""Makes a plugin package for a new model, which can be installed and whose tests pass as it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from rompy import TEMPLATES_DIR, plugins
from rompy.errors import ConfigError, WorkspaceError
from rompy.transfer.arrival import arriving

TEMPLATE = TEMPLATES_DIR / "plugin"
"""A real plugin of a model called mymodel; other names are put in the place of that one."""

_PREFIX = re.compile(r"rompy[-_.]+", re.IGNORECASE)
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", re.ASCII)


@dataclass(frozen=True)
class PluginNames:
    """The names that a plugin has in different places.

    >>> PluginNames.of("Wave_1D")
    PluginNames(distribution='rompy-wave-1d', package='rompy_wave_1d', tag='wave_1d', title='Wave1d')
    """

    distribution: str
    """On the package index."""
    package: str
    """To import."""
    tag: str
    """As ``model_type`` in descriptions."""
    title: str
    """At the start of the names of classes."""

    @classmethod
    def of(cls, name: str) -> PluginNames:
        """From the name of a model, with or without ``rompy-`` in front.

        Raises:
            ConfigError: packages cannot be called so, or the name is taken.
        """
        plain = re.sub(r"[-_.]+", "-", _PREFIX.sub("", name, count=1)).lower()
        if not _NAME.fullmatch(plain):
            raise ConfigError(
                f"a plugin cannot be called {name!r}",
                hint="Use letters, digits and single hyphens, with a letter at the start: rompy init plugin my-model",
            )
        tag = plain.replace("-", "_")
        _check_free(tag)
        title = "".join(word[:1].upper() + word[1:] for word in plain.split("-"))
        return cls(f"rompy-{plain}", f"rompy_{tag}", tag, title)


def make_plugin(name: str, parent: str | Path = ".") -> Path:
    """Make the package for a model of that name in a new folder below ``parent``, and return the folder.

    Raises:
        ConfigError: the name is not possible, or taken by a plugin that is known.
        WorkspaceError: the folder exists already or cannot be made.
    """
    names = PluginNames.of(name)
    folder = Path(parent) / names.distribution
    if folder.exists() or folder.is_symlink():
        raise WorkspaceError(
            f"{folder} exists already and is left as it is", hint="Choose another name or --directory."
        )
    try:
        with arriving(folder) as new:
            _fill(new, names)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise WorkspaceError(f"{folder} cannot be made: {reason}") from error
    return folder


def _check_free(tag: str) -> None:
    known = {tag.lower() for tag in plugins.known_tags("rompy.config")}
    known |= {plugin.name.lower() for plugin in plugins.entries("rompy.config")}
    provider = plugins.KNOWN_PROVIDERS.get(("rompy.config", tag))
    if tag in known or provider is not None:
        owner = f" by {provider}" if provider else ""
        raise ConfigError(f"the name {tag!r} is taken{owner}", hint="Choose another name for the model.")


def _fill(target: Path, names: PluginNames) -> None:
    for source in sorted(TEMPLATE.rglob("*")):
        relative = source.relative_to(TEMPLATE)
        if source.is_dir() or any(part.startswith((".", "__pycache__")) for part in relative.parts):
            continue  # caches that installers and linters leave beside the sources
        place = target / _renamed(str(relative), names)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(_renamed(source.read_text(encoding="utf-8"), names), encoding="utf-8")


def _renamed(text: str, names: PluginNames) -> str:
    for old, new in (
        ("rompy-mymodel", names.distribution),
        ("rompy_mymodel", names.package),
        ("MyModel", names.title),
        ("mymodel", names.tag),
    ):
        text = text.replace(old, new)
    return text
