"""Two netCDF files beside each other: which variables differ, by how much, where and when. Memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rompy.provenance.diff.difference import Difference, Verdict, worst
from rompy.provenance.diff.file_pair import FRAME, FilePair
from rompy.provenance.diff.tolerance import Tolerance

SIGNATURES = (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF\r\n\x1a\n")
"""First bytes of netCDF files of all kinds."""


def is_netcdf(path: Path) -> bool:
    """Whether a file begins as netCDF files do."""
    with path.open("rb") as file:
        head = file.read(8)
    return head.startswith(SIGNATURES)


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """A netCDF file that is open for reading; values that are missing are masked."""
    import netCDF4

    with netCDF4.Dataset(path) as file:
        yield file


def compare_files(name: str, first: Path, second: Path, tolerance: Tolerance) -> Difference:
    """What differs between two files that are not byte for byte the same.

    Rows of the same time are compared when the times are not the same in both, and values that are interpolated to the
    places of the first when meshes or grids are not.

    Raises:
        OSError, RuntimeError: one of them cannot be read.
    """
    with opened(first) as one, opened(second) as other:
        pair = FilePair(one, other)
        compared = [pair.compare(variable, tolerance) for variable in pair.names]
        parts = [*pair.frames(), *(part for part in compared if part is not None)]
    parts.sort(key=_rank)
    verdict = worst([Verdict.equal, *(part.verdict for part in parts)])
    words = {
        Verdict.equal: "values are the same, other bytes differ (attributes, layout)",
        Verdict.close: f"values differ within the tolerance ({tolerance})",
    }.get(verdict, "values differ")
    return Difference(name, words=words, verdict=verdict, parts=tuple(parts))


def _rank(part: Difference) -> int:
    """Times and meshes first, then what is known in numbers, then what is not."""
    return 0 if FRAME in part.details else 1 if "rms" in part.details else 2
