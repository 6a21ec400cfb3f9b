"""Blocks cover an array once, in whole chunks, and stay small."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rompy.manifest.blocks import blocks


@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 10)), max_size=3), st.integers(1, 200), st.booleans()
)
def test_every_value_is_in_one_block_of_whole_chunks(axes, most, is_chunked):
    shape, chunks = tuple(n for n, _ in axes), tuple(c for _, c in axes)
    seen = np.zeros(shape, int)
    for block in blocks(shape, chunks if is_chunked else None, most):
        seen[block] += 1
        assert seen[block].size <= max(most, math.prod(chunks) if is_chunked else 1)
        if is_chunked:
            assert all(part.start % chunk == 0 for part, chunk in zip(block, chunks, strict=True))
            ends = zip(block, chunks, shape, strict=True)
            assert all(part.stop % chunk == 0 or part.stop >= size for part, chunk, size in ends)
    assert (seen == 1).all()
