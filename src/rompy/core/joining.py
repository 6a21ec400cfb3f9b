"""Join the datasets of several files along a dimension, without reading their values."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr

_PACKING = ("scale_factor", "add_offset", "dtype", "_FillValue", "missing_value", "_Unsigned")


def join_along(
    dim: str, parts: Sequence[xr.Dataset], names: Sequence[str], overlap: Literal["raise", "first", "last"]
) -> xr.Dataset:
    """One dataset of several, sorted along ``dim``. Closing it closes them all.

    Args:
        names: what the parts are called in messages.
        overlap: what becomes of labels that several parts hold.

    Raises:
        DataError: parts differ in their variables or grids, or overlap and must not.
    """
    import xarray as xr

    if len(parts) == 1:
        return parts[0]
    _require_same_variables(parts, names)
    try:
        joined = xr.concat(
            parts,
            dim,
            data_vars="minimal",
            coords="minimal",
            compat="override",
            join="exact",
            combine_attrs="override",
        )
    except ValueError as error:
        raise DataError(f"{names[0]} to {names[-1]} do not fit together: {error}") from error
    _forget_differing_packing(joined, parts)
    joined = _unique(joined, dim, overlap, names)

    def close() -> None:
        for part in parts:
            part.close()

    joined.set_close(close)
    return joined


def _require_same_variables(parts: Sequence[xr.Dataset], names: Sequence[str]) -> None:
    for part, name in zip(parts, names, strict=True):
        differing = {str(variable) for variable in set(part.data_vars) ^ set(parts[0].data_vars)}
        if differing:
            raise DataError(
                f"{names[0]} and {name} do not hold the same variables: they differ in {', '.join(sorted(differing))}"
            )


def _forget_differing_packing(joined: xr.Dataset, parts: Sequence[xr.Dataset]) -> None:
    """Files may pack a variable each in its own way; written in that of the first, values of the others would wrap."""
    for name, variable in joined.variables.items():
        ways = [{key: str(part.variables[name].encoding.get(key)) for key in _PACKING} for part in parts]
        if variable.dtype.kind == "f" and any(way != ways[0] for way in ways):
            for key in _PACKING:
                variable.encoding.pop(key, None)


def _unique(
    ds: xr.Dataset, dim: str, overlap: Literal["raise", "first", "last"], names: Sequence[str]
) -> xr.Dataset:
    index = ds.indexes.get(dim)
    if index is None:
        return ds
    if not index.is_unique:
        repeated = index[index.duplicated()]
        if overlap == "raise":
            raise DataError(
                f"{len(repeated)} labels along {dim!r} are in more than one of {names[0]} to {names[-1]}, "
                f"the first at {repeated[0]}",
                field="overlap",
                hint="Say which are to be used with overlap: first, or overlap: last.",
            )
        ds = ds.isel({dim: ~index.duplicated(keep=overlap)})
    return ds if ds.indexes[dim].is_monotonic_increasing else ds.sortby(dim)
