"""What is demanded of a dataset's times: a calendar, an order, no time twice, no gaps."""

from datetime import timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from rompy.core.duration import parse_duration
from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError, DataError

if TYPE_CHECKING:
    import pandas as pd
    import xarray as xr


class TimeAxis(RompyBaseModel):
    """Demands on the times of a dataset."""

    units: str | None = Field(default=None, examples=["hours since 2000-01-01"])
    """What the numbers mean, where the data do not say it and times are therefore plain numbers."""
    calendar: Literal["standard", "keep"] = "standard"
    """Turn times of other calendars into those of the standard one, or keep them."""
    order: Literal["raise", "sort"] = "raise"
    """What becomes of times that are out of order."""
    duplicates: Literal["raise", "first", "last"] = "raise"
    """What becomes of times that are there more than once."""
    max_gap: Annotated[
        timedelta | None, BeforeValidator(lambda v: None if v is None else parse_duration(v))
    ] = None
    """The longest time that may lie between two times; any if not given."""

    @property
    def changes(self) -> bool:
        """Whether times in the data may be other values than in the end."""
        return self.units is not None

    def adapt(self, ds: "xr.Dataset", name: str) -> "xr.Dataset":
        """``ds`` with times that meet the demands.

        Raises:
            DataError: they do not, or cannot be told.
        """
        if name not in ds.dims or name not in ds.coords:
            return ds
        ds = self._standard(self._decoded(ds, name), name)
        index = ds.indexes[name]
        if self.order == "sort" and not index.is_monotonic_increasing:
            ds = ds.sortby(name)
        if self.duplicates != "raise" and not ds.indexes[name].is_unique:
            ds = ds.isel({name: ~ds.indexes[name].duplicated(keep=self.duplicates)})
        check_order(ds.indexes[name], name)
        self._check_gaps(ds.indexes[name], name)
        return ds

    def _decoded(self, ds: "xr.Dataset", name: str) -> "xr.Dataset":
        import xarray as xr

        times = ds[name]
        if times.dtype.kind not in "iuf":
            if self.units is not None:
                raise DataError(
                    f"units are given for {name!r}, but the data say what their times are",
                    field="times.units",
                )
            return ds
        if self.units is None:
            raise DataError(
                f"{name!r} holds numbers from {times.values[0]} to {times.values[-1]} without a unit, not times",
                hint='Say what they mean: times: {units: "hours since 2000-01-01"}',
            )
        try:
            coded = xr.Dataset({name: (name, times.values, {"units": self.units})})
            return ds.assign_coords({name: xr.decode_cf(coded)[name]})
        except (ValueError, OverflowError) as error:
            raise ConfigError(f"{self.units!r} is no unit of times: {error}", field="times.units") from error

    def _standard(self, ds: "xr.Dataset", name: str) -> "xr.Dataset":
        first = ds[name].values.flat[0]
        calendar = getattr(first, "calendar", None)
        if calendar is None or self.calendar == "keep":
            return ds
        try:
            converted = ds.convert_calendar("standard", dim=name, use_cftime=False, align_on="date")
        except (ValueError, OverflowError) as error:
            raise DataError(
                f"times of the calendar {calendar!r} cannot become those of the standard one: {error}"
            ) from error
        lost = ds.sizes[name] - converted.sizes[name]
        if lost:
            raise DataError(
                f"{lost} of {ds.sizes[name]} times of the calendar {calendar!r} do not exist in the standard one",
                hint="Keep the calendar (times: {calendar: keep}) or convert the data beforehand.",
            )
        return converted

    def _check_gaps(self, index: "pd.Index[Any]", name: str) -> None:
        if self.max_gap is None or len(index) < 2:
            return
        steps = index[1:] - index[:-1]
        worst = int(steps.argmax())
        if steps[worst] > self.max_gap:
            raise DataError(
                f"between {index[worst]} and {index[worst + 1]} there is a gap of {steps[worst]} along {name!r}, more "
                f"than the {self.max_gap} that are allowed ({int((steps > self.max_gap).sum())} such gaps)"
            )


def check_order(index: "pd.Index[Any]", name: str) -> None:
    """Check that times rise, and none is there twice.

    Raises:
        DataError: they do not; says where.
    """
    if not index.is_unique:
        repeated = index[index.duplicated()]
        raise DataError(
            f"{len(repeated)} of {len(index)} labels along {name!r} are there more than once, first {repeated[0]}",
            hint="Say which are to be used: adapter: {times: {duplicates: first}}, or last.",
        )
    if not index.is_monotonic_increasing:
        falls = next(i for i in range(1, len(index)) if index[i] < index[i - 1])
        raise DataError(
            f"{name!r} is out of order: {index[falls]} comes after {index[falls - 1]}",
            hint="Sort it: adapter: {times: {order: sort}}, or filter: {sort: {coords: [" + name + "]}}",
        )
