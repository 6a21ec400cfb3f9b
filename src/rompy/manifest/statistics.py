"""Statistics of the variables of netCDF files and Zarr groups, in bounded memory."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from rompy.long_work import LongWork, working
from rompy.manifest.blocks import blocks

_SIGNS = (b"\x89HDF", b"CDF\x01", b"CDF\x02", b"CDF\x05")
_ZARR = ("zarr.json", ".zgroup")
"""Names of the files that make a folder a Zarr group (format 3, format 2) or, the first, an array of one."""
BLOCK = 2**20
"""Values that are read at once."""
_KEPT = 2**20
"""Bytes of chunks of a variable that the netCDF library keeps."""
_LOCK = Lock()
_STEP = 2**17
"""Values that are computed with at once; as float64 they fit into the cache of a processor."""


@dataclass
class Variable:
    """A numerical variable that can be read in parts."""

    name: str
    shape: tuple[int, ...]
    chunks: Sequence[int] | None
    read: Callable[[tuple[slice, ...]], Any]
    """Values of a part, unpacked; masked or NaN where there are none."""


def has_statistics(path: Path) -> bool:
    """Whether a file is netCDF, whatever it is called, or the head of a Zarr group."""
    return path.name in _ZARR or is_netcdf(path)


def is_netcdf(path: Path) -> bool:
    """Whether a file begins as netCDF files do."""
    try:
        with path.open("rb") as file:
            return file.read(4) in _SIGNS
    except OSError:
        return False


def statistics_of(path: Path, work: LongWork | None = None) -> dict[str, dict[str, Any]]:
    """Count, missing, min, max, mean and std of each numerical variable, by its name.

    Of a netCDF file those of its groups as well, as ``group/name``; of the head of a Zarr group those of this group.
    Values are unpacked. Times are numbers in their own units. The same file always gives the same numbers: blocks are
    put together in their order (Chan, Golub and LeVeque, 1983).

    Args:
        work: advances by the size of the file.
    """
    if work is None:
        with working("reading variables", path.stat().st_size) as own:
            return statistics_of(path, own)
    with (_zarr if path.name in _ZARR else _netcdf)(path) as variables:
        part = path.stat().st_size / max(1, sum(math.prod(one.shape) for one in variables))
        return {one.name: _of(one, work, part) for one in sorted(variables, key=lambda one: one.name)}


def _of(variable: Variable, work: LongWork, part: float) -> dict[str, Any]:
    moments = _Moments()
    for block in blocks(variable.shape, variable.chunks, BLOCK):
        values = variable.read(block)
        work.advance(int(part * values.size))
        moments.add(values)
    return moments.told()


@contextmanager
def _netcdf(path: Path) -> Iterator[list[Variable]]:
    import netCDF4

    def reading(variable: Any) -> Callable[[tuple[slice, ...]], Any]:
        def read(block: tuple[slice, ...]) -> Any:
            with _library():
                return variable[block] if block else variable[...]

        return read

    with _library():
        dataset = netCDF4.Dataset(path)
    try:
        yield [
            Variable(name, one.shape, _chunks_read_once(one), reading(one))
            for name, one in _numerical(dataset)
        ]
    finally:
        with _library():
            dataset.close()


@contextmanager
def _library() -> Iterator[None]:
    """The netCDF library is not made for threads. xarray reads under locks of its own, which are taken too where
    something reads with it; to import it only for that would take longer than most output does."""
    locks: Any = sys.modules.get("xarray.backends.locks")
    others = nullcontext() if locks is None else locks.combine_locks([locks.NETCDFC_LOCK, locks.HDF5_LOCK])
    with _LOCK, others:
        yield


def _numerical(group: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, variable in group.variables.items():
        # Types of users' own (enumerations, lists) are objects of the library, texts are the type str.
        if getattr(variable.datatype, "kind", None) in ("i", "u", "f"):
            yield prefix + name, variable
    for name, inner in group.groups.items():
        yield from _numerical(inner, f"{prefix}{name}/")


def _chunks_read_once(variable: Any) -> Sequence[int] | None:
    chunks = variable.chunking()
    if not isinstance(chunks, (list, tuple)):
        return None
    variable.set_var_chunk_cache(_KEPT)  # else 64 MB of each variable are kept for nobody
    return chunks


@contextmanager
def _zarr(path: Path) -> Iterator[list[Variable]]:
    import xarray as xr

    if path.name == "zarr.json" and b'"node_type": "group"' not in path.read_bytes():
        yield []  # an array; its group tells of it
        return
    with xr.open_zarr(
        path.parent, chunks=None, consolidated=False, decode_times=False, decode_timedelta=False
    ) as dataset:
        yield [
            Variable(
                str(name),
                one.shape,
                one.encoding.get("shards") or one.encoding.get("chunks"),
                lambda block, one=one: one[block].values,  # type: ignore[misc]
            )
            for name, one in dataset.variables.items()
            if one.dtype.kind in "iuf"
        ]


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

        there = values.compressed() if np.ma.is_masked(values) else np.ma.getdata(values).ravel()
        self.missing += values.size - there.size
        for start in range(0, there.size, _STEP):
            part = there[start : start + _STEP]
            finite = np.isfinite(part)
            if not finite.all():
                self.missing += int(part.size - finite.sum())
                part = part[finite]
            if part.size:
                self._join(part)

    def _join(self, part: Any) -> None:
        import numpy as np

        self.low, self.high = min(self.low, float(part.min())), max(self.high, float(part.max()))
        with np.errstate(over="ignore", invalid="ignore"):
            apart = part.astype("f8")
            count, mean = apart.size, float(apart.mean())
            apart -= mean
            squares = float(np.square(apart, out=apart).sum())
        total, step = self.count + count, mean - self.mean
        self.squares += squares + step * step * self.count * count / total
        self.mean += step * count / total
        self.count = total

    def told(self) -> dict[str, Any]:
        if not self.count:
            return {"count": 0, "missing": self.missing, "min": None, "max": None, "mean": None, "std": None}
        std = math.sqrt(max(0.0, self.squares / self.count)) if math.isfinite(self.squares) else None
        return {
            "count": self.count,
            "missing": self.missing,
            "min": self.low,
            "max": self.high,
            "mean": self.mean if math.isfinite(self.mean) else None,
            "std": std,
        }
