"""A source of data: the tables that users of MyModel have."""

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rompy.core.resolve import existing
from rompy.core.source import SourceBase
from rompy.errors import DataError

if TYPE_CHECKING:
    import xarray as xr


class MyModelTable(SourceBase):
    """A text of two columns, time (UTC) and wind speed (m s-1); lines that start with ``#`` are left out."""

    model_type: Literal["mymodel_table"] = "mymodel_table"  # type: ignore[assignment]
    """Tells this source from others in a description."""
    uri: str | Path
    """Path of the file."""

    def _open(self) -> "xr.Dataset":
        import pandas as pd
        import xarray as xr

        path = existing(self.uri)
        lines = [line.split() for line in Path(path).read_text(encoding="utf-8").splitlines()]
        rows = [words for words in lines if words and not words[0].startswith("#")]
        try:
            times = pd.to_datetime([time for time, _ in rows], utc=True).tz_localize(None)
            speeds = [float(speed) for _, speed in rows]
        except ValueError as error:
            raise DataError(
                f"is not a table of times and wind speeds: {error}",
                file=path,
                hint="Each line holds two columns, such as  2023-01-31T06:00:00Z  12.5",
            ) from error
        attributes = {"standard_name": "wind_speed", "units": "m s-1"}
        return xr.Dataset({"wind_speed": ("time", speeds, attributes)}, {"time": times})
