"""What postprocessors return, for people and for programs. It may be any object."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import PurePath
from typing import Any

# Told by the command itself.
_OMITTED = ("success", "run_id", "output_dir")


def values_of(result: Any) -> Any:
    """Something that can be written as JSON."""
    if hasattr(result, "to_dict"):
        return values_of(result.to_dict())
    if is_dataclass(result) and not isinstance(result, type):
        return values_of(asdict(result))
    if hasattr(result, "model_dump"):
        return values_of(result.model_dump())
    if isinstance(result, Mapping):
        return {str(key): values_of(value) for key, value in result.items()}
    if isinstance(result, (list, tuple, set)):
        return [values_of(item) for item in result]
    if result is None or isinstance(result, (bool, int, float, str)):
        return result
    return str(result)


def lines_of(result: Any) -> list[str]:
    """``summary`` and ``files`` of the result when it has them, else its items, else its text.

    Attributes win over keys: a result that is a dict for programs may have fuller objects for people.
    """
    summary, files = _named(result, "summary"), _named(result, "files")
    if summary is None and files is None:
        if isinstance(result, Mapping):
            return [f"{key}: {_short(value)}" for key, value in result.items() if key not in _OMITTED]
        return [] if result is None or isinstance(result, bool) else [str(result)]
    return [*_lines("summary", summary), *_lines("files", files)]


def _named(result: Any, name: str) -> Any:
    value = getattr(result, name, None)
    if value is None and isinstance(result, Mapping):
        value = result.get(name)
    return value() if callable(value) else value


def _lines(name: str, value: Any) -> list[str]:
    if value is None:
        return []
    if isinstance(value, (bool, int, float)):
        return [f"{name}: {_short(value)}"]
    if hasattr(value, "lines"):
        return _lines(name, value.lines() if callable(value.lines) else value.lines)
    if isinstance(value, Mapping):
        return [f"{key}: {_short(item)}" for key, item in value.items()]
    if isinstance(value, Iterable) and not isinstance(value, (str, PurePath)):
        return [str(item) for item in value]
    return str(value).splitlines()


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value))
    return str(value)
