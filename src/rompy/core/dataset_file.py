"""Files of datasets: how their formats are told by the first bytes, and what is visibly wrong with one."""

from __future__ import annotations

from pathlib import Path

from rompy.core.quiet import quiet
from rompy.errors import DataError

HDF5, GRIB, NETCDF3 = b"\x89HDF\r\n\x1a\n", b"GRIB", b"CDF"
"""The first bytes of files."""


def is_known(start: bytes) -> bool:
    """Whether a file that begins so is of one of these formats."""
    return start.startswith((HDF5, GRIB, NETCDF3))


def defect_of(path: Path) -> str | None:
    """What is visibly wrong with a file."""
    if path.is_dir():
        return None
    size = path.stat().st_size
    if not size:
        return "it is empty"
    with path.open("rb") as file:
        start = file.read(64)
    if start.lstrip().lower().startswith((b"<!doctype", b"<html")):
        return "it is a web page, perhaps the answer to a request that failed"
    whole = _stated_size(start)
    return f"it is cut off: {size} bytes of {whole} are there" if whole is not None and whole > size else None


def require_whole_classic(path: Path) -> None:
    """Refuse a classic netCDF file that is cut off: the library reads zeros where the rest should be."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        if file.read(4) not in (b"CDF\x01", b"CDF\x02"):
            return
    from scipy.io import netcdf_file

    try:
        with quiet:
            # Only the header is read; the rest is mapped, which fails where it is shorter than the header says.
            netcdf_file(str(path), "r", mmap=True).close()
    except (ValueError, TypeError, IndexError, OSError) as error:
        raise DataError(
            f"{path} cannot be opened as a dataset: it is cut off, {path.stat().st_size} bytes are there",
            hint="Fetch or copy it again.",
        ) from error


def _stated_size(start: bytes) -> int | None:
    """Size of an HDF5 file by its superblock (HDF5 File Format Specification, section II.A), addresses of 8 bytes."""
    if not start.startswith(HDF5) or len(start) < 48:
        return None
    place = {0: 40, 1: 44, 2: 28, 3: 28}.get(start[8])
    return int.from_bytes(start[place : place + 8], "little") if place else None
