"""Tells secrets from other settings, so that none is written to a file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

MASK = "***"
"""Stands in a record where a secret was."""
SHORTEST = 4
"""Characters of a secret at least: a shorter text could be found anywhere by chance."""

_known: dict[str, str] = {}
"""Secrets that expressions brought into this process, with the variables they came from. Wherever such a value turns up
later, under whatever name, it is told by itself."""

_SECRET_WORDS = frozenset(
    """apikey auth authorization cookie credential credentials pass passphrase passwd password secret secrets token
    tokens""".split()  # noqa: SIM905 - shorter than a list
)
_PARAMETER = re.compile(r"([?&;][^=&;#?]+=)[^&;#]*")
_LOGIN_IN_URL = re.compile(r"(?<=://)[^/\s@]*:[^/\s@]*(?=@)")


def is_secret(name: str, value: Any = "") -> bool:
    """Whether a setting of this name holds a secret (``API_KEY``, ``dbPassword``), or its value is one: a URL with a
    login, or what came from a variable of such a name."""
    if _speaks_of_a_secret(name):
        return True
    return isinstance(value, str) and (_LOGIN_IN_URL.search(value) is not None or _holds_known(value))


def note_secret(variable: str, value: str) -> None:
    """Remember what came from a variable of the environment, if its name or its value is that of a secret."""
    if len(value) >= SHORTEST and is_secret(variable, value):
        _known[value] = variable


def with_expressions(value: Any) -> Any:
    """A copy of plain values in which ``${NAME}`` stands where a secret from the variable NAME was."""
    if isinstance(value, Mapping):
        return {key: with_expressions(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [with_expressions(item) for item in value]
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"${{{_known[str(value)]}}}" if str(value) in _known else value
    return _replaced(value, lambda name: f"${{{name}}}") if isinstance(value, str) else value


def in_text(text: str) -> str:
    """A text without secrets that expressions brought into this process, for logs."""
    return _replaced(text, lambda name: MASK)


def in_address(address: str) -> str:
    """An address without login, and without parameters that are secrets or signatures."""
    address = in_text(_LOGIN_IN_URL.sub(MASK, address))
    return _PARAMETER.sub(lambda m: f"{m[1]}{MASK}" if _is_secret_parameter(m[1]) else m[0], address)


def _is_secret_parameter(text: str) -> bool:
    name = text[1:-1]
    return _speaks_of_a_secret(name) or name.lower().endswith(("signature", "sig"))


def _holds_known(text: str) -> bool:
    return any(secret in text for secret in _known)


def _replaced(text: str, stand_in: Callable[[str], str]) -> str:
    for secret in sorted(_known, key=len, reverse=True):
        if secret in text:
            text = text.replace(secret, stand_in(_known[secret]))
    return text


@lru_cache(maxsize=1024)
def _speaks_of_a_secret(name: str) -> bool:
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    lowered = [word.lower() for word in words]
    return any(word in _SECRET_WORDS for word in lowered) or lowered[-1:] in (["key"], ["keys"])


def without_secrets(value: Any, name: str = "") -> Any:
    """A copy of JSON-like settings with every secret masked."""
    if isinstance(value, Mapping):
        return {key: without_secrets(item, str(key)) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [without_secrets(item, name) for item in value]
    if isinstance(value, str) and value and is_secret(name):
        return MASK
    return in_text(_LOGIN_IN_URL.sub(MASK, value)) if isinstance(value, str) else value
