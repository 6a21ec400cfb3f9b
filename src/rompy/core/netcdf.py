"""Datasets as netCDF files: whole or not at all, the same bytes for the same values, in bounded memory.

Variables too large for memory are read and written piece by piece.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy import foresight
from rompy.core.atomic import replacing
from rompy.core.netcdf_encoding import prepared
from rompy.errors import CoverageError, WorkspaceError
from rompy.foresight import Deed

if TYPE_CHECKING:
    import xarray as xr

    from rompy.core.holes import Holes

_PIECE = 32 * 2**20
"""How much of a variable is held at once (bytes), and how large it may be to be written in one go."""


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
    ds = prepared(ds)
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
