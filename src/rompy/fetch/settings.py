"""What a user may set about fetching, all of it in the environment: it belongs to the machine, not to a run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rompy.cache_folder import FOLDER, cache_folder
from rompy.errors import ConfigError

__all__ = [
    "DEFAULT_LIMIT",
    "FOLDER",
    "LIMIT",
    "OFFLINE",
    "cache_folder",
    "cache_limit",
    "is_offline",
    "offline",
    "size_in_bytes",
]

LIMIT = "ROMPY_CACHE_LIMIT"
OFFLINE = "ROMPY_OFFLINE"

DEFAULT_LIMIT = 20 * 2**30
"""Bytes. A month of hourly global wind has about five times less."""

_UNITS = {
    "": 1,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "ki": 2**10,
    "mi": 2**20,
    "gi": 2**30,
    "ti": 2**40,
}


_offline: ContextVar[bool | None] = ContextVar("offline", default=None)


@contextmanager
def offline(stated: bool | None = True) -> Iterator[None]:
    """Within this block, nothing is fetched, whatever ROMPY_OFFLINE says; None for what that says."""
    token = _offline.set(stated)
    try:
        yield
    finally:
        _offline.reset(token)


def cache_limit() -> int:
    """Bytes that the cache may hold: ROMPY_CACHE_LIMIT, such as ``50 GB``."""
    stated = os.environ.get(LIMIT)
    return size_in_bytes(stated) if stated else DEFAULT_LIMIT


def is_offline() -> bool:
    """Whether to use what is in the cache without asking where it came from, as ROMPY_OFFLINE does."""
    stated = _offline.get()
    if stated is not None:
        return stated
    return os.environ.get(OFFLINE, "").strip().lower() not in ("", "0", "no", "false", "off")


def size_in_bytes(text: str) -> int:
    """Bytes of a size such as ``500 MB`` or ``2.5GiB``.

    Raises:
        ConfigError: it is no size.
    """
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([kmgt]?i?)b?", text.strip().lower())
    if match is None or match[2] not in _UNITS:
        raise ConfigError(
            f"{text!r} is not a size", hint="Write a number and B, KB, MB, GB, TB or KiB, MiB, GiB, TiB."
        )
    return int(float(match[1]) * _UNITS[match[2]])
