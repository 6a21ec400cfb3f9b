"""Values that are missing for a while at places that have some: found while data are written, at little cost.

A place without a value at any time is land, or of no concern. One that has values at other times is wet, and a model
that reads a missing value there stops at best.
"""

from __future__ import annotations

import logging
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rompy.core.policy import Policy
from rompy.errors import CoverageError, DataError

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

logger = logging.getLogger(__name__)


@dataclass
class _Count:
    """Missing values of one variable, by place."""

    dims: tuple[Hashable, ...]
    """All dimensions but time."""
    missing: np.ndarray
    times: int
    """Values that each place could have."""


@dataclass
class Holes:
    """Sees each piece that is written, and says in the end what is missing."""

    policy: Policy
    """What becomes of data with holes."""
    time: str | None
    """Dimension of time."""
    _counts: dict[Hashable, _Count] = field(default_factory=dict)

    def see(self, name: Hashable, variable: xr.Variable, values: Any, piece: tuple[slice, ...]) -> None:
        """Look at the values of a piece of a variable."""
        import numpy as np

        if self.policy == "ignore" or variable.dtype.kind != "f" or not variable.ndim or not values.size:
            return
        if not np.isnan(values.min()):  # the least value of some is missing if one of them is
            return
        axis = variable.dims.index(self.time) if self.time in variable.dims else None
        places = [i for i in range(variable.ndim) if i != axis]
        if name not in self._counts:
            zeros = np.zeros([variable.shape[i] for i in places], dtype="int32")
            times = 1 if axis is None else variable.shape[axis]
            self._counts[name] = _Count(tuple(variable.dims[i] for i in places), zeros, times)
        missing = np.isnan(values)
        here = tuple(piece[i] for i in places)
        self._counts[name].missing[here] += missing if axis is None else np.count_nonzero(missing, axis=axis)

    def report(self, ds: xr.Dataset) -> None:
        """Say what is missing in a dataset whose pieces have been seen.

        Raises:
            DataError: values come and go at some places; says of which variable, where and how many.
            CoverageError: a variable has no value at all.
        """
        for name in (name for name in ds.data_vars if name in self._counts):
            error = self._error(ds, name, self._counts[name])
            if error is not None and self.policy == "raise":
                raise error
            if error is not None:
                logger.warning("%s", error.message)

    @staticmethod
    def _error(ds: xr.Dataset, name: Hashable, count: _Count) -> DataError | None:
        import numpy as np

        if (count.missing == count.times).all():
            return CoverageError(
                f"{name!r} has no value anywhere in the area of the run",
                hint="Choose data that cover it, leave it out (variables), or say that this does not matter: checks: "
                "{missing: warn}.",
            )
        wet = (count.missing > 0) & (count.missing < count.times)
        if not wet.any():
            return None
        first = np.unravel_index(int(wet.argmax()), wet.shape)
        where = ", ".join(_label(ds, dim, int(i)) for dim, i in zip(count.dims, first, strict=True))
        return DataError(
            f"{name!r} has no value at {int(count.missing[wet].sum())} times of places that have some at others: "
            f"{int(wet.sum())} of {wet.size} places" + (f", first {where}" if where else ""),
            hint="Fill them with adapter: {missing: fill} or regrid, choose other data, leave it out (variables), or "
            "say that this does not matter: checks: {missing: warn}.",
        )


def _label(ds: xr.Dataset, dim: Hashable, place: int) -> str:
    index = ds.indexes.get(dim)
    label = place if index is None else index[place]
    return f"{dim} {label:g}" if isinstance(label, float) else f"{dim} {label}"
