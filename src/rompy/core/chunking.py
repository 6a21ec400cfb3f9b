"""Values that are computed only when they are used, piece by piece."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import xarray as xr

_PIECE = 16 * 2**20
"""About how much is computed at once (bytes), if the file does not say how it is stored."""


def lazily(array: xr.DataArray) -> xr.DataArray:
    """The same array, in chunks of those of its file if its values are still there: arithmetic on it reads nothing."""
    if array.chunks is not None or array.variable._in_memory:
        return array
    preferred = array.encoding.get("preferred_chunks") or {}
    chunks: dict[Any, int] = {dim: int(preferred.get(dim, size)) for dim, size in array.sizes.items()}
    for dim, size in chunks.items():  # slowest first
        excess = math.prod(chunks.values()) * array.dtype.itemsize / _PIECE
        if dim not in preferred and excess > 1:
            chunks[dim] = max(int(size / excess), 1)
    return array.chunk(chunks)
