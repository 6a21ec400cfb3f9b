"""Source: time series in Parquet files."""

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal, cast

from rompy.core.noting.noted_values import noting_answer
from rompy.core.remote import explained, scheme_of
from rompy.core.resolve import existing, resolve
from rompy.core.source.base import SourceBase
from rompy.errors import DataError, PluginError, RompyError
from rompy.inputs import is_noting, note_folder
from rompy.transfer.version import Version

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr

    from rompy.core.source.wanted import Wanted


class SourceTimeseriesParquet(SourceBase):
    """A table in a Parquet file or a folder of them; each column of numbers becomes a variable along ``time``.

    Times are UTC; those that carry a zone are converted. Only the columns that are asked for are read.
    """

    model_type: Literal["parquet"] = "parquet"  # type: ignore[assignment]
    is_settled: ClassVar[bool] = True
    uri: str | Path
    """Path, ``package://name/inner/path`` or address."""
    tcol: str = "time"
    """Name of the column, or of the index, that holds the times."""

    def _gives_the_same(self) -> bool:
        """If it is one file: into a folder another one may come."""
        place = resolve(self.uri)
        return super()._gives_the_same() and not (isinstance(place, Path) and place.is_dir())

    def _open(self) -> "xr.Dataset":
        return self.table(None)

    def _request(self, wanted: "Wanted") -> list[str] | None:
        return sorted(wanted.variables) or None

    def _open_part(self, request: list[str]) -> "xr.Dataset":
        return self.table(request)

    def table(self, columns: list[str] | None) -> "xr.Dataset":
        """Some columns, or all, along time."""
        import xarray as xr

        place = existing(self.uri)
        if isinstance(place, Path) and place.is_dir():
            note_folder(place, self.uri)
        before = _version(place)
        frame = self._read(place, columns)
        version = before if before.is_same(_version(place)) else Version()
        times = self._times(frame, place)
        frame = frame.drop(columns=self.tcol, errors="ignore").set_index(times)
        texts = frame.select_dtypes(exclude=["number", "bool", "datetime"])
        ds = xr.Dataset.from_dataframe(frame.astype(dict.fromkeys(texts.columns, object)))
        if isinstance(place, Path):
            return ds
        part = {"columns": columns, "tcol": self.tcol}
        return cast("xr.Dataset", noting_answer(ds, place, part, version.as_dict()))

    def _read(self, place: Path | str, columns: list[str] | None) -> "pd.DataFrame":
        try:
            import pyarrow.dataset as parquet  # type: ignore[import-untyped]
        except ImportError as error:
            raise PluginError(
                "Parquet files need pyarrow", hint='Install it: pip install "rompy[parquet]"'
            ) from error
        from rompy.core.remote import filesystem

        try:
            store, path = (None, str(place)) if isinstance(place, Path) else filesystem(place)
            table = parquet.dataset(path, format="parquet", filesystem=store)
            known = set(table.schema.names)
            # What does not exist is left for the message that lists all there is.
            partly = columns is not None and self.tcol in known and known.issuperset(columns)
            return table.to_table([*columns, self.tcol] if partly and columns else None).to_pandas()
        except Exception as error:  # whatever the format and the store raise
            if not isinstance(place, Path) and scheme_of(place):
                raise explained(error, place) from error
            raise DataError(f"cannot be read as Parquet: {error}", file=place) from error

    def _times(self, frame: "pd.DataFrame", place: Path | str) -> "pd.DatetimeIndex":
        import pandas as pd

        column: Any = frame[self.tcol] if self.tcol in frame.columns else None
        if column is None and frame.index.name == self.tcol:
            column = frame.index
        if column is None:
            known = ", ".join(map(str, frame.columns))
            raise DataError(
                f"there is no column {self.tcol!r} for the times", file=place, hint=f"Columns: {known}"
            )
        if pd.api.types.is_numeric_dtype(column):
            raise DataError(
                f"column {self.tcol!r} holds numbers without a unit, not times",
                file=place,
                hint="Store timestamps, or texts like 2023-01-31T06:00.",
            )
        times = pd.DatetimeIndex(pd.to_datetime(column, utc=True, errors="coerce"))
        if times.isna().any():
            raise DataError(f"{int(times.isna().sum())} of {len(times)} times are none", file=place)
        return times.tz_localize(None).as_unit("ns").rename("time")

    def __str__(self) -> str:
        return f"SourceTimeseriesParquet(uri={self.uri})"


def _version(place: Path | str) -> Version:
    """The version of a file elsewhere, as far as its server tells and the run is recorded."""
    from rompy.fetch import version_of

    if isinstance(place, str) and is_noting():
        with suppress(RompyError, OSError):
            return version_of(place)
    return Version()
