"""The water levels that the run was forced with, as far as they fall into its period."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rompy.errors import PostprocessError
from rompy_anuga.postprocess.case_file import Case
from rompy_anuga.postprocess.sww import Floats


@dataclass(frozen=True)
class BoundarySeries:
    """Water level at a boundary."""

    tag: str
    seconds: Floats
    """Time since the start of the run, within its period."""
    water_level: Floats
    """m above the run's datum."""


def read_boundary_series(case: Case) -> list[BoundarySeries]:
    """Series of all water-level boundaries, tags in alphabetical order.

    Raises:
        PostprocessError: a file of the workspace cannot be read.
    """
    return [_read(case, tag) for tag in sorted(case.level_boundaries)]


def _read(case: Case, tag: str) -> BoundarySeries:
    import xarray as xr

    boundary = case.level_boundaries[tag]
    path = case.root / str(boundary.get("file"))
    try:
        with xr.open_dataset(path, engine="netcdf4") as dataset:
            values = dataset[boundary["variable"]].squeeze(drop=True).load()
    except (OSError, KeyError, ValueError) as error:
        raise PostprocessError(
            f"the water levels of boundary {tag!r} cannot be read: {error}", file=path
        ) from error
    seconds = (values["time"].to_numpy().astype("datetime64[ns]") - case.start64) / np.timedelta64(1, "s")
    return _within(tag, seconds, np.asarray(values, dtype=np.float64), case.duration_s)


def _within(tag: str, seconds: Floats, level: Floats, duration: float) -> BoundarySeries:
    """Samples of the period, with interpolated ones at its ends, since forcing may begin earlier and end later."""
    inner = (seconds > 0) & (seconds < duration)
    kept = np.concatenate([[0.0], seconds[inner], [duration]])
    return BoundarySeries(tag, kept, np.interp(kept, seconds, level))
