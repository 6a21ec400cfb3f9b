"""Remote files on this machine: fetched once, kept in a cache by content, and never served when they have changed.

Names here are imported when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "Cache": "cache",
    "CacheError": "cache",
    "bring": "fetching",
    "fetch": "fetching",
    "fetch_all": "fetching",
    "fetch_part": "parts",
    "held_within": "pins",
    "is_cached": "fetching",
    "values_asked_anew": "parts",
    "version_of": "parts",
}

__all__ = [
    "Cache",
    "CacheError",
    "bring",
    "fetch",
    "fetch_all",
    "fetch_part",
    "held_within",
    "is_cached",
    "values_asked_anew",
    "version_of",
]

if TYPE_CHECKING:
    from rompy.fetch.cache import Cache, CacheError
    from rompy.fetch.fetching import bring, fetch, fetch_all, is_cached
    from rompy.fetch.parts import fetch_part, values_asked_anew, version_of
    from rompy.fetch.pins import held_within

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
