"""The models that a description consists of, and where each stands in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel


def parts_of(value: Any, path: str = "") -> Iterator[tuple[str, BaseModel]]:
    """Every model at or below a value, with its place as ``config.data.wind``; one that stands at two places twice.

    Looks into models, dicts, lists and tuples, no further.
    """
    if isinstance(value, (BaseModel, dict, list, tuple)):
        yield from _parts(value, path, frozenset())


def _parts(value: Any, path: str, above: frozenset[int]) -> Iterator[tuple[str, BaseModel]]:
    if id(value) in above:
        return
    items: Iterable[tuple[Any, Any]]
    if isinstance(value, BaseModel):
        yield path, value
        items = {**value.__dict__, **(value.__pydantic_extra__ or {})}.items()
    else:
        items = value.items() if isinstance(value, dict) else enumerate(value)
    for name, item in items:
        if isinstance(item, (BaseModel, dict, list, tuple)):
            yield from _parts(item, f"{path}.{name}" if path else str(name), above | {id(value)})


def texts_of(value: Any) -> dict[str, str]:
    """Where each text stands in plain data, by the text; the first place of those that stand at several."""
    found: dict[str, str] = {}
    waiting = [("", value)]
    while waiting:
        path, one = waiting.pop()
        if isinstance(one, str):
            found.setdefault(one, path)
        elif isinstance(one, (dict, list)):
            items = [*one.items()] if isinstance(one, dict) else [*enumerate(one)]
            waiting += [
                (f"{path}.{name}" if path else str(name), item)
                for name, item in reversed(items)
                if isinstance(item, (str, dict, list))
            ]
    return found
