"""Copies of descriptions to work on, so that preparing input never changes what the user described."""

from __future__ import annotations

import copy
from typing import Any

from pydantic import BaseModel


def working_copy(value: Any, _done: dict[int, Any] | None = None) -> Any:
    """A copy in which every model, dict, list, tuple and set is new, and everything else is shared.

    Model plugins assign fields and attributes while they prepare input. Datasets, arrays, grids and other objects
    that merely hang below a description are not duplicated, so the copy costs next to nothing. What was one object
    at two places is one object in the copy too.
    """
    done = {} if _done is None else _done
    if id(value) in done:
        return done[id(value)]
    if isinstance(value, BaseModel):
        clone = done[id(value)] = copy.copy(value)
        for state in (clone.__dict__, clone.__pydantic_extra__, clone.__pydantic_private__):
            for name, item in (state or {}).items():
                state[name] = working_copy(item, done)  # type: ignore[index]
        return clone
    if type(value) is dict:
        done[id(value)] = twin = {}
        twin.update({key: working_copy(item, done) for key, item in value.items()})
        return twin
    if type(value) is list:
        done[id(value)] = items = []
        items += [working_copy(item, done) for item in value]
        return items
    if type(value) in (tuple, set, frozenset):
        done[id(value)] = type(value)(working_copy(item, done) for item in value)
        return done[id(value)]
    return value
