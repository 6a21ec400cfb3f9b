"""Mistakes that can be told before anything is made: missing files, and what configurations find themselves."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MethodType
from typing import Any

from rompy.core.describing.explain import DescriptionError, Problem
from rompy.core.parts import parts_of
from rompy.core.resolve import existing, resolve
from rompy.errors import RompyError
from rompy.fetch.supply import supply
from rompy.transfer.address import parse_scheme

_PATTERN = "*?{}[]"
"""Characters of names that stand for many files, or are filled in later."""


def missing_files(value: Any, path: str = "") -> Iterator[RompyError]:
    """An error for each file on this machine that a source or blob below ``value`` names and that is not there.

    Sources within sources are the business of the outer one, which may do without them.
    """
    from rompy.core.data import DataBlob
    from rompy.core.source.base import SourceBase

    below: tuple[str, ...] = ()
    for place, part in parts_of(value, path):
        if below and place.startswith(below):
            continue
        if isinstance(part, SourceBase):
            below = (*below, f"{place}.")
            named = part.named_files()
        elif type(part) is DataBlob:  # subclasses may make their file themselves
            named = {"source": part.source}
        else:
            continue
        for name, uri in named.items():
            error = _missing(uri)
            if error is not None:
                error.field = f"{place}.{name}"
                yield error


def _missing(uri: Any) -> RompyError | None:
    if parse_scheme(uri) not in ("file", "package") or set(str(uri)) & set(_PATTERN):
        return None
    brought = supply()
    if brought is not None and brought.has_file(str(resolve(uri))):
        return None
    try:
        existing(uri)
    except RompyError as error:
        return error
    return None


def problems_of(model_run: Any, processor: Any = None) -> list[RompyError]:
    """What a run's configuration and the settings of its postprocessor find wrong, each mistake once."""
    found: list[RompyError] = []
    for part in (getattr(model_run, "config", None), processor):
        if isinstance(check := getattr(part, "check", None), MethodType):
            found += check(model_run)
    return list({(type(error), str(error), error.field): error for error in found}.values())


def _path_of(error: RompyError) -> tuple[str | int, ...]:
    parts = error.field.split(".") if error.field else []
    return tuple(int(part) if part.isdecimal() else part for part in parts)


def raise_together(problems: Sequence[RompyError]) -> None:
    """Raise a single problem as it is, and several as one error with a line for each; none is fine."""
    if len(problems) == 1:
        raise problems[0]
    if problems:
        raise DescriptionError(
            [
                Problem(
                    _path_of(error),
                    error.message,
                    error.hint,
                    None if error.file is None else str(error.file),
                    error.line,
                )
                for error in problems
            ]
        )
