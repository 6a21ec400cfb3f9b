"""Tables of numbers in text files, separated by blanks or commas."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from rompy.errors import DataError


def read_numbers(path: str | Path) -> np.ndarray:
    """Read such a file, local or ``package://``, as an array of shape (rows, columns); lines with # are left out.

    Raises:
        MissingFileError: no such file.
        DataError: it holds something else than numbers, or lines of different length.
    """
    from rompy_anuga.ring_file import local_file

    file = local_file(path)
    text = file.read_text(encoding="utf-8", errors="replace").replace(",", " ")
    try:
        rows = [[float(word) for word in line.split()] for line in text.splitlines() if _holds_data(line)]
    except ValueError as error:
        raise DataError(f"numbers were expected: {error}", file=file) from error
    if not rows or len({len(row) for row in rows}) > 1:
        raise DataError("the lines do not have one number of columns", file=file)
    return np.array(rows)


def _holds_data(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")
