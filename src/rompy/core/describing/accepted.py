"""Which keys a description may have at some place."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

from pydantic import AliasChoices, BaseModel
from pydantic.fields import FieldInfo

from rompy import plugins
from rompy.core.tagged import Tagged
from rompy.errors import PluginError


def accepted_keys_at(model: type[BaseModel], data: Any, path: Sequence[str | int]) -> list[str]:
    """Names (or aliases) of the fields of the model that stands at ``path`` below ``model``; empty if unknown."""
    cls: type[BaseModel] | None = model
    field: FieldInfo | None = None
    for part in path:
        data = _inside(data, part)
        if isinstance(part, str) and cls is not None:
            field = _field(cls, part) or field
        # An index, or a key of a plain dict, leads deeper into the same annotation.
        cls = _class_of(field, data) if field is not None else None
        if cls is None and field is None:
            return []
    return sorted(field.alias or name for name, field in cls.model_fields.items()) if cls else []


def _inside(data: Any, part: str | int) -> Any:
    try:
        return data[part]
    except (KeyError, IndexError, TypeError):
        return None


def _field(cls: type[BaseModel], key: str) -> FieldInfo | None:
    for name, field in cls.model_fields.items():
        aliases = field.validation_alias
        choices = aliases.choices if isinstance(aliases, AliasChoices) else [aliases, field.alias]
        if key == name or key in choices:
            return field
    return None


def _class_of(field: FieldInfo, data: Any) -> type[BaseModel] | None:
    """The model class that a mapping at this field is meant for."""
    if not isinstance(data, dict):
        return None
    tag = data.get("model_type", data.get("type"))
    for meta in (*field.metadata, *_metadata(field.annotation)):
        if isinstance(meta, Tagged) and isinstance(tag, str):
            try:
                found = plugins.class_for_tag(meta.group, tag, meta.etype)
            except PluginError:
                return None
            return found if isinstance(found, type) and issubclass(found, BaseModel) else None
    classes = list(_classes(field.annotation))
    tagged = [cls for cls in classes if tag is not None and tag in _tags(cls)]
    if tagged:
        return tagged[0]
    return classes[0] if len(classes) == 1 else None


def _metadata(annotation: Any) -> Iterator[Any]:
    yield from getattr(annotation, "__metadata__", ())
    for argument in get_args(annotation):
        yield from _metadata(argument)


def _classes(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _classes(argument)


def _tags(cls: type[BaseModel]) -> frozenset[str]:
    from rompy.tags import tags_of_class

    return tags_of_class(cls)
