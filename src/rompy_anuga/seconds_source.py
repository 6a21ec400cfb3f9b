"""Source of series whose times are seconds since a moment, in a text file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from rompy.core.source.base import SourceBase
from rompy.core.time import Instant
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr


class SourceSecondsText(SourceBase):
    """Columns of numbers, the first of them seconds since a moment, as many models' own forcing files are."""

    model_type: Literal["seconds_text"] = "seconds_text"  # type: ignore[assignment]
    is_settled: ClassVar[bool] = True
    uri: str | Path
    """The file: a path, or ``package://name/inner/path``."""
    since: Instant
    """Moment from which the seconds count, UTC unless it bears an offset."""
    columns: Annotated[list[str], Field(min_length=1)]
    """Names of the columns after the first."""
    units: dict[str, str] = {}
    """Units of columns."""

    def _open(self) -> xr.Dataset:
        import numpy as np
        import xarray as xr

        from rompy_anuga.table import read_numbers

        table = read_numbers(self.uri)
        if table.shape[1] != len(self.columns) + 1:
            raise DataError(
                f"{len(self.columns) + 1} columns were expected, found {table.shape[1]}", file=str(self.uri)
            )
        milliseconds = np.round(table[:, 0] * 1000).astype("int64").astype("timedelta64[ms]")
        times = (np.datetime64(self.since, "ms") + milliseconds).astype("datetime64[ns]")
        return xr.Dataset(
            {
                name: ("time", table[:, i], {"units": self.units[name]} if name in self.units else {})
                for i, name in enumerate(self.columns, start=1)
            },
            {"time": times},
        )
