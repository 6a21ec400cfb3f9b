"""Tells files that hold their values from those that only say where these are."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path, PurePath
from typing import Any

from rompy.core.noting.brought import METADATA
from rompy.core.resolve import resolve
from rompy.errors import RompyError

_HDF5, _CLASSIC, _GRIB = b"\x89HDF\r\n\x1a\n", b"CDF", b"GRIB"
_ENGINES = ("netcdf4", "h5netcdf", "scipy", "cfgrib")
"""Which read these."""
_POINTING = frozenset({".json", ".ncml", ".parq", ".parquet", ".vrt", ".xml", ".yaml", ".yml"})
"""Suffixes of formats that name other files."""
_TABLES = ("ECCODES_DEFINITION_PATH", "ECCODES_EXTRA_DEFINITION_PATH", "GRIB_DEFINITION_PATH")
"""Variables that name other tables to read GRIB by than those of the installed library."""


def holds_its_values(uri: str | Path, options: Mapping[str, Any]) -> bool:
    """Whether nothing but the file itself settles what ``xarray.open_dataset`` makes of it.

    Kerchunk references, virtual rasters and the like name other files, and so may files of HDF5; an index of GRIB
    messages may be older than the file. Of what is elsewhere only the name is looked at.

    Args:
        options: keywords for ``xarray.open_dataset``.
    """
    if not is_read_plainly(options):
        return False
    try:
        place = resolve(uri)
        if not isinstance(place, Path):
            return PurePath(str(place).partition("?")[0]).suffix.lower() not in _POINTING
        with place.open("rb") as file:
            start = file.read(8)
    except (RompyError, OSError):
        return False
    if start.startswith(_GRIB):
        return not any(name in os.environ for name in _TABLES)
    return start.startswith(_CLASSIC) or (start == _HDF5 and not _points_elsewhere(place))


def is_store_here(uri: str | Path, options: Mapping[str, Any]) -> bool:
    """Whether there is a Zarr store on this machine, and ``xarray.open_dataset`` would read it object by object."""
    try:
        place = resolve(uri)
        return (
            isinstance(place, Path)
            and options.get("engine", "zarr") == "zarr"
            and place.is_dir()
            and any((place / name).is_file() for name in METADATA)
        )
    except (RompyError, OSError):
        return False


def is_read_plainly(options: Mapping[str, Any]) -> bool:
    """Whether keywords for ``xarray.open_dataset`` let nothing but a file of netCDF or GRIB itself be read."""
    inner = options.get("backend_kwargs")
    has_index = any(isinstance(one, Mapping) and one.get("indexpath") for one in (options, inner))
    return options.get("engine", _ENGINES[0]) in _ENGINES and not has_index


def _points_elsewhere(path: Path) -> bool:
    """Whether a file of HDF5 has variables or groups in other files; also where nobody can tell."""
    with suppress(Exception):  # what HDF5 makes of a broken file
        import h5py  # type: ignore[import-untyped]

        with h5py.File(path, "r") as file:
            return _has_pointers(file, set())
    return True


def _has_pointers(group: Any, seen: set[Any]) -> bool:
    import h5py

    if group.id in seen:
        return False
    seen.add(group.id)
    for name in group:
        if isinstance(group.get(name, getlink=True), h5py.ExternalLink):
            return True
        inner = group[name]
        if isinstance(inner, h5py.Dataset):
            if inner.is_virtual or inner.external:
                return True
        elif isinstance(inner, h5py.Group) and _has_pointers(inner, seen):
            return True
    return False
