"""Source: time series in a CSV file."""

import csv
import warnings
from collections import defaultdict
from itertools import dropwhile
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field

from rompy.core.driver import fetched
from rompy.core.resolve import existing
from rompy.core.source.base import SourceBase
from rompy.errors import DataError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


class SourceTimeseriesCSV(SourceBase):
    """A table with a line of names and a column of times; each other column becomes a variable along ``time``.

    Times are UTC; those that carry a zone are converted.
    """

    model_type: Literal["csv"] = "csv"  # type: ignore[assignment]
    is_settled: ClassVar[bool] = True
    filename: str | Path
    """Path or address of the file, or ``package://name/inner/path``."""
    tcol: str = "time"
    """Name of the column of times."""
    read_csv_kwargs: dict[str, Any] = Field(default_factory=dict)
    """Keywords for ``pandas.read_csv``, such as ``sep`` or ``na_values``."""

    def named_files(self) -> dict[str, Any]:
        """The table."""
        return {"filename": self.filename}

    def _open(self) -> "xr.Dataset":
        import xarray as xr

        frame = self._open_dataframe()
        texts = frame.select_dtypes(exclude=["number", "bool", "datetime"])
        return xr.Dataset.from_dataframe(frame.astype(dict.fromkeys(texts.columns, object)))

    def _open_dataframe(self) -> "pd.DataFrame":
        """The table itself, indexed by ``time``. Users of model plugins hand it on to sources in memory."""
        place = existing(self.filename)
        if isinstance(place, Path):
            frame = self._table(place, place)
        else:
            path, forget = fetched(place)
            try:
                frame = self._table(path, place)
            finally:
                forget()
        times = self._times(frame, place)
        return frame.drop(columns=self.tcol).set_index(times)

    def _table(self, path: Path, place: Path | str) -> "pd.DataFrame":
        """The table in ``path``, which is a copy of what is at ``place``."""
        import pandas as pd

        # Times are read as text and parsed here, so that one that cannot be parsed is found and named.
        own = ("parse_dates", "date_format", "dayfirst", "index_col", "dtype")
        options = {key: value for key, value in self.read_csv_kwargs.items() if key not in own}
        try:
            frame = pd.read_csv(path, dtype=self._types(), index_col=False, **options)
        except TypeError as error:
            raise DataError(f"read_csv_kwargs do not fit: {error}", field="read_csv_kwargs") from error
        except (ValueError, OSError) as error:  # pandas' own errors are ValueErrors
            raise DataError(f"cannot be read as CSV: {error}", file=place) from error
        if self.tcol not in frame.columns:
            known = ", ".join(map(str, frame.columns))
            raise DataError(
                f"there is no column {self.tcol!r} for the times", file=place, hint=f"Columns: {known}"
            )
        if frame.empty:
            raise DataError("there are no lines below the names of the columns", file=place)
        return frame

    def _types(self) -> dict[str, Any]:
        given = self.read_csv_kwargs.get("dtype")
        if given is None or isinstance(given, dict):
            return {**(given or {}), self.tcol: str}
        return defaultdict(lambda: given, {self.tcol: str})

    def _times(self, frame: "pd.DataFrame", path: Path | str) -> "pd.DatetimeIndex":
        import pandas as pd

        column = frame[self.tcol]
        times = self._parsed(column)
        bad = times.isna().to_numpy().nonzero()[0]
        if bad.size:
            raise DataError(
                f"cannot read a time from {column.iloc[bad[0]]!r} in column {self.tcol!r} "
                f"({bad.size} such of {len(column)})",
                file=path,
                line=self._line_of(path, int(bad[0])),
                hint="Write times like 2023-01-31T06:00, or give their layout: read_csv_kwargs: {date_format: ...}",
            )
        return pd.DatetimeIndex(times.dt.tz_localize(None), name="time").as_unit("ns")

    def _parsed(self, column: "pd.Series[Any]") -> "pd.Series[Any]":
        """Times in UTC, missing where the text is none."""
        import pandas as pd

        layout = self.read_csv_kwargs.get("date_format")
        if isinstance(layout, dict):
            layout = layout.get(self.tcol)
        times = pd.to_datetime(column, format=layout or "ISO8601", errors="coerce", utc=True)
        if layout is None and times.isna().any():
            with warnings.catch_warnings():
                warnings.simplefilter(
                    "ignore"
                )  # of pandas, that it sees no layout; what is not parsed is refused
                dayfirst = bool(self.read_csv_kwargs.get("dayfirst", False))
                times = pd.to_datetime(column, errors="coerce", utc=True, dayfirst=dayfirst)
        return times

    def _line_of(self, path: Path | str, row: int) -> int | None:
        """Line of the file that a row of the table stands in; None when the file's layout does not tell."""
        if not isinstance(path, Path):
            return None
        separator = self.read_csv_kwargs.get("sep", self.read_csv_kwargs.get("delimiter", ","))
        comment = self.read_csv_kwargs.get("comment")
        with path.open(newline="", encoding=self.read_csv_kwargs.get("encoding", "utf-8-sig")) as file:
            lines = csv.reader(file, delimiter=separator if len(separator) == 1 else ",")
            filled = (line for line in lines if any(line) and not (comment and line[0].startswith(comment)))
            below_names = dropwhile(lambda line: self.tcol not in line, filled)
            return next((lines.line_num for i, _ in enumerate(below_names) if i == row + 1), None)

    def __str__(self) -> str:
        return f"SourceTimeseriesCSV(filename={self.filename})"
