"""Which of several alternatives a source took, why not the ones before it, and how old it is."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)

AS_OF = "ROMPY_AS_OF"
"""Environment variable with the time (UTC) at which to act, for all sources that do not state one."""
FILE = "sources.json"
"""Name of the record among rompy's own files of a workspace."""


@dataclass(frozen=True)
class Choice:
    """What was taken."""

    name: str
    position: int
    """The first alternative is 0."""
    cycle: datetime | None
    """Cycle of the forecast (UTC), of alternatives that come in cycles."""
    reference: datetime | None
    """When the data are from (UTC): the cycle, the data's own reference time, or when the file was last modified."""
    as_of: datetime
    """The time (UTC) at which the choice was made, or that was stated in its place."""
    is_replay: bool
    """Whether that time was stated."""
    refused: tuple[tuple[str, str], ...] = ()
    """Names of what was tried before, and why it would not do."""

    @property
    def age(self) -> timedelta | None:
        """How old the data were at that time."""
        return None if self.reference is None else self.as_of - self.reference

    @property
    def attributes(self) -> dict[str, str]:
        """Attributes for the dataset, without what depends on the clock: files must be made again exactly."""
        told = {"rompy_source": self.name}
        if self.reference is not None:
            told["rompy_source_reference_time"] = _iso(self.reference)
        if self.is_replay:
            told["rompy_source_as_of"] = _iso(self.as_of)
            if self.age is not None:
                told["rompy_source_age"] = str(self.age)
        return told

    def as_dict(self) -> dict[str, Any]:
        return {
            "source": self.name,
            "position": self.position,
            "cycle": _iso(self.cycle) if self.cycle else None,
            "reference": _iso(self.reference) if self.reference else None,
            "as_of": _iso(self.as_of),
            "age_s": self.age.total_seconds() if self.age is not None else None,
            "refused": [{"source": name, "reason": reason} for name, reason in self.refused],
        }

    def log(self) -> None:
        """Tell of the choice; a warning when it was not the first."""
        for name, reason in self.refused:
            logger.warning("source %s is not used: %s", name, reason)
        age = "of unknown age" if self.age is None else f"{self.age.total_seconds() / 3600:.1f} hours old"
        logger.log(logging.WARNING if self.refused else logging.INFO, "source %s is used, %s", self.name, age)


_made: ContextVar[list[Choice] | None] = ContextVar("choices", default=None)
_then: ContextVar[datetime | None] = ContextVar("then", default=None)


@contextmanager
def choices_recorded(hidden: Path) -> Iterator[list[Choice]]:
    """Within this block choices are collected, and written at its end to a file in ``hidden`` if there were any."""
    choices: list[Choice] = []
    token = _made.set(choices)
    try:
        yield choices
    finally:
        _made.reset(token)
    if choices:
        from rompy.core import atomic

        try:
            told = sorted(
                (choice.as_dict() for choice in choices), key=repr
            )  # threads make them in any order
            atomic.write_json(hidden / FILE, {"choices": told})
        except OSError as error:
            logger.warning("the choice of sources could not be recorded: %s", error)


def record(choice: Choice) -> None:
    """Log a choice and keep it for ``choices_recorded``; the same one only once."""
    choices = _made.get()
    if choices is not None:
        if any(_same(choice, other) for other in choices):
            return
        choices.append(choice)
    choice.log()


def present(stated: datetime | None) -> tuple[datetime, bool]:
    """The time (UTC, without zone) to act at, and whether it was stated, in the description or the environment."""
    from rompy.core.instant import parse_instant

    if stated is None and os.environ.get(AS_OF):
        stated = parse_instant(os.environ[AS_OF])
    if stated is not None:
        return stated, True
    return _then.get() or datetime.now(timezone.utc).replace(tzinfo=None), False


@contextmanager
def acting_at(moment: datetime | None) -> Iterator[None]:
    """Within this block it is another time (UTC, without zone) for sources that nothing is stated for.

    Unlike a stated time it leaves no trace in what is made: it is for making again what was made then.
    """
    token = _then.set(moment)
    try:
        yield
    finally:
        _then.reset(token)


def _same(one: Choice, other: Choice) -> bool:
    return (one.name, one.cycle, one.refused) == (other.name, other.cycle, other.refused)


def _iso(moment: datetime) -> str:
    return moment.replace(microsecond=0).isoformat() + "Z"
