"""Digest of values in memory: datasets, tables, arrays."""

from __future__ import annotations

import hashlib
from typing import Any

_PIECE = 2**25
"""Bytes that are handled at once."""


def values_sha256(values: Any) -> tuple[int | None, str | None]:
    """Bytes and SHA-256 over names, dimensions, types and values; (None, None) for what is not wholly in memory.

    Takes an xarray Dataset or DataArray, a pandas DataFrame or Series, or an array. Attributes do not count.
    """
    digest, size = hashlib.sha256(), 0
    for name, dims, array in _arrays(values):
        if array is None:
            return None, None
        digest.update(f"{name}|{dims}|{array.dtype.str}|{array.shape}\n".encode())
        size += array.nbytes
        _feed(digest, array)
    return size, digest.hexdigest()


def _arrays(values: Any) -> list[tuple[str, Any, Any]]:
    import numpy as np

    if hasattr(values, "to_dataset") and not hasattr(values, "data_vars"):  # a DataArray
        values = values.to_dataset(name=values.name or "data")
    if hasattr(values, "data_vars"):
        variables = sorted(values.variables.items(), key=lambda item: str(item[0]))
        return [(str(name), list(map(str, v.dims)), _in_memory(v._data)) for name, v in variables]
    if hasattr(values, "to_frame") and not hasattr(values, "columns"):  # a Series
        values = values.to_frame("data" if values.name is None else values.name)
    if hasattr(values, "columns"):
        columns = [("index", ["row"], np.asarray(values.index))]
        return [*columns, *((str(name), ["row"], np.asarray(values[name])) for name in values.columns)]
    return [("", [], np.asarray(values))]


def _in_memory(data: Any) -> Any:
    """The array, unless it has still to be read or computed."""
    import numpy as np

    if isinstance(data, np.ndarray):
        return data
    inner = getattr(data, "array", None)  # xarray keeps indexes of pandas in a wrapper
    return np.asarray(inner) if hasattr(inner, "to_numpy") and not hasattr(inner, "chunks") else None


def _feed(digest: Any, array: Any) -> None:
    import numpy as np

    if array.dtype == object:
        digest.update("\n".join(map(repr, array.ravel().tolist())).encode("utf-8", "surrogatepass"))
        return
    if array.dtype.kind in "mM":
        array = array.view("i8")
    flat = np.ascontiguousarray(array).reshape(-1).view("u1") if array.size else array
    for start in range(0, flat.size, _PIECE):
        digest.update(flat[start : start + _PIECE].data)
