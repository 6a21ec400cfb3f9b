"""Covers large arrays by blocks of bounded size that touch each stored chunk once."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import product


def blocks(shape: tuple[int, ...], chunks: Sequence[int] | None, most: int) -> Iterator[tuple[slice, ...]]:
    """Indices of blocks that together cover an array, always in the same order.

    A block consists of whole chunks, so that none has to be read and unpacked again for the next block.

    Args:
        chunks: shape of the chunks that the array is stored in; None for one that is stored row by row.
        most: values of a block, unless one chunk has more.
    """
    if 0 in shape:
        return
    size = list(chunks) if chunks is not None else [1] * len(shape)
    for axis in reversed(range(len(shape))):
        fits = max(1, most // max(1, math.prod(size)))
        size[axis] = min(shape[axis], size[axis] * fits)
    for corner in product(*(range(0, length, step) for length, step in zip(shape, size, strict=True))):
        yield tuple(slice(start, start + step) for start, step in zip(corner, size, strict=True))
