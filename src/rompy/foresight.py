"""Tells what would be done, where nothing is to be done.

Places that fetch, compute or write something large say so before they do it. Outside of ``foreseeing`` that costs
nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Literal


class NotDoneError(Exception):
    """Something would have to be done now."""


@dataclass(frozen=True)
class Deed:
    """Something that would be done, or that has been done before and is kept."""

    what: Literal["fetch", "weights", "write"]
    name: str
    """An address, a method or a file."""
    part: Mapping[str, Any] | None = None
    """What of an address; None for all of it."""
    bytes: int | None = None
    is_kept: bool = False


_deeds: ContextVar[list[Deed] | None] = ContextVar("deeds", default=None)


@contextmanager
def foreseeing() -> Iterator[list[Deed]]:
    """Within this block, deeds are told and not done: whoever comes to one that has not been done before gets a
    ``NotDoneError``."""
    deeds: list[Deed] = []
    token = _deeds.set(deeds)
    try:
        yield deeds
    finally:
        _deeds.reset(token)


def is_foreseeing() -> bool:
    """Whether nothing is to be done."""
    return _deeds.get() is not None


def tell(deed: Deed) -> None:
    """Before something is done, or used that is kept.

    Raises:
        NotDoneError: nothing is to be done, and it is not kept.
    """
    deeds = _deeds.get()
    if deeds is None:
        return
    if deed not in deeds:
        deeds.append(deed)
    if not deed.is_kept:
        raise NotDoneError(f"{deed.what} {deed.name}")
