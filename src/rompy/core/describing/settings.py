"""Settings whose class is chosen by ``type`` among the plugins of an entry-point group."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from rompy import plugins
from rompy.core.describing.description import Description
from rompy.core.describing.explain import explain
from rompy.errors import PluginError

Source = Mapping[str, Any] | str | Path | Description
"""A mapping, the path of a YAML or JSON file, or a description that has been read (and rendered) already."""


def describe(source: Source) -> Description:
    """Read settings from wherever they are, with ``${...}`` resolved."""
    if isinstance(source, Description):
        return source
    if isinstance(source, Mapping):
        return Description.of(dict(source)).rendered()
    return Description.load(source).rendered()


def type_of(description: Description, group: str, *, keys: tuple[str, ...] = ("type",)) -> str:
    """The name that chooses the class.

    Raises:
        ConfigError: it is missing, or not a name.
    """
    description.require_mapping()
    for key in keys:
        if key in description.data:
            name = description.data[key]
            if isinstance(name, str):
                return name
            raise description.error(f"expected the name of a type, not {name!r}", (key,))
    raise description.error(f"'{keys[0]}' is missing", hint=f"One of: {', '.join(known_types(group))}")


def known_types(group: str) -> list[str]:
    """Names that ``type`` may have, sorted."""
    return sorted({plugin.name for plugin in plugins.entries(group)})


def load_class(description: Description, group: str, name: str, base: type[BaseModel]) -> type[BaseModel]:
    """The settings class registered under a name.

    Raises:
        ConfigError: nobody provides it; the message lists what there is.
        PluginError: its plugin is broken, or is not a settings class.
    """
    known = known_types(group)
    if name not in known and (group, name.lower()) not in plugins.KNOWN_PROVIDERS:
        close = get_close_matches(name, known, n=1)
        guess = f"; did you mean {close[0]!r}?" if close else ""
        raise description.error(
            f"unknown type {name!r}{guess}", ("type",), hint=f"One of: {', '.join(known)}"
        )
    cls = plugins.load(group, name)
    if not (isinstance(cls, type) and issubclass(cls, base)):
        raise PluginError(f"plugin {name!r} ({group}) is not a subclass of {base.__name__}")
    return cls


def validate(description: Description, cls: type[BaseModel], keys: tuple[str, ...] = ("type",)) -> Any:
    """Settings of a class from a description. The keys that chose it are left out where it has no such field.

    Raises:
        ConfigError: with file, line and key of each mistake.
    """
    bare = description.without(*(key for key in keys if key not in cls.model_fields))
    try:
        return cls.model_validate(bare.data)
    except ValidationError as error:
        raise explain(error, bare, cls) from None
