"""Warnings of libraries that mean nothing to users are kept away while datasets are opened."""

from __future__ import annotations

import warnings
from threading import Lock


class _Quiet:
    """Keeps warnings to itself that mean nothing to users, for all threads together that open something.

    Filters of warnings belong to the process: each thread that set them aside and back would undo what others did.
    """

    _MESSAGES = (
        # Stores without consolidated metadata are opened all the same.
        "Failed to open Zarr store with consolidated metadata",
        # Addresses that begin with dap2:// are tried with https first, for half a minute; http:// does as well.
        "PyDAP was unable to determine the DAP protocol",
        # cfgrib merges in a way that xarray is about to change.
        "In a future version of xarray",
        # Views into a file of which the header was looked at have not gone yet.
        "Cannot close a netcdf_file opened with mmap=True",
    )

    def __init__(self) -> None:
        self._lock, self._inside = Lock(), 0
        self._former: warnings.catch_warnings[None] | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._inside += 1
            if self._inside == 1:
                self._former = warnings.catch_warnings()
                self._former.__enter__()
                for message in self._MESSAGES:
                    warnings.filterwarnings("ignore", message=message)

    def __exit__(self, *error: object) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0 and self._former is not None:
                self._former.__exit__(None, None, None)


quiet = _Quiet()
"""Enter it around what would warn."""
