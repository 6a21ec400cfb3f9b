"""Remote files on this machine: fetched once, kept in a cache by content, and never served when they have changed.

Names here are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

_HOME_OF = {
    "Cache": "cache",
    "CacheError": "cache",
    "bring": "fetching",
    "fetch": "fetching",
    "fetch_all": "fetching",
}

__all__ = ["Cache", "CacheError", "bring", "fetch", "fetch_all"]

if TYPE_CHECKING:
    from rompy.fetch.cache import Cache, CacheError
    from rompy.fetch.fetching import bring, fetch, fetch_all


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME_OF[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
