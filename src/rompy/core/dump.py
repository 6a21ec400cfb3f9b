"""A description as plain data and as YAML that makes the same objects again."""

from __future__ import annotations

import io
import logging
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum
from pathlib import PurePath
from typing import Any

from pydantic import BaseModel, TypeAdapter

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


def to_yaml(value: Any) -> str:
    """YAML text of ``plain(value)``, keys in the order of the fields."""
    from ruamel.yaml import YAML

    stream = io.StringIO()
    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 120
    yaml.dump(plain(value), stream)
    return stream.getvalue()


_DURATION = TypeAdapter(timedelta)
