"""The recipe of an artefact: everything that settles its bytes, in a form that two runs can be compared by."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date, datetime, timedelta
from enum import Enum
from functools import cached_property
from pathlib import Path, PurePath
from typing import Any

from pydantic import BaseModel

from rompy.core.artefact.named import NEVER_FILES, Named, kind_of_name
from rompy.core.describing.dump import plain
from rompy.core.resolve import resolve
from rompy.core.source.base import SourceBase
from rompy.core.source.found_files import FilesFound
from rompy.core.time import TimeRange
from rompy.digest import meaning_sha256
from rompy.digest.values import values_sha256
from rompy.inputs import field_of, unnoted
from rompy.secrets import in_address

logger = logging.getLogger(__name__)


@dataclass
class Recipe:
    """What an artefact is made of. Files stand in it by their names until their contents are known."""

    what: str
    """Class of the object that prepares it."""
    parts: Any = None
    named: list[Named] = field(default_factory=list)
    """Files that it names."""
    read: list[str] = field(default_factory=list)
    """Addresses and folders of stores that it names: the record tells what was read of them."""
    among: set[str] = field(default_factory=set)
    """Files of which some are read: the record tells which."""
    classes: set[type] = field(default_factory=set)
    """Of the objects that take part."""
    is_own: bool = False
    """Whether it is prepared by rompy's own code, which never writes names of places into files."""
    doubts: list[str] = field(default_factory=list)
    """Why nobody can tell whether another one is the same; empty when that can be told."""

    def told(self, sha256_of: Callable[[Path], str | None]) -> dict[str, Any]:
        """As plain values, with the digests of the files that it names; None for those that have none."""
        return {"what": self.what, "from": _resolved(self.parts, sha256_of)}

    def sha256(self, sha256_of: Callable[[Path], str | None]) -> str | None:
        """Digest of all of it; None when something is in doubt."""
        if self.doubts or any(sha256_of(one.path) is None for one in self.named):
            return None
        return meaning_sha256(self.told(sha256_of))


def recipe_of(
    owner: BaseModel, needs: Mapping[str, Any], *, without: Collection[str] = (), by_values: bool = False
) -> Recipe:
    """What is asked of an object of the description.

    Args:
        needs: what else the result depends on, by name: arguments, parts of the description, values.
        without: fields of the object that have no part in it.
        by_values: only the values of fields count, not which of them were given.
    """
    recipe = Recipe(_name(type(owner)), is_own=by_values)
    writer = _Writer(recipe, {"rompy", _package(type(owner))} if by_values else set())
    own = writer.value(owner)
    others = {name: writer.value(value, name) for name, value in needs.items() if value is not None}
    recipe.parts = {"own": {name: value for name, value in own.items() if name not in without}, **others}
    return recipe


@dataclass(frozen=True)
class _Writer:
    """Writes values into a recipe."""

    recipe: Recipe
    by_values: set[str]
    """Packages of which objects count by their values only."""
    field: str | None = None
    """Where the description has what is being written."""

    def value(self, value: Any, name: str = "") -> Any:
        if isinstance(value, Enum):
            return self.value(value.value, name)
        if value is None or isinstance(value, (bool, int, float)):
            return value
        if isinstance(value, (str, PurePath)):
            return self._text(str(value), name)
        if isinstance(value, (datetime, date, timedelta)):
            return plain(value)
        if isinstance(value, BaseModel):
            return replace(self, field=field_of(value) or self.field)._model(value)
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, (list, tuple)):
            return [self.value(item, name) for item in value]
        if isinstance(value, (set, frozenset)):
            return sorted((self.value(item, name) for item in value), key=repr)
        if isinstance(value, slice):
            return {"start": self.value(value.start), "stop": self.value(value.stop)}
        if isinstance(value, FilesFound):
            self.recipe.among.update(value.names)
            return {"count": len(value.names), "names_sha256": meaning_sha256(list(value.names))}
        if is_dataclass(value) and not isinstance(value, type):
            return {one.name: self.value(getattr(value, one.name), one.name) for one in fields(value)}
        return self._other(value)

    def _mapping(self, value: Mapping[Any, Any]) -> dict[str, Any]:
        told = {str(plain(key)): self.value(item, str(key)) for key, item in value.items()}
        if len(told) < len(value):
            self._doubt("keys cannot be told apart")
        named = [key for key in told if "." in key or "/" in key]
        files = {key: found for key in named if isinstance(found := self._text(key, ""), Named)}
        return {**told, **({"(files)": files} if files else {})}

    def _text(self, text: str, name: str) -> Any:
        kind = "" if name in NEVER_FILES else kind_of_name(text)
        if kind == "file":
            return self._named(Named.of(text, self.field))
        if kind == "remote":
            self.recipe.read.append(text)
            if in_address(text) != text:
                self._doubt(SECRET)
                return in_address(text)
        elif kind:
            self._doubt(f"something else may be meant by the {kind} {text} now")
        return text

    def _named(self, named: Named) -> Named:
        self.recipe.named.append(named)
        return named

    def _model(self, model: BaseModel) -> Any:
        if isinstance(model, TimeRange):
            return {name: self.value(getattr(model, name)) for name in _PERIOD}
        self.recipe.classes.add(type(model))
        values = {**model.__dict__, **(model.model_extra or {})}
        known = [name for name in (*type(model).model_fields, *(model.model_extra or {})) if name in values]
        places = self._places(model) if hasattr(model, "_open") else {}
        told = {name: self.value(values[name], name) for name in known if name not in places} | places
        is_own = _package(type(model)) in self.by_values
        told |= dict(self._private(model))
        told |= {name: self.value(item, name) for name, item in _attributes(model)}
        if not is_own:
            told["(given)"] = sorted(model.model_fields_set)
        return {"(class)": _name(type(model)), **told}

    def _places(self, source: Any) -> dict[str, Any]:
        """Fields of a source that name what it reads, and what it finds by itself, as far as that settles what it
        gives."""
        if isinstance(source, SourceBase):
            places = {name: getattr(source, name, place) for name, place in source.named_files().items()}
            if source._gives_the_same():
                return {name: self._read(source, name, place) for name, place in places.items()}
            found = _found_by(source)
            if found is not None:
                return {**{name: str(place) for name, place in places.items()}, "(found)": self.value(found)}
            self._doubt(source._why_unsettled())
        else:
            self._doubt(f"a source of kind {type(source).__name__} may find more or other data each time")
        return {}

    def _read(self, source: SourceBase, name: str, place: Any) -> Any:
        if isinstance(place, (str, PurePath)) and kind_of_name(str(place)) == "folder":
            self.recipe.read.append(str(resolve(place)))
            return str(place)
        told = self.value(place, name)
        if (
            isinstance(told, Named) and self.by_values and not source._name_counts
        ):  # code of plugins may use the names
            return told.anywhere()
        return told

    def _private(self, model: BaseModel) -> Iterator[tuple[str, Any]]:
        for name, value in (model.__pydantic_private__ or {}).items():
            is_empty = isinstance(value, (Mapping, list, tuple, set, frozenset)) and not value
            if value is not None and not is_empty:
                yield name, self.value(value, name)

    def _other(self, value: Any) -> Any:
        if type(value).__module__.startswith("pyproj."):
            return str(value.to_wkt())
        if getattr(value, "ndim", None) == 0 and hasattr(value, "item"):  # a scalar of numpy
            return str(value) if value.dtype.kind in "mM" else self.value(value.item())
        if _is_comparable(value):
            size, sha256 = values_sha256(value)
            return {"bytes": size, "values_sha256": sha256}
        self._doubt(f"a {type(value).__name__} cannot be compared")
        return None

    def _doubt(self, why: str) -> None:
        if why not in self.recipe.doubts:
            self.recipe.doubts.append(why)


SECRET = "a secret takes part in it, which is recorded nowhere"

_PERIOD = ("start", "end", "interval", "include_end")
"""Fields of a period, whichever two of start, end and duration were given for it."""


def _attributes(model: BaseModel) -> Iterator[tuple[str, Any]]:
    """What was set past the fields of a model, but for what it has computed itself."""
    for name, value in model.__dict__.items():
        computed = isinstance(getattr(type(model), name, None), cached_property)
        if name not in type(model).model_fields and not computed:
            yield name, value


def _is_comparable(value: Any) -> bool:
    """Whether the digest of values tells all of it: plain arrays of numbers, times and texts, without attributes."""
    import numpy as np

    if type(value) is not np.ndarray:
        return False
    if value.dtype.kind == "O":
        return all(item is None or type(item) in (str, bool, int, float) for item in value.ravel())
    return value.dtype.kind in "biufcSUmM"


def _found_by(source: SourceBase) -> Any:
    """What it finds now; None also when it cannot look."""
    try:
        with unnoted():  # to look is not to read
            return source._finds()
    except Exception as error:  # noqa: BLE001 - whatever catalogues and their libraries raise; it is said when it is opened
        logger.debug("%s cannot look for what it reads: %s", source, error)
        return None


def _package(cls: type) -> str:
    return cls.__module__.partition(".")[0]


def _name(cls: type) -> str:
    return f"{cls.__module__}.{cls.__qualname__}"


def _resolved(value: Any, sha256_of: Callable[[Path], str | None]) -> Any:
    if isinstance(value, Named):
        return value.told(sha256_of(value.path))
    if isinstance(value, dict):
        return {key: _resolved(item, sha256_of) for key, item in value.items()}
    if isinstance(value, list):
        return [_resolved(item, sha256_of) for item in value]
    return value
