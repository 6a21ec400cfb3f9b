"""Ranges of coordinates: what may be written for one, and those that a model grid needs data in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from rompy.core.instant import parse_instant
from rompy.core.types import Slice
from rompy.errors import ConfigError


class GridRange(Slice):
    """A range that a model grid needs data in, not one that a user chose.

    Where fewer than two labels of a dimension lie in it, as in coarse data, its neighbours are kept too, because one
    row or column has no spacing and nothing to interpolate between.
    """

    neighbours: bool = False
    """Keep the labels next to the range in any case, as interpolation at its ends needs them."""


def as_slice(limits: Any, name: str = "crop") -> Slice:
    """A range from a Slice, a Python slice or a mapping with ``start`` and ``stop``, either of which may be missing.

    Raises:
        ConfigError: it is none of these.
    """
    if isinstance(limits, Slice):
        return limits
    if isinstance(limits, slice):
        return Slice(start=_plain(limits.start), stop=_plain(limits.stop))
    if isinstance(limits, Mapping) and limits and set(limits) <= {"start", "stop"}:
        return Slice(start=_plain(limits.get("start")), stop=_plain(limits.get("stop")))
    raise ConfigError(f"the range of {name!r} must have a start and a stop, not {limits!r}", field="crop")


def _plain(limit: Any) -> Any:
    """A limit without numpy's or pandas' types, as descriptions hold plain values."""
    kind = getattr(getattr(limit, "dtype", None), "kind", "")
    if kind == "M" or isinstance(limit, datetime):
        return parse_instant(limit)
    return limit.item() if kind in ("i", "u", "f") else limit
