"""Finds plugins through entry points: known from metadata, imported when used, isolated when broken.

A plugin that cannot be imported takes nothing else down: it is listed as broken with its reason, and only asking for
it raises. When two distributions offer the same thing, an installed third-party one wins over a built-in one; two
third-party ones are an error that names both at the moment the name is used, and not before.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, reduce
from importlib import import_module
from types import MappingProxyType
from typing import Any, Literal

from rompy.errors import PluginError, UnknownPluginError
from rompy.installed import entry_points
from rompy.tags import tags_in_source, tags_of_class

logger = logging.getLogger(__name__)

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        "rompy.config": "model configurations",
        "rompy.source": "data sources",
        "rompy.run": "run backends",
        "rompy.backend.config": "settings of run backends",
        "rompy.postprocess": "postprocessors",
        "rompy.postprocess.config": "settings of postprocessors",
        "rompy.pipeline": "pipeline backends",
        "rompy.transfer": "file transfers, by URI scheme",
    }
)
"""Every entry-point group that rompy reads, and what it holds."""

HOME = "rompy"
"""The distribution whose plugins are the built-in ones."""

KNOWN_PROVIDERS: Mapping[tuple[str, str], str] = MappingProxyType(
    {
        ("rompy.config", "swan"): "rompy-swan",
        ("rompy.config", "swanconfig"): "rompy-swan",
        ("rompy.config", "schism"): "rompy-schism",
        ("rompy.config", "schismcsiro"): "rompy-schism",
        ("rompy.config", "xbeach"): "rompy-xbeach",
        ("rompy.config", "shel"): "rompy-ww3",
        ("rompy.config", "multi"): "rompy-ww3",
        ("rompy.source", "dataset"): "rompy-binary-datasources",
        ("rompy.source", "dataframe"): "rompy-binary-datasources",
        ("rompy.postprocess.config", "ww3_transfer"): "rompy-ww3",
    }
)
"""Names that published packages provide, so that a missing one can be named. Keys hold the lower-cased name."""

State = Literal["available", "loaded", "broken", "shadowed"]


@dataclass(eq=False)
class Plugin:
    """One entry point: what it is called, who provides it, and how it fares."""

    group: str
    entry: str
    """Name as registered; for sources it may carry a kind after a colon, as in ``csv:timeseries``."""
    value: str
    """Where the object lives, as ``module:attribute``."""
    distribution: str
    version: str
    state: State = "available"
    reason: str | None = None
    """Why it is broken or shadowed."""
    _object: Any = field(default=None, repr=False)
    _tags: frozenset[str] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Name without its kind."""
        return self.entry.partition(":")[0]

    @property
    def kind(self) -> str | None:
        """The part of the name after the colon, such as ``timeseries``."""
        return self.entry.partition(":")[2] or None

    @property
    def built_in(self) -> bool:
        """Whether it comes with rompy itself."""
        return self.distribution == HOME

    @property
    def origin(self) -> str:
        """The providing distribution as ``name version``."""
        return f"{self.distribution} {self.version}"

    def load(self) -> Any:
        """Import the object.

        Raises:
            PluginError: the import fails for whatever reason; the plugin stays marked as broken.
        """
        if self._object is None:
            try:
                self._object = _imported(self.value)
            except Exception as error:
                self.state, self.reason = "broken", f"{type(error).__name__}: {error}"
                raise self._broken() from error
            self.state = "loaded" if self.state != "shadowed" else "shadowed"
        return self._object

    def tags(self) -> frozenset[str] | None:
        """Values of ``model_type`` that the class answers to; None when only an import can tell.

        Reads the source text when the class is not imported yet, so that asking costs no import.
        """
        if self._object is not None:
            return tags_of_class(self._object)
        if self._tags is None:
            self._tags = tags_in_source(self.value)
        return self._tags or None

    def _broken(self) -> PluginError:
        return PluginError(
            f"plugin {self.name!r} ({self.group}) of {self.origin} is broken: {self.reason}",
            hint=f"Repair or remove it: pip install --upgrade {self.distribution}",
        )


def entries(group: str, etype: str | None = None) -> list[Plugin]:
    """Plugins of a group in a stable order, those of one kind only when ``etype`` is given. Imports nothing."""
    return [plugin for plugin in _members(group) if etype is None or plugin.kind == etype]


def load(group: str, name: str) -> Any:
    """The object registered under ``name``.

    Raises:
        UnknownPluginError: nobody provides it.
        PluginError: several third parties do, or it cannot be imported.
    """
    wanted = [plugin for plugin in entries(group) if name in (plugin.name, plugin.entry)]
    if not wanted:
        raise _unknown(group, name, sorted({plugin.name for plugin in entries(group)}))
    return _the_one(group, name, wanted).load()


def load_all(group: str, etype: str | None = None) -> list[Any]:
    """Every object of a group that can be imported; broken ones are left out with a warning in the log."""
    loaded = []
    for plugin in entries(group, etype):
        if plugin.state == "shadowed":
            continue
        try:
            loaded.append(plugin.load())
        except PluginError as error:
            logger.warning("left out: %s", error.message)
    return loaded


def class_for_tag(group: str, tag: str, etype: str | None = None) -> Any:
    """The class that answers to ``model_type: tag``, importing as few plugins as possible.

    Raises:
        UnknownPluginError: no installed plugin answers to the tag; the message says which known package does.
        PluginError: several third parties do, or the one that does is broken.
    """
    candidates = entries(group, etype)
    claims = [plugin for plugin in candidates if tag in (plugin.tags() or ())]
    if not claims:
        claims = _claims_after_import(candidates, tag)
    if not claims:
        raise _unknown(group, tag, known_tags(group, etype))
    return _the_one(group, tag, claims).load()


def known_tags(group: str, etype: str | None = None) -> list[str]:
    """Every ``model_type`` that can be told without importing, sorted; the entry-point name where it cannot."""
    found: set[str] = set()
    for plugin in entries(group, etype):
        found |= plugin.tags() or {plugin.name}
    return sorted(found)


def survey(*, imported: bool = True) -> list[Plugin]:
    """All plugins of all groups for people to look at; imports each one to learn its state unless told not to."""
    plugins = [plugin for group in GROUPS for plugin in entries(group)]
    if imported:
        for plugin in plugins:
            _try(plugin)
    return plugins


@contextmanager
def registered(group: str, name: str, obj: Any, *, distribution: str = "test-plugin") -> Iterator[Plugin]:
    """Register an object for the duration of a ``with`` block; an exception instance stands for a broken plugin."""
    broken = isinstance(obj, BaseException)
    plugin = Plugin(
        group,
        name,
        f"{type(obj).__module__}:{name}",
        distribution,
        "0",
        state="broken" if broken else "loaded",
        reason=f"{type(obj).__name__}: {obj}" if broken else None,
    )
    if broken:
        plugin.load = _raiser(plugin)  # type: ignore[method-assign]
    else:
        plugin._object = obj
    members = _members(group)
    members.append(plugin)
    _mark_shadowed(members)
    try:
        yield plugin
    finally:
        members.remove(plugin)
        _mark_shadowed(members)


def refresh() -> None:
    """Forget what was found, so that packages installed since are seen."""
    _registry.cache_clear()


@lru_cache(maxsize=1)
def _registry() -> dict[str, list[Plugin]]:
    """Plugins by group: rompy's own groups at once, those that plugins have among themselves when asked for."""
    return _by_group(lambda group: group.startswith("rompy."))


def _members(group: str) -> list[Plugin]:
    registry = _registry()
    if group not in registry:
        registry[group] = _by_group(lambda name: name == group).get(group, [])
    return registry[group]


def _by_group(wanted: Callable[[str], bool]) -> dict[str, list[Plugin]]:
    found: dict[str, list[Plugin]] = {}
    seen: set[tuple[str, str, str, str]] = set()
    for point in entry_points(wanted):
        owner = point.distribution
        key = (owner.name, point.group, point.name, point.value)
        if key not in seen:  # an editable install and its source folder may both be on the path
            seen.add(key)
            plugin = Plugin(point.group, point.name, point.value, owner.name, owner.version)
            found.setdefault(point.group, []).append(plugin)
    for members in found.values():
        members.sort(key=lambda plugin: (not plugin.built_in, plugin.distribution, plugin.entry))
        _mark_shadowed(members)
    return found


def _imported(value: str) -> Any:
    """The object at ``module:attribute``; extras in brackets after it say nothing about where it is."""
    module, _, attribute = value.partition("[")[0].partition(":")
    return reduce(getattr, filter(None, attribute.strip().split(".")), import_module(module.strip()))


def _mark_shadowed(members: Iterable[Plugin]) -> None:
    members = list(members)
    for plugin in members:
        rivals = [m for m in members if m.name == plugin.name and m.distribution != plugin.distribution]
        if plugin.state == "broken":
            continue
        if plugin.built_in and rivals:
            plugin.state, plugin.reason = "shadowed", f"{rivals[0].origin} provides {plugin.name!r} too"
        else:
            plugin.state, plugin.reason = "available" if plugin._object is None else "loaded", None


def _claims_after_import(candidates: list[Plugin], tag: str) -> list[Plugin]:
    """Import those whose tags the source does not tell, likeliest first, until one answers to the tag."""
    opaque = [plugin for plugin in candidates if plugin.tags() is None]
    opaque.sort(key=lambda plugin: plugin.name.lower() != tag.lower())
    for plugin in opaque:
        if _try(plugin) and tag in (plugin.tags() or ()):
            return [plugin]
    broken = [p for p in opaque if p.state == "broken" and p.name.lower() == tag.lower()]
    return broken[:1]


def _the_one(group: str, name: str, claims: list[Plugin]) -> Plugin:
    third_party = [plugin for plugin in claims if not plugin.built_in]
    owners = sorted({plugin.origin for plugin in third_party})
    if len(owners) > 1:
        raise PluginError(
            f"{name!r} ({group}) is provided by more than one package: {', '.join(owners)}",
            hint="Uninstall all but one of them.",
        )
    return (third_party or claims)[0]


def _try(plugin: Plugin) -> bool:
    try:
        plugin.load()
    except PluginError:
        return False
    return True


def _unknown(group: str, name: str, known: list[str]) -> UnknownPluginError:
    from difflib import get_close_matches

    provider = KNOWN_PROVIDERS.get((group, name.lower()))
    what = GROUPS.get(group, group)
    if provider is not None:
        return UnknownPluginError(
            f"{name!r} is not among the installed {what}: it is provided by the package {provider}",
            hint=f"Install it: pip install {provider}",
        )
    close = get_close_matches(name, known, n=1)
    guess = f" Did you mean {close[0]!r}?" if close else ""
    return UnknownPluginError(
        f"{name!r} is not among the installed {what}.{guess}", hint=f"Installed: {', '.join(known) or 'none'}"
    )


def _raiser(plugin: Plugin) -> Any:
    def load() -> Any:
        raise plugin._broken()

    return load
