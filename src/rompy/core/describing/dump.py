"""A description as plain data and as YAML that makes the same objects again."""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from inspect import Parameter, signature
from pathlib import PurePath
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter
from pydantic.fields import FieldInfo

logger = logging.getLogger(__name__)


def plain(value: Any) -> Any:
    """``value`` made of dicts, lists, texts, numbers, booleans and None only.

    Times become ISO 8601 texts and durations ISO 8601 periods; arrays become lists. Objects that have no such form,
    like a dataset in memory, become their type in angle brackets, and a warning says that they cannot be made again.
    """
    if isinstance(value, BaseModel):
        # Python mode: serialisers of plugins are written for it, and only some of them also know JSON.
        return plain(value.model_dump(by_alias=True))
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return _DURATION.dump_python(value, mode="json")
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item) for item in value), key=repr)
    if isinstance(value, slice):
        return {"start": plain(value.start), "stop": plain(value.stop)}
    if hasattr(value, "tolist"):  # numpy scalars and arrays
        return plain(value.tolist())
    if hasattr(value, "to_string"):  # coordinate reference systems
        return str(value.to_string())
    logger.warning("a %s cannot be written into a description", type(value).__name__)
    return f"<{type(value).__module__}.{type(value).__qualname__}>"


def as_given(value: Any, *, meant: bool = False) -> Any:
    """Like ``plain``, but models hold only the fields that were given to them or changed, and their tags.

    Model plugins ask which fields were given, so that a description with every default written out could mean
    something else. Models that serialise themselves say what belongs to them.

    Args:
        meant: tell equal periods in one way, whichever two of start, end and duration were given for them.
    """
    if isinstance(value, BaseModel):
        period = _whole_period(value) if meant else None
        return as_given(_fields_given(value) if period is None else period, meant=meant)
    if isinstance(value, Mapping):
        return {str(plain(key)): as_given(item, meant=meant) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [as_given(item, meant=meant) for item in value]
    return plain(value)


def _whole_period(value: BaseModel) -> dict[str, Any] | None:
    from rompy.core.time import TimeRange

    if not isinstance(value, TimeRange):
        return None
    return {name: getattr(value, name) for name in ("start", "end", "interval", "include_end")}


def to_yaml(value: Any) -> str:
    """YAML text of ``plain(value)``, keys in the order of the fields; the same to readers of YAML 1.1 and 1.2."""
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import RoundTripRepresenter

    class Representer(RoundTripRepresenter):
        """Of its own, since representers are added to classes."""

    stream = io.StringIO()
    yaml = YAML()
    yaml.Representer = Representer
    yaml.default_flow_style = False
    yaml.width = 120
    yaml.representer.add_representer(str, _text)
    yaml.dump(plain(value), stream)
    return stream.getvalue()


def _text(representer: Any, text: str) -> Any:
    style = "'" if _READ_DIFFERENTLY.fullmatch(text) else "|" if "\n" in text and not text.isspace() else None
    return representer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_READ_DIFFERENTLY = re.compile(
    r"y|yes|n|no|on|off|[-+]?0b[01_]+|[-+]?\d[\d_]*(:[0-5]?\d)*(\.[\d_]*)?", re.IGNORECASE
)
"""Texts that YAML 1.1 takes for booleans and numbers and YAML 1.2 does not."""


def _fields_given(model: BaseModel) -> Any:
    """Values by key, not yet plain; whatever the model's own serialiser returns if it has one."""
    decorators = type(model).__pydantic_decorators__
    for name, serializer in reversed(decorators.model_serializers.items()):
        own = getattr(model, name)
        if serializer.info.mode == "plain" and not _needs_arguments(own):
            return own()  # its values are models still, of which the fields that were given can be told
        return model.model_dump(by_alias=True, exclude_unset=True)
    special = {name for d in decorators.field_serializers.values() for name in d.info.fields}
    given: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        value = vars(model).get(name)  # getattr would warn of deprecated fields
        tag = _tag(field, value)
        if field.exclude or not (tag or name in model.model_fields_set or _is_changed(field, value)):
            continue
        key = field.serialization_alias or field.alias or name
        given[key] = tag or (model.model_dump(include={name}).get(name) if special & {name, "*"} else value)
    return {**given, **(model.model_extra or {})}


def _needs_arguments(function: Callable[..., Any]) -> bool:
    kinds = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    return any(p.default is p.empty and p.kind not in kinds for p in signature(function).parameters.values())


def _is_changed(field: FieldInfo, value: Any) -> bool:
    """Whether a field that nobody gave differs from its default, such as a list that was appended to."""
    try:
        return field.is_required() or bool(value != field.get_default(call_default_factory=True))
    except (TypeError, ValueError):  # arrays, and factories that want to see other fields
        return True


def _tag(field: FieldInfo, value: Any) -> str | None:
    """The value of a field that tells models apart: a literal that can be written in one way only, but for its case."""
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    if len({str(choice).lower() for choice in choices}) != 1:
        return None
    return str(
        value if value in choices else choices[0]
    )  # defaults of plugins are not always among the choices


_DURATION = TypeAdapter(timedelta)
