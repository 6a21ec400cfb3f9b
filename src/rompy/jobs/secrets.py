"""Tells secrets from other settings, so that none is written to a file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

MASK = "***"
"""Stands in a record where a secret was."""

_SECRET_WORDS = frozenset(
    """apikey auth authorization cookie credential credentials pass passphrase passwd password secret secrets token
    tokens""".split()  # noqa: SIM905 - shorter than a list
)
_LOGIN_IN_URL = re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*(?=@)")


def is_secret(name: str, value: Any = "") -> bool:
    """Whether a setting of this name holds a secret (``API_KEY``, ``dbPassword``), or its value a URL with a login."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    lowered = [word.lower() for word in words]
    if any(word in _SECRET_WORDS for word in lowered) or lowered[-1:] in (["key"], ["keys"]):
        return True
    return isinstance(value, str) and _LOGIN_IN_URL.search(value) is not None


def without_secrets(value: Any, name: str = "") -> Any:
    """A copy of JSON-like settings with every secret masked."""
    if isinstance(value, Mapping):
        return {key: without_secrets(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_secrets(item, name) for item in value]
    if isinstance(value, str) and value and is_secret(name):
        return MASK
    return _LOGIN_IN_URL.sub(MASK, value) if isinstance(value, str) else value
