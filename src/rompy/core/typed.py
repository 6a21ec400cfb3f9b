"""Typed objects from JSON values that a disk or a stranger may have changed: as declared, or not at all."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import datetime, timezone
from enum import Enum
from functools import cache
from math import isfinite
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from typing_extensions import is_typeddict

T = TypeVar("T")

_Reader = Callable[[Any], Any]
_LARGEST = 2**63
"""Whole numbers of ours, of bytes or nanoseconds, are below; greater ones fit neither a C library nor a database."""


def typed(kind: Callable[..., T], values: Any) -> T:
    """An instance of a dataclass, or a TypedDict, from a JSON object; keys that it does not know are left out of the
    one and kept in the other.

    Fields may be texts, numbers (whole ones of 64 bits, others finite), booleans, times, paths, enums, lists, tuples,
    mappings with texts as keys, other such classes, ``Any``, and each of these or None. A function in ``Annotated[type,
    function]`` is called with the value, and refuses it by a ValueError.

    Raises:
        ValueError: something is missing or of another type; the message begins with its place, such as
            ``attempts[0].number``.
    """
    found: T = _reader(kind)(values)
    return found


def moment(text: str) -> datetime:
    """The time (UTC) that a text of a record tells. Raises ValueError when it tells none."""
    try:
        found = datetime.fromisoformat(text.replace("Z", "+00:00"))
        return found.replace(tzinfo=found.tzinfo or timezone.utc).astimezone(timezone.utc)
    except (ValueError, OverflowError):
        raise ValueError(f"{_short(text)} is no time") from None


def inside(name: str) -> str:
    """A name of a file that does not lead out of its folder. Raises ValueError for others."""
    path = PurePosixPath(_path(name))
    if path.is_absolute() or ".." in path.parts:
        raise ValueError(f"{_short(name)} leads out of the run directory")
    return name


class _PlaceError(ValueError):
    """What is wrong, and where."""

    def __init__(self, place: str, reason: str) -> None:
        super().__init__(f"{place.removeprefix('.')}: {reason}")
        self.place, self.reason = place, reason


def _within(place: str, error: ValueError) -> _PlaceError:
    if isinstance(error, _PlaceError):
        return _PlaceError(f"{place}{error.place}", error.reason)
    return _PlaceError(place, str(error))


@cache
def _reader(kind: Any) -> _Reader:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any:
        return lambda value: value
    if origin is Annotated:
        return _checked(_reader(arguments[0]), arguments[1])
    if origin in (Union, types.UnionType):
        return _or_none(_reader(next(one for one in arguments if one is not types.NoneType)))
    if origin in (list, tuple):
        return _sequence(_reader(arguments[0]), origin)
    if origin is not None:  # dict, Mapping
        return _mapping(_reader(arguments[0]), _reader(arguments[1]))
    if is_typeddict(kind):
        needed = kind.__required_keys__
        return _record(kind, {name: (_reader(one), name in needed) for name, one in _hints(kind).items()})
    if is_dataclass(kind):
        needed = {
            one.name for one in fields(kind) if one.default is MISSING and one.default_factory is MISSING
        }
        known = {one.name: _hints(kind)[one.name] for one in fields(kind)}
        return _record(kind, {name: (_reader(one), name in needed) for name, one in known.items()})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return _enum(kind)
    return _SIMPLE[kind]


def _hints(kind: Any) -> dict[str, Any]:
    return get_type_hints(kind, include_extras=True)


def _record(kind: Any, known: Mapping[str, tuple[_Reader, bool]]) -> _Reader:
    def read(values: Any) -> Any:
        if not isinstance(values, Mapping):
            raise ValueError(f"{_short(values)} is no object")
        found = dict(values) if is_typeddict(kind) else {}
        for name, (reader, is_needed) in known.items():
            if name in values:
                try:
                    found[name] = reader(values[name])
                except ValueError as error:
                    raise _within(f".{name}", error) from None
            elif is_needed:
                raise _PlaceError(f".{name}", "it is missing")
        return kind(**found)

    return read


def _sequence(item: _Reader, kind: Callable[[list[Any]], Any]) -> _Reader:
    def read(values: Any) -> Any:
        if not isinstance(values, (list, tuple)):
            raise ValueError(f"{_short(values)} is no list")
        found = []
        for number, value in enumerate(values):
            try:
                found.append(item(value))
            except ValueError as error:  # noqa: PERF203 - to tell the place
                raise _within(f"[{number}]", error) from None
        return kind(found)

    return read


def _mapping(name: _Reader, item: _Reader) -> _Reader:
    def read(values: Any) -> dict[str, Any]:
        if not isinstance(values, Mapping):
            raise ValueError(f"{_short(values)} is no object")
        found = {}
        for key, value in values.items():
            try:
                found[name(key)] = item(value)
            except ValueError as error:  # noqa: PERF203 - to tell the place
                raise _within(f".{_cut(str(key))}", error) from None
        return found

    return read


def _checked(inner: _Reader, check: Callable[[Any], Any]) -> _Reader:
    def read(value: Any) -> Any:
        found = inner(value)
        check(found)
        return found

    return read


def _or_none(inner: _Reader) -> _Reader:
    return lambda value: None if value is None else inner(value)


def _enum(kind: type[Enum]) -> _Reader:
    known = {one.value: one for one in kind} | {one: one for one in kind}

    def read(value: Any) -> Enum:
        if not isinstance(value, (str, kind)) or value not in known:
            raise ValueError(f"{_short(value)} is none of {', '.join(str(one.value) for one in kind)}")
        return known[value]

    return read


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{_short(value)} is no text")
    return value


def _path(value: Any) -> str:
    text = str(value) if isinstance(value, Path) else _text(value)
    if not text or "\0" in text:
        raise ValueError(f"{_short(text)} cannot be the name of a file")
    return text


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{_short(value)} is neither true nor false")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -_LARGEST <= value < _LARGEST:
        raise ValueError(f"{_short(value)} is no whole number of ours")
    return value


def _number(value: Any) -> float:
    is_one = (isinstance(value, float) and isfinite(value)) or (
        isinstance(value, int) and not isinstance(value, bool) and -_LARGEST <= value < _LARGEST
    )
    if not is_one:
        raise ValueError(f"{_short(value)} is no number of ours")
    return float(value)


def _time(value: Any) -> datetime:
    return value if isinstance(value, datetime) else moment(_text(value))


_SIMPLE: dict[Any, _Reader] = {
    str: _text,
    bool: _truth,
    int: _whole,
    float: _number,
    datetime: _time,
    Path: lambda value: Path(_path(value)),
}


def _short(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _LARGEST:
        return "a huge number"  # whose text may take long, and be refused by Python
    return _cut(repr(value))


def _cut(text: str, longest: int = 60) -> str:
    return text if len(text) <= longest else f"{text[:longest]}..."
