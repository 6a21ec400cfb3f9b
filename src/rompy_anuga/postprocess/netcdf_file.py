"""netCDF-4 files that come out byte-identical for the same content: no clock, fixed compression, aligned chunks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rompy.core.atomic import replacing

if TYPE_CHECKING:
    import netCDF4

    from rompy_anuga.postprocess.case_file import Case

FACES_PER_CHUNK = 16384
TIMES_PER_CHUNK = 16
"""A chunk of 32-bit values is at most 1 MB: neither a map nor a series at a point must read the whole file."""

CHUNK_CACHE = 4 * 1024**2
"""Bytes that the library keeps for each variable; by default it would be 64 MB, and whole chunks need none."""


@contextmanager
def new_file(path: str | Path) -> Iterator[netCDF4.Dataset]:
    """A netCDF-4 file open for writing that appears under its name only when the block ends well.

    Raises:
        OSError: it cannot be written, also where the netCDF library says so in its own way.
    """
    import netCDF4

    with replacing(path) as part:
        try:
            with netCDF4.Dataset(part, "w", format="NETCDF4") as file:
                file.set_auto_mask(False)
                yield file
        except RuntimeError as error:
            raise OSError(f"{error} while writing {Path(path).name}") from error


def add_variable(
    file: netCDF4.Dataset,
    name: str,
    dimensions: tuple[str, ...],
    attributes: Mapping[str, Any],
    values: Any = None,
    *,
    dtype: str = "f8",
    has_gaps: bool = False,
    chunks: tuple[int, ...] | None = None,
) -> netCDF4.Variable:
    """Define a variable, compressed unless it is a scalar, and fill it if values are given. NaN marks gaps."""
    variable = file.createVariable(
        name,
        dtype,
        dimensions,
        fill_value=np.dtype(dtype).type(np.nan) if has_gaps else False,
        compression="zlib" if dimensions else None,
        complevel=4,
        shuffle=True,
        chunksizes=chunks,
        chunk_cache=CHUNK_CACHE,
    )
    variable.setncatts({key: value for key, value in attributes.items() if value is not None})
    if values is not None:
        variable[...] = values
    return variable


def add_time(file: netCDF4.Dataset, case: Case, seconds: Any, **attributes: str) -> None:
    """The time coordinate: seconds since the start of the period, UTC."""
    file.createDimension("time", len(seconds))
    described = {
        "standard_name": "time",
        "long_name": "time (UTC)",
        "axis": "T",
        "coverage_content_type": "coordinate",
        **attributes,
    }
    add_variable(file, "time", ("time",), described | time_units(case), seconds)


def time_units(case: Case) -> dict[str, str]:
    """Units and calendar of times that are stored as seconds since the start of the period."""
    start = case.start.strftime("%Y-%m-%d %H:%M:%S")
    fraction = f".{case.start.microsecond:06d}" if case.start.microsecond else ""
    units = {"units": f"seconds since {start}{fraction}", "units_metadata": "leap_seconds: none"}
    return {**units, "calendar": "standard"}


def add_grid_mapping(file: netCDF4.Dataset, case: Case) -> None:
    """The scalar variable ``crs`` that describes the projected system and, if it is a levelling one, the datum."""
    from rompy_anuga.crs import known
    from rompy_anuga.postprocess.vertical_datum import vertical_datum

    crs = known(case.crs)
    attributes = {"long_name": crs.name, **crs.to_cf()}
    epsg = crs.to_epsg()
    if epsg is not None:
        attributes["epsg_code"] = f"EPSG:{epsg}"
    datum = vertical_datum(case.vertical_datum)
    if datum.is_geopotential:
        attributes["geopotential_datum_name"] = datum.name
    add_variable(file, "crs", (), attributes, 0, dtype="i4")


def time_chunk(times: int, rows: int) -> int:
    """Output times in a chunk, when blocks of ``rows`` times are written."""
    return max(1, min(times, rows, TIMES_PER_CHUNK))


def projection_attributes(axis: str) -> dict[str, str]:
    """Attributes of projected coordinates; ``axis`` is ``x`` or ``y``."""
    return {
        "standard_name": f"projection_{axis}_coordinate",
        "long_name": f"{axis} coordinate of projection",
        "units": "m",
        "coverage_content_type": "coordinate",
    }


LONGITUDE = {
    "standard_name": "longitude",
    "long_name": "longitude",
    "units": "degrees_east",
    "coverage_content_type": "coordinate",
}
LATITUDE = {
    "standard_name": "latitude",
    "long_name": "latitude",
    "units": "degrees_north",
    "coverage_content_type": "coordinate",
}
