"""What became of a netCDF file before, as its ``history`` tells."""

from __future__ import annotations

from pathlib import Path


def history_of(path: Path) -> str:
    """Lines of the attribute; empty without it."""
    import netCDF4

    with netCDF4.Dataset(path) as file:
        return str(getattr(file, "history", ""))
