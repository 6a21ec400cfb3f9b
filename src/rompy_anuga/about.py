"""Telling which part of the description an error is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rompy.errors import RompyError


@contextmanager
def about(field: str) -> Iterator[None]:
    """Errors raised in the ``with`` block name ``field``, unless they name a more particular one."""
    try:
        yield
    except RompyError as error:
        error.field = error.field or field
        raise
