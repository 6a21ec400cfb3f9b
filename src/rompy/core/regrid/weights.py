"""Weights: a sparse matrix that makes values at one set of places from those at another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.errors import DataError

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy.sparse import csr_array

_ROUNDING = 1e-9


@dataclass(frozen=True)
class Weights:
    """Shares that the values at a source have in those at a target.

    A row of the matrix belongs to a place of the target, a column to one of the source. Rows add up to the part of the
    target that the source covers: to 1, or to nothing, for interpolation; to the covered part of the cell's area for
    conservative weights.
    """

    matrix: csr_array
    source_shape: tuple[int, ...]
    target_shape: tuple[int, ...]

    @property
    def covered(self) -> NDArray[np.float64]:
        """Part of each place of the target that the source covers, from 0 to 1, in the shape of the target."""
        return np.asarray(self.matrix.sum(axis=1), dtype=float).reshape(self.target_shape)

    def apply(self, values: Any, least: float = 1.0) -> NDArray[np.float64]:
        """Values of shape (..., *source) as values of shape (..., *target), in double precision.

        A value is NaN where less than the part ``least`` of it comes from valid (finite) values; otherwise it is the
        weighted mean of those. With 1 a single NaN among the values used is enough.

        Raises:
            DataError: the last dimensions of ``values`` are not those of the source.
        """
        values = np.asarray(values)
        ahead = values.shape[: values.ndim - len(self.source_shape)]
        if values.shape[len(ahead) :] != self.source_shape:
            raise DataError(f"values of shape {values.shape} do not end in {self.source_shape}")
        steps = values.reshape(-1, self.matrix.shape[1])
        out = np.empty((len(steps), self.matrix.shape[0]))
        whole = self.covered.ravel()
        for step, into in zip(steps, out, strict=True):
            into[:] = self._applied(step.astype("float64"), least, whole)
        return out.reshape(*ahead, *self.target_shape)

    def _applied(self, step: Any, least: float, whole: Any) -> Any:
        used = whole > _ROUNDING
        if least >= 1.0:
            # NaN spreads by itself, and sums stay what they are to the last bit.
            return np.where(used & (whole >= 1.0 - _ROUNDING), self.matrix @ step, np.nan)
        valid = np.isfinite(step)
        part = whole if valid.all() else self.matrix @ valid.astype("float64")
        summed = self.matrix @ np.where(valid, step, 0.0)
        enough = used & (part >= max(least - _ROUNDING, _ROUNDING))
        return np.divide(summed, part, out=np.full_like(summed, np.nan), where=enough)


def weights_from(
    rows: Any,
    columns: Any,
    shares: Any,
    source_shape: tuple[int, ...],
    target_shape: tuple[int, ...],
) -> Weights:
    """Weights from shares of source places ``columns`` in target places ``rows``; zeros are left out."""
    from scipy.sparse import coo_array

    used = np.asarray(shares) != 0
    size = int(np.prod(target_shape)), int(np.prod(source_shape))
    entries = np.asarray(shares, dtype=float)[used], (np.asarray(rows)[used], np.asarray(columns)[used])
    matrix = coo_array(entries, shape=size).tocsr()
    matrix.sort_indices()
    return Weights(matrix, source_shape, target_shape)
