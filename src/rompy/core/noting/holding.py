"""Tells files that hold their values from those that only say where these are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from rompy.core.resolve import resolve
from rompy.errors import RompyError

_STARTS = (b"\x89HDF\r\n\x1a\n", b"CDF", b"GRIB")
"""Of HDF5, classic netCDF and GRIB."""
_ENGINES = ("netcdf4", "h5netcdf", "scipy", "cfgrib")
"""Which read these."""
_POINTING = frozenset({".json", ".ncml", ".parq", ".parquet", ".vrt", ".xml", ".yaml", ".yml"})
"""Suffixes of formats that name other files."""


def holds_its_values(uri: str | Path, options: Mapping[str, Any]) -> bool:
    """Whether nothing but the file itself settles what ``xarray.open_dataset`` makes of it.

    Kerchunk references, virtual rasters and the like name other files; an index of GRIB messages may be older than the
    file. Of what is elsewhere only the name is looked at.

    Args:
        options: keywords for ``xarray.open_dataset``.
    """
    inner = options.get("backend_kwargs")
    if options.get("engine", _ENGINES[0]) not in _ENGINES or any(
        isinstance(one, Mapping) and one.get("indexpath") for one in (options, inner)
    ):
        return False
    try:
        place = resolve(uri)
        if not isinstance(place, Path):
            return PurePath(str(place).partition("?")[0]).suffix.lower() not in _POINTING
        with place.open("rb") as file:
            return file.read(8).startswith(_STARTS)
    except (RompyError, OSError):
        return False
