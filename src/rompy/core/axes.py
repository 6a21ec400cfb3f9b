"""Whether the axes of a dataset can be trusted: labels in order, and none there twice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rompy.core.adapting.times import check_order
from rompy.errors import DataError

if TYPE_CHECKING:
    from rompy.core.types import DatasetCoords


def check_axes(ds: Any, coords: DatasetCoords) -> None:
    """Check times, and x and y where they are dimensions: what is out of order is interpolated wrongly.

    Raises:
        DataError: labels are out of order or repeated; says where.
    """
    indexes = ds.indexes
    if coords.t is not None and coords.t in indexes and indexes[coords.t].dtype.kind == "M":
        check_order(indexes[coords.t], coords.t)
    for name in (coords.x, coords.y):
        index = indexes.get(name)
        if index is None or index.dtype.kind not in "iuf" or len(index) < 3:
            continue
        if not (index.is_monotonic_increasing or index.is_monotonic_decreasing):
            turns = next(
                i for i in range(2, len(index)) if (index[i] > index[i - 1]) != (index[1] > index[0])
            )
            raise DataError(
                f"{name!r} neither rises nor falls: {index[turns]:g} comes after {index[turns - 1]:g} "
                f"at position {turns}",
                hint='Sort it with filter: {sort: {coords: [...]}}, or longitudes with adapter: {longitudes: "0..360"}',
            )
