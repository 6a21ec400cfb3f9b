"""Two netCDF files beside each other: which variables differ, by how much, where and when. Memory is bounded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from rompy.provenance.diff.difference import Difference, Verdict, worst
from rompy.provenance.diff.times import TimeAxis, common_rows, time_axis
from rompy.provenance.diff.tolerance import Tolerance
from rompy.provenance.diff.variable import FieldDifference, blocks, is_numeric, numbers

SIGNATURES = (b"CDF\x01", b"CDF\x02", b"CDF\x05", b"\x89HDF\r\n\x1a\n")
"""First bytes of netCDF files of all kinds."""

Rows = tuple[np.ndarray, np.ndarray] | None


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

    Rows of the same time are compared when the times are not the same in both.

    Raises:
        OSError, RuntimeError: one of them cannot be read.
    """
    with opened(first) as one, opened(second) as other:
        times = time_axis(one), time_axis(other)
        rows, parts = _aligned(times)
        for variable in sorted({*one.variables, *other.variables}):
            if variable not in other.variables or variable not in one.variables:
                where = "the first" if variable in one.variables else "the second"
                parts.append(Difference(variable, words=f"only in {where}"))
            else:
                part = _compare_variable(variable, one, other, times, rows, tolerance)
                parts += [] if part is None else [part]
    verdict = worst([Verdict.equal, *(part.verdict for part in parts)])
    words = {
        Verdict.equal: "values are the same, other bytes differ (attributes, layout)",
        Verdict.close: f"values differ within the tolerance ({tolerance})",
    }.get(verdict, "values differ")
    return Difference(name, words=words, verdict=verdict, parts=tuple(parts))


def _aligned(times: tuple[TimeAxis | None, TimeAxis | None]) -> tuple[Rows, list[Difference]]:
    """Rows to compare, and what differs in the times themselves."""
    one, other = times
    if one is None or other is None:
        return None, []
    rows = common_rows(one, other)
    if rows is None:
        return None, []
    words = (
        f"{len(one.seconds)} times to {one.moment(-1)}, {len(other.seconds)} to {other.moment(-1)}; "
        f"{len(rows[0])} in common"
    )
    return rows, [Difference("time", len(one.seconds), len(other.seconds), words=words)]


def _compare_variable(
    name: str,
    one: Any,
    other: Any,
    times: tuple[TimeAxis | None, TimeAxis | None],
    rows: Rows,
    tolerance: Tolerance,
) -> Difference | None:
    a, b = one[name], other[name]
    along_time = all(
        axis is not None and bool(v.dimensions) and v.dimensions[0] == axis.dimension
        for axis, v in zip(times, (a, b), strict=True)
    )
    if all(axis is not None and axis.name == name for axis in times):
        return None  # compared as moments already, whatever their units are
    pairs = rows if along_time else None
    shapes = (a.shape[1:], b.shape[1:]) if pairs is not None else (a.shape, b.shape)
    if shapes[0] != shapes[1]:
        words = f"shape {_sizes(a)} -> {_sizes(b)}, so the values cannot be compared"
        return Difference(name, list(a.shape), list(b.shape), words=words)
    if not (is_numeric(a) and is_numeric(b)):
        return None if _same_texts(a, b) else Difference(name, words="other texts")
    found = difference_of(a, b, pairs, tolerance)
    if not found.unequal:
        return None
    moment = times[0].moment(found.where[0]) if along_time and times[0] and found.where else None
    return Difference(
        name,
        verdict=Verdict.different if found.beyond else Verdict.close,
        words=_words(found, a, moment, tolerance),
        details={**found.to_dict(), "units": getattr(a, "units", None), "largest_time": moment},
    )


def difference_of(a: Any, b: Any, pairs: Rows, tolerance: Tolerance) -> FieldDifference:
    """Statistics of two variables of one shape, or of the rows that belong together."""
    found = FieldDifference()
    for part, other_part, origin in blocks(a.shape, pairs):
        left, right = numbers(a, part), numbers(b, other_part)
        if not left.shape:
            left, right = left.reshape(1), right.reshape(1)
        found.add(left, right, origin, tolerance)
    return found


def _words(found: FieldDifference, variable: Any, moment: str | None, tolerance: Tolerance) -> str:
    units = str(getattr(variable, "units", ""))
    dimensions = variable.dimensions[1:] if moment else variable.dimensions
    unit = f" {units}" if units and units != "1" and " since " not in units else ""
    parts = []
    if found.count and found.largest:
        parts.append(
            f"rms {found.rms:.3g}{unit}, mean {found.mean:+.3g}{unit}, largest {found.largest:.3g}{unit}"
        )
        index = found.where or ()
        place = index[1:] if moment else index
        if moment:
            parts[-1] += f" at {moment}"
        if place:
            parts[-1] += " in " + ", ".join(f"{d} {i}" for d, i in zip(dimensions, place, strict=False))
    if found.missing:
        parts.append(f"{found.missing:,} values only in one of the two")
    what = "beyond the tolerance" if tolerance else "differ"
    parts.append(f"{found.beyond:,} of {found.count + found.missing:,} values {what}")
    return "; ".join(parts)


def _sizes(variable: Any) -> str:
    return (
        " x ".join(f"{size} {name}" for name, size in zip(variable.dimensions, variable.shape, strict=True))
        or "one"
    )


def _same_texts(a: Any, b: Any) -> bool:
    return bool(np.array_equal(np.ma.getdata(a[...]), np.ma.getdata(b[...])))
