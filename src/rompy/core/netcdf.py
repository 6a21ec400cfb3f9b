"""Datasets as netCDF files: whole or not at all, the same bytes for the same values, in bounded memory.

What the source file says about the storage of a variable is kept where it matters to readers (packing, units of
times). Files are compressed when their source is, fast rather than small, and chunked anew. Variables too large for
memory are read and written piece by piece.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from numbers import Number
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy import foresight
from rompy.core.atomic import replacing
from rompy.errors import CoverageError, WorkspaceError
from rompy.foresight import Deed

if TYPE_CHECKING:
    import xarray as xr

    from rompy.core.holes import Holes

_MEGABYTE = 2**20
_PIECE = 32 * _MEGABYTE
"""How much of a variable is held at once (bytes), and how large it may be to be written in one go."""
_CHUNK = _MEGABYTE
"""Size of the chunks in the file (bytes): read whole for any value in them."""
_COMPRESSED_FROM = 64 * 1024
"""Smaller variables are not worth compressing (bytes)."""

_EPOCH = "since 1970-01-01"
_TIME_UNITS = {"seconds": 10**9, "milliseconds": 10**6, "microseconds": 10**3, "nanoseconds": 1}
"""Units for times without any of their own, the first that holds them exactly; with their nanoseconds."""


def write_netcdf(ds: xr.Dataset | xr.DataArray, path: str | Path, holes: Holes | None = None) -> Path:
    """Write a dataset to a netCDF-4 file, replacing one of that name, and return its path.

    Args:
        holes: sees all values while they are written, and may refuse them in the end.

    Raises:
        WorkspaceError: the folder does not exist.
        CoverageError: there is nothing in the dataset along some dimension.
    """
    import xarray as xr

    path = Path(path)
    foresight.tell(Deed("write", path.name))
    if not path.parent.is_dir():
        raise WorkspaceError(f"there is no folder {path.parent} to write {path.name} in")
    if isinstance(ds, xr.DataArray):
        ds = ds.to_dataset(name=ds.name or "data")
    empty = [str(dim) for dim, size in ds.sizes.items() if size == 0]
    if empty:
        raise CoverageError(f"nothing is left along {', '.join(empty)} to write to {path.name}")
    large = {name: _rows_read_together(v) for name, v in ds.variables.items() if _is_large(v)}
    ds = _prepared(ds)
    with replacing(path) as temporary:
        # Loading is left to xarray's readers, which may use threads; the library takes one thread at a time.
        small = ds.drop_vars(large).load()
        _write(small, temporary)
        if large:
            _append(ds, large, temporary, holes)
        if holes is not None:
            for name, variable in small.data_vars.items():
                holes.see(name, variable.variable, variable.values, (slice(None),) * variable.ndim)
            holes.report(ds)
    return path


def _prepared(ds: xr.Dataset) -> xr.Dataset:
    """A shallow copy whose variables say how they are to be stored."""
    ds = ds.copy(deep=False)
    ds.encoding = {}
    ds.attrs = _plain_attributes(ds.attrs)
    compressed = _is_compressed(ds)
    for name, variable in ds.variables.items():
        variable.attrs = _plain_attributes(variable.attrs)
        encoding = _encoding(ds, name, variable)
        if (
            compressed
            and variable.dtype.kind in "iuf"
            and variable.ndim
            and variable.nbytes >= _COMPRESSED_FROM
        ):
            stored = np.dtype(encoding.get("dtype", variable.dtype)).itemsize
            chunks = _chunks(variable.shape, stored)
            encoding |= {"zlib": True, "complevel": 1, "shuffle": True, "chunksizes": chunks}
        variable.encoding = encoding
    return ds


def _is_compressed(ds: xr.Dataset) -> bool:
    """Whether the data come from a compressed file, or from none: noise, which fields of the weather largely are,
    takes far longer to compress than to write, so that it is not begun without need."""
    stored = [
        v.encoding for v in ds.variables.values() if "original_shape" in v.encoding or "chunks" in v.encoding
    ]
    signs = ("zlib", "compression", "compressors", "compressor", "zstd", "blosc", "szip", "bzip2")
    return not stored or any(encoding.get(sign) for encoding in stored for sign in signs)


def _plain_attributes(attributes: dict[Any, Any]) -> dict[str, Any]:
    """Attributes that netCDF can hold: what is neither text nor number is written out, what is missing is left out."""
    return {
        str(name): value
        if isinstance(value, (str, Number, np.ndarray, np.generic, list, tuple))
        and not isinstance(value, bool)
        else str(value)
        for name, value in attributes.items()
        if value is not None
    }


def _encoding(ds: xr.Dataset, name: Hashable, variable: xr.Variable) -> dict[str, Any]:
    kind, given = variable.dtype.kind, variable.encoding
    encoding: dict[str, Any] = {}
    if kind == "M":
        encoding = _time_encoding(variable)
    elif kind == "m":
        encoding = {key: given[key] for key in ("units", "dtype") if key in given}
    elif kind == "f" and _is_packed(given) and _fits_packing(variable):
        packing = ("dtype", "scale_factor", "add_offset", "_FillValue", "missing_value", "_Unsigned")
        encoding = {key: given[key] for key in packing if key in given}
        if "_FillValue" in encoding:
            encoding.pop("missing_value", None)  # two of them must not differ, and one is enough
    elif kind == "f":
        stored = _wider(variable.dtype, given.get("dtype"))
        encoding = {"dtype": stored} if stored != variable.dtype else {}
        encoding["_FillValue"] = None if name in ds.indexes else stored.type(np.nan)
    if given.get("grid_mapping") in ds.variables:
        encoding["grid_mapping"] = given["grid_mapping"]
    return encoding


def _wider(dtype: np.dtype[Any], asked: Any) -> np.dtype[Any]:
    """The type to store floats in: more exact than they are where that is asked for, as some models read no other."""
    other = dtype if asked is None else np.dtype(asked)
    return other if other.kind == "f" and other.itemsize > dtype.itemsize else dtype


def _is_packed(encoding: dict[str, Any]) -> bool:
    """Whether the source keeps a variable as whole numbers with scale and offset."""
    dtype = encoding.get("dtype")
    return (
        dtype is not None
        and np.dtype(dtype).kind in "iu"
        and ("scale_factor" in encoding or "add_offset" in encoding)
    )


def _fits_packing(variable: xr.Variable) -> bool:
    """Whether values still fit the packing of their source; those in memory may have been changed since."""
    if not isinstance(variable._data, np.ndarray):
        return True
    given = variable.encoding
    limits = np.iinfo(np.dtype(given["dtype"]))
    finite = np.isfinite(variable.values)
    if not finite.all() and "_FillValue" not in given and "missing_value" not in given:
        return False
    if not finite.any():
        return True
    stored = (variable.values[finite] - given.get("add_offset", 0)) / given.get("scale_factor", 1)
    return bool(limits.min <= stored.min() and stored.max() <= limits.max)


def _time_encoding(variable: xr.Variable) -> dict[str, Any]:
    """Units of times: those of their source if it has any, stored as whole numbers wherever that is exact."""
    values = variable.values
    # What xarray stores for missing times is no number of any unit.
    whole_allowed = not np.isnat(values).any()
    given = variable.encoding
    if "units" not in given:
        return _own_time_encoding(values, whole=whole_allowed)
    encoding = {"units": given["units"], "calendar": given.get("calendar", "proleptic_gregorian")}
    numbers = _numbers_in(values, encoding)
    if whole_allowed and np.array_equal(numbers, np.round(numbers)):
        return {**encoding, "dtype": _integer_for(numbers, given.get("dtype"))}
    return {**encoding, "dtype": "float64"}


def _own_time_encoding(values: np.ndarray, *, whole: bool) -> dict[str, Any]:
    """The coarsest of our units that holds times without units of their own, told in whole nanoseconds."""
    nanoseconds = values.astype("datetime64[ns]").astype("int64")
    fitting = [unit for unit, size in _TIME_UNITS.items() if whole and not (nanoseconds % size).any()]
    unit, dtype = (fitting[0], "int64") if fitting else ("seconds", "float64")
    return {"units": f"{unit} {_EPOCH}", "calendar": "proleptic_gregorian", "dtype": dtype}


def _numbers_in(values: np.ndarray, encoding: dict[str, str]) -> np.ndarray:
    from xarray.coding.times import encode_cf_datetime

    numbers, _, _ = encode_cf_datetime(
        values, encoding["units"], encoding["calendar"], dtype=np.dtype("float64")
    )
    return np.asarray(numbers)


def _integer_for(numbers: np.ndarray, given: Any) -> np.dtype[Any]:
    """The integer type of the source where the numbers fit into it, else the largest one."""
    if given is not None and np.dtype(given).kind == "i":
        limits = np.iinfo(np.dtype(given))
        if not numbers.size or (numbers.min() >= limits.min and numbers.max() <= limits.max):
            return np.dtype(given)
    return np.dtype("int64")


def _chunks(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Chunks of about one size that hold neighbours: whole trailing dimensions, and as much of the next as fits."""
    room = max(_CHUNK // itemsize, 1)
    chunks: list[int] = []
    for size in reversed(shape):
        chunks.append(max(min(size, room), 1))
        room = max(room // size, 1) if chunks[-1] == size else 1
    return tuple(reversed(chunks))


def _is_large(variable: xr.Variable) -> bool:
    return variable.dtype.kind in "iuf" and variable.nbytes > _PIECE


def _rows_read_together(variable: xr.Variable) -> int:
    """How many rows along the first dimension the source reads at once whether they are wanted or not."""
    chunks = variable.chunks[0] if variable.chunks else variable.encoding.get("chunksizes")
    return int(chunks[0]) if chunks else 1


def _write(ds: xr.Dataset, path: Path) -> None:
    """Write values that are in memory to a new file.

    As ``Dataset.to_netcdf``, which however makes variables without the lock that its readers keep to.
    """
    from xarray.backends.locks import DummyLock
    from xarray.backends.netCDF4_ import NETCDF4_PYTHON_LOCK, NetCDF4DataStore

    with NETCDF4_PYTHON_LOCK:
        store = NetCDF4DataStore.open(path, mode="w", format="NETCDF4", lock=DummyLock())
        try:
            ds.dump_to_store(store)
        finally:
            store.close()


def _append(ds: xr.Dataset, rows: dict[Hashable, int], path: Path, holes: Holes | None) -> None:
    """Add variables to a file, piece by piece and in order, so that the bytes do not depend on chance.

    Pieces are read while the library is free for others.
    """
    import netCDF4
    from xarray.backends.netCDF4_ import NETCDF4_PYTHON_LOCK
    from xarray.conventions import encode_cf_variable

    with NETCDF4_PYTHON_LOCK:
        file = netCDF4.Dataset(path, "a")
    try:
        for name, together in rows.items():
            variable = ds.variables[name]
            sample = encode_cf_variable(variable[(slice(0, 1),) * variable.ndim].copy(deep=True), name=name)
            with NETCDF4_PYTHON_LOCK:
                target = _created(file, ds, name, sample)
            for piece in _pieces(variable, together):
                loaded = variable[piece].copy(deep=False).load()
                if holes is not None:
                    holes.see(name, variable, loaded.values, piece)
                values = encode_cf_variable(loaded, name=name).values
                with NETCDF4_PYTHON_LOCK:
                    target[piece] = values
    finally:
        with NETCDF4_PYTHON_LOCK:
            file.close()


def _created(file: Any, ds: xr.Dataset, name: Hashable, sample: xr.Variable) -> Any:
    """A new variable in a file, without values; ``sample`` is a piece of it as it is to be stored."""
    variable = ds.variables[name]
    for dim, size in variable.sizes.items():
        if dim not in file.dimensions:
            file.createDimension(dim, size)
    attributes = dict(sample.attrs)
    fill = attributes.pop("_FillValue", False)
    target = file.createVariable(
        str(name),
        sample.dtype,
        variable.dims,
        fill_value=fill,
        zlib=variable.encoding.get("zlib", False),
        complevel=variable.encoding.get("complevel", 1),
        shuffle=variable.encoding.get("shuffle", False),
        chunksizes=variable.encoding.get("chunksizes"),
    )
    target.set_auto_maskandscale(False)
    others = [str(c) for c in ds.coords if c not in ds.indexes and set(ds[c].dims) <= set(variable.dims)]
    if name in ds.data_vars and others and not any(" " in other for other in others):
        attributes["coordinates"] = " ".join(sorted(others))
    target.setncatts(attributes)
    return target


def _pieces(variable: xr.Variable, together: int) -> Iterator[tuple[slice, ...]]:
    """Parts of a variable in the order of the file, each small enough to hold and made of whole chunks."""
    chunks = variable.encoding.get("chunksizes") or (1,) * variable.ndim
    return _split(variable.shape, chunks, variable.dtype.itemsize, together)


def _split(
    shape: tuple[int, ...], chunks: tuple[int, ...], itemsize: int, together: int = 1
) -> Iterator[tuple[slice, ...]]:
    row = itemsize * math.prod(shape[1:])
    if row > _PIECE and len(shape) > 1:
        for first in range(0, shape[0], chunks[0]):
            for rest in _split(shape[1:], chunks[1:], itemsize * chunks[0]):
                yield (slice(first, first + chunks[0]), *rest)
        return
    # Whole chunks of the source too, unless that makes the pieces much larger: else they would be read repeatedly.
    unit = math.lcm(chunks[0], together)
    unit = unit if unit * row <= 3 * _PIECE else chunks[0]
    rows = max(_PIECE // row // unit, 1) * unit
    for first in range(0, shape[0], rows):
        yield (slice(first, first + rows), *(slice(None),) * (len(shape) - 1))
