"""Notes the values that are read of datasets where no file is known that holds them: those of services above all."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from rompy.digest import meaning_sha256
from rompy.digest.values import values_sha256
from rompy.inputs import Pieces, pieces_of

if TYPE_CHECKING:
    import xarray as xr

Key = tuple[Any, ...]
"""Positions along each dimension: numbers, slices or arrays of numbers."""

_LARGEST_BLOCK = 2**28
"""Bytes. Blocks of dask above this are not noted, since of a noted one the whole is read even where a part would do."""


def noting_values(
    opener: Callable[[], xr.Dataset], pieces: Pieces, options: Mapping[str, Any] | None = None
) -> xr.Dataset:
    """The dataset that ``opener`` opens, whose values are noted as they are read. It stays lazy.

    A piece is what is read of a variable at once, with its units and the labels along its dimensions. What is in memory
    already was read as a whole.

    Args:
        options: ``chunks`` and ``cache`` for ``xarray.open_dataset``.
    """
    import xarray as xr

    class Noting(xr.backends.BackendEntrypoint):
        """Lets xarray put its own layers, which cache and cut into chunks, above the one that notes."""

        open_dataset_parameters = ("filename_or_obj", "drop_variables")

        def open_dataset(self, filename_or_obj: Any, *, drop_variables: Any = None) -> xr.Dataset:
            return _noting(filename_or_obj(), pieces)

    return xr.open_dataset(opener, engine=Noting, **(options or {}))  # type: ignore[arg-type]


def noting_answer(
    ds: Any, uri: str, part: Mapping[str, Any] | None = None, version: Mapping[str, Any] | None = None
) -> Any:
    """A dataset that somebody else has opened, whose values are noted: at once as far as they are in memory, else as
    they are read. Blocks of dask that are very large are not noted.

    Args:
        uri: where it comes from, or what tells it from others.
        part: what was asked for; None for all of it.
        version: ``etag``, ``modified``, ``size`` of what it was read from, as far as the other end tells.
    """
    pieces = pieces_of(uri, "remote", version, part=part, of_values=True)
    if pieces is None or not hasattr(ds, "data_vars"):
        return ds
    variables = ds.variables.values()
    if any(variable.chunks is not None for variable in variables):
        return _noting_blocks(ds, pieces)
    if not all(variable._in_memory for variable in variables):
        return noting_values(lambda: ds, pieces)
    _note_what_is_here(ds, pieces)
    return ds


def digest_at(ds: xr.Dataset, name: str) -> str | None:
    """The digest of the piece of that name as a dataset has it; None when there is nothing of that name."""
    variable, _, text = name.partition("[")
    if variable not in ds.variables:
        return None
    if not text:
        return _digest(ds, variable, ..., ds.variables[variable].values)[0]
    key = tuple(map(_position, text.rstrip("]").split(",")))
    try:
        return _digest(ds, variable, key, ds.variables[variable][key].values)[0]
    except IndexError:  # it is shorter now
        return None


def _noting(ds: xr.Dataset, pieces: Pieces) -> xr.Dataset:
    import xarray as xr
    from xarray.core import indexing

    class NotingArray(xr.backends.BackendArray):
        """Tells of each piece of a variable that is read."""

        def __init__(self, name: str, variable: xr.Variable) -> None:
            self.name, self.variable = name, variable
            self.shape, self.dtype = variable.shape, variable.dtype

        def __getitem__(self, key: Any) -> Any:
            return indexing.explicit_indexing_adapter(
                key, self.shape, indexing.IndexingSupport.OUTER, self._read
            )

        def _read(self, key: Key) -> Any:
            values = self.variable[key].values
            _add(pieces, ds, self.name, key, values)
            return values

    _note_what_is_here(ds, pieces)
    lazy = {}
    for name, variable in ds.variables.items():
        if not variable._in_memory:
            data = indexing.LazilyIndexedArray(NotingArray(str(name), variable))
            lazy[name] = xr.Variable(variable.dims, data, variable.attrs, variable.encoding)
    found = ds.assign({name: v for name, v in lazy.items() if name in ds.data_vars})
    found = found.assign_coords({name: v for name, v in lazy.items() if name in ds.coords})
    found.set_close(ds.close)
    return found


def _noting_blocks(ds: xr.Dataset, pieces: Pieces) -> xr.Dataset:
    _note_what_is_here(ds, pieces)
    found = ds.copy(deep=False)
    for name, variable in ds.variables.items():
        largest = math.prod(max(lengths, default=0) for lengths in variable.chunks or ())
        if variable.chunks is not None and largest * variable.dtype.itemsize <= _LARGEST_BLOCK:
            found[name] = variable.copy(data=_noting_dask(ds, str(name), variable, pieces))
    found.set_close(ds.close)
    return found


def _note_what_is_here(ds: xr.Dataset, pieces: Pieces) -> None:
    for name, variable in ds.variables.items():
        if name in ds.indexes:
            pieces.outline[str(name)] = _digest(ds, str(name), ..., variable.values)[0]
        elif variable._in_memory:
            _add(pieces, ds, str(name), ..., variable.values)


def _noting_dask(ds: xr.Dataset, name: str, variable: xr.Variable, pieces: Pieces) -> Any:
    def note(block: Any, block_info: Any = None) -> Any:
        place = block_info[0]["array-location"] if block_info else None
        if place is not None:
            _add(pieces, ds, name, tuple(slice(start, stop) for start, stop in place), block)
        return block

    return variable.data.map_blocks(note, dtype=variable.dtype, meta=variable.data._meta)


def _add(pieces: Pieces, ds: xr.Dataset, name: str, key: Any, values: Any) -> None:
    digest, size = _digest(ds, name, key, values)
    sizes = ds.variables[name].shape
    where = "" if key is ... else f"[{','.join(map(_text, key, sizes))}]"
    pieces.add_digest(f"{name}{where}", digest, size)


def _digest(ds: xr.Dataset, name: str, key: Any, values: Any) -> tuple[str, int]:
    """Over values, units, and labels; and the number of bytes."""
    import numpy as np

    variable = ds.variables[name]
    keys = [slice(None)] * variable.ndim if key is ... else list(key)
    labels = [
        values_sha256(np.asarray(ds.indexes[dim])[one])[1]
        for dim, one in zip(variable.dims, keys, strict=True)
        if dim in ds.indexes and dim != name
    ]
    size, digest = values_sha256(np.asarray(values))
    return meaning_sha256([digest, str(variable.attrs.get("units", "")), *labels]), size or 0


def _text(one: Any, length: int) -> str:
    """Positions along one dimension: ``3``, ``0:7``, ``0:7:2``, or ``1 4 9``, ascending."""
    if isinstance(one, slice):
        start, stop, step = one.indices(length)
        return f"{start}:{stop}" if step == 1 else f"{start}:{stop}:{step}"
    if getattr(one, "ndim", 0) == 0:
        return str(int(one))
    return f"{int(one[0])}:{int(one[0]) + 1}" if len(one) == 1 else " ".join(str(int(i)) for i in one)


def _position(text: str) -> Any:
    """The inverse of ``_text``."""
    if re.fullmatch(r"-?\d+", text):
        return int(text)
    if ":" in text:
        return slice(*map(int, text.split(":")))
    return [int(word) for word in text.split()]
