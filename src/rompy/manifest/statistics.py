"""Statistics of the variables of netCDF files, in bounded memory."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_SIGNS = (b"\x89HDF", b"CDF\x01", b"CDF\x02", b"CDF\x05")
_PIECE = 2**25
"""Bytes (of float64) that are handled at once."""


def is_netcdf(path: Path) -> bool:
    """Whether a file begins as netCDF files do, whatever it is called."""
    try:
        with path.open("rb") as file:
            return file.read(4) in _SIGNS
    except OSError:
        return False


def statistics_of(path: Path) -> dict[str, dict[str, Any]]:
    """Count, missing, min, max, mean and std of each numerical variable, by its name; ``group/name`` in groups.

    Values are unpacked. Times are numbers in their own units. The same file always gives the same numbers: pieces are
    put together in their order (Chan, Golub and LeVeque, 1983).
    """
    import netCDF4
    from xarray.backends.locks import HDF5_LOCK, NETCDFC_LOCK, combine_locks

    # The library is not made for threads; xarray reads under the same locks.
    lock = combine_locks([NETCDFC_LOCK, HDF5_LOCK])
    with lock:
        dataset = netCDF4.Dataset(path)
    try:
        found = {}
        for name, variable in _variables(dataset):
            total = _Moments()
            for index in _pieces(variable.shape):
                with lock:
                    values = variable[index]
                total.add(values)
            found[name] = total.told()
        return dict(sorted(found.items()))
    finally:
        with lock:
            dataset.close()


def _variables(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, variable in group.variables.items():
        if getattr(variable.dtype, "kind", "O") in "iuf":
            yield prefix + name, variable
    for name, inner in group.groups.items():
        yield from _variables(inner, f"{prefix}{name}/")


def _pieces(shape: tuple[int, ...]) -> Iterator[Any]:
    """Indices that together cover an array, each of at most some megabytes."""
    if not shape:
        yield ...
        return
    if 0 in shape:
        return
    row = 8 * math.prod(shape[1:])
    if row > _PIECE and len(shape) > 1:
        for number in range(shape[0]):
            for inner in _pieces(shape[1:]):
                yield (number, *(inner if isinstance(inner, tuple) else (inner,)))
        return
    step = max(1, _PIECE // row)
    for start in range(0, shape[0], step):
        yield (slice(start, start + step),)


@dataclass
class _Moments:
    count: int = 0
    missing: int = 0
    low: float = math.inf
    high: float = -math.inf
    mean: float = 0.0
    squares: float = 0.0
    """Sum of squared deviations from the mean."""

    def add(self, values: Any) -> None:
        import numpy as np

        values = np.ma.asarray(values)
        numbers = np.asarray(values.compressed(), dtype="f8")
        finite = numbers[np.isfinite(numbers)]
        self.missing += values.size - finite.size
        if not finite.size:
            return
        count, mean = finite.size, float(finite.mean())
        squares = float(((finite - mean) ** 2).sum())
        total, apart = self.count + count, mean - self.mean
        self.squares += squares + apart**2 * self.count * count / total
        self.mean += apart * count / total
        self.count = total
        self.low, self.high = min(self.low, float(finite.min())), max(self.high, float(finite.max()))

    def told(self) -> dict[str, Any]:
        if not self.count:
            return {"count": 0, "missing": self.missing, "min": None, "max": None, "mean": None, "std": None}
        return {
            "count": self.count,
            "missing": self.missing,
            "min": self.low,
            "max": self.high,
            "mean": self.mean,
            "std": math.sqrt(max(0.0, self.squares / self.count)),
        }
