"""How the variables of a dataset are stored in a netCDF file: types, packing, units of times, compression, chunks.

What the source file says about the storage of a variable is kept where it matters to readers (packing, units of
times). Files are compressed when their source is, fast rather than small, and chunked anew.
"""

from __future__ import annotations

from collections.abc import Hashable
from numbers import Number
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import xarray as xr

_CHUNK = 2**20
"""Size of the chunks in the file (bytes): read whole for any value in them."""
_COMPRESSED_FROM = 64 * 1024
"""Smaller variables are not worth compressing (bytes)."""

_EPOCH = "since 1970-01-01"
_TIME_UNITS = {"seconds": 10**9, "milliseconds": 10**6, "microseconds": 10**3, "nanoseconds": 1}
"""Units for times without any of their own, the first that holds them exactly; with their nanoseconds."""


def prepared(ds: xr.Dataset) -> xr.Dataset:
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
            chunks = chunks_for(variable.shape, stored)
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


def chunks_for(shape: tuple[int, ...], itemsize: int) -> tuple[int, ...]:
    """Chunks of about one size that hold neighbours: whole trailing dimensions, and as much of the next as fits."""
    room = max(_CHUNK // itemsize, 1)
    chunks: list[int] = []
    for size in reversed(shape):
        chunks.append(max(min(size, room), 1))
        room = max(room // size, 1) if chunks[-1] == size else 1
    return tuple(reversed(chunks))
