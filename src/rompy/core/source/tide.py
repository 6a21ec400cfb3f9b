"""Source: water levels of the tide, reconstructed from harmonic constituents."""

import logging
from collections.abc import Hashable, Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from pydantic import Field, field_validator

from rompy.core.duration import Duration
from rompy.core.filters import Filter, names_of, require_variables
from rompy.core.instant import instants_named, parse_instant
from rompy.core.source.base import SourceBase, shared
from rompy.core.source.tide_table import Constituent, TideTable
from rompy.core.types import DatasetCoords
from rompy.errors import ConfigError, DataError, PluginError

if TYPE_CHECKING:
    import numpy as np
    import xarray as xr

logger = logging.getLogger(__name__)

_ALIASES = {"SGM": "SIG1", "EP2": "EPS2", "LAMBDA2": "LDA2", "LAM2": "LDA2", "M1": "NO1", "RHO": "RHO1"}
"""Names that UTide has for constituents that tables call otherwise."""

_STANDARD_NAMES = {
    "MSL": "tidal_sea_surface_height_above_mean_sea_level",
    "LAT": "tidal_sea_surface_height_above_lowest_astronomical_tide",
    "MHHW": "tidal_sea_surface_height_above_mean_higher_high_water",
    "MLLW": "tidal_sea_surface_height_above_mean_lower_low_water",
    "MLWS": "tidal_sea_surface_height_above_mean_low_water_springs",
}
_OTHER_STANDARD_NAME = "water_surface_height_above_reference_datum"

_EPOCH = datetime(1970, 1, 1)
_BLOCK = 5000
"""Times reconstructed at once: UTide needs some 10 kB for each."""
_MICROSECONDS_OF_DAY = 86_400_000_000
_NODES_ONLY = (False, False, False, True)
"""To UTide: nodal corrections at every time, and no astronomical arguments."""
_DECIMALS = 6
"""Of levels (m): further ones differ between processors."""
_TIME_ENCODING = {
    "units": "seconds since 1970-01-01",
    "dtype": "int64",
    "calendar": "proleptic_gregorian",
}


class SourceTide(SourceBase):
    """Tidal water level at a gauge, for the period that is asked for, from its harmonic constituents.

    The astronomical tide alone, with nodal corrections at every time, by UTide (Codiga 2011, Unified Tidal Analysis and
    Prediction). The dataset holds ``water_level`` (m, positive up) along time in UTC. Its times are multiples of
    ``interval`` since 1970 and reach from the last one before the period to the first one after it.
    """

    model_type: Literal["tide"] = "tide"  # type: ignore[assignment]
    is_settled: ClassVar[bool] = True
    constituents: str | Path
    """JSON table of constituents: a path, ``package://name/inner/path``, or the name of one in rompy (``eden_nsw``)."""
    interval: Duration = timedelta(minutes=10)
    """Step of the series."""
    datum: str = "MSL"
    """Datum of the table that levels are counted from."""
    offset: float = 0.0
    """Added to all levels (m), such as the height of mean sea level above the datum of the model."""
    drop: list[str] = Field(default_factory=lambda: ["SA", "SSA"])
    """Constituents to leave out; by default the annual and semi-annual ones, which are weather rather than tide."""

    @field_validator("interval")
    @classmethod
    def _is_positive(cls, value: timedelta) -> timedelta:
        if value < timedelta(seconds=1):
            raise ConfigError(f"interval must be at least a second, not {value}")
        return value

    def _open(self) -> "xr.Dataset":
        raise DataError(
            "a tide goes on for ever: it needs a period",
            hint="Ask for one by a range of time in the filter, or use it where the run's period is known: "
            "filter: {crop: {time: {start: 2023-02-01, stop: 2023-02-02}}}",
        )

    def open(self, variables: Any = (), filters: Any = None, **kwargs: Any) -> "xr.Dataset":
        """As for other sources; the period is the range of time in ``filters``, which may not be open.

        Raises:
            DataError: there is no period, or the table is unfit.
            PluginError: UTide is not installed.
        """
        time = (kwargs.get("coords") or DatasetCoords()).t or "time"
        period = _period(filters, time)
        ds = self._open() if period is None else shared(self, period, lambda: self._series(*period, time))
        names = names_of(variables)
        require_variables(ds, names)
        ds = ds[names] if names else ds
        # The range of time is met already; to apply it again would cut off the values that bracket the period.
        return filters.ignoring(time)(ds)

    @property
    def coordinates(self) -> Mapping[Hashable, Any]:
        """Two times, one step apart, which is all that can be said without a period."""
        import xarray as xr

        return xr.Dataset(coords={"time": [_EPOCH, _EPOCH + self.interval]}).coords

    def _series(self, start: datetime, stop: datetime, time: str) -> "xr.Dataset":
        import numpy as np
        import xarray as xr

        table = TideTable.read(self.constituents)
        dropped = {name.upper() for name in self.drop}
        wanted = [c for c in table.constituents if c.name not in dropped]
        used, unknown = _known_to_utide(wanted)
        if unknown:
            logger.warning(
                "%s: UTide does not know %s, which are left out (amplitudes of %.1f mm in all)",
                table.name,
                ", ".join(c.name for c in unknown),
                1000 * sum(c.amplitude for c in unknown),
            )
        first, last = (start - _EPOCH) // self.interval, -((_EPOCH - stop) // self.interval)
        steps = np.arange(first, last + 1) * np.timedelta64(self.interval)
        times = np.datetime64(_EPOCH, "us") + steps
        above_datum = table.height_above(self.datum) + self.offset
        level = (_reconstruct(used, table.latitude, times) + above_datum).round(_DECIMALS)
        ds = xr.Dataset(
            {"water_level": (time, level, self._attributes())},
            coords={
                time: (time, times.astype("datetime64[ns]"), {"standard_name": "time"}),
                "longitude": ((), table.longitude, {"standard_name": "longitude", "units": "degrees_east"}),
                "latitude": ((), table.latitude, {"standard_name": "latitude", "units": "degrees_north"}),
            },
            attrs=_global_attributes(table, used.values(), [*(c.name for c in unknown), *sorted(dropped)]),
        )
        ds[time].encoding = dict(_TIME_ENCODING)
        return ds

    def _attributes(self) -> dict[str, Any]:
        standard_name = _STANDARD_NAMES.get(self.datum, _OTHER_STANDARD_NAME)
        return {
            "standard_name": _OTHER_STANDARD_NAME if self.offset else standard_name,
            "long_name": "tidal water level",
            "units": "m",
            "positive": "up",
            # With an offset they count from something else, which only its author knows.
            **({"offset_m": self.offset} if self.offset else {"vertical_datum": self.datum}),
        }

    def __str__(self) -> str:
        return f"SourceTide(constituents={self.constituents})"


def _global_attributes(table: TideTable, used: Iterable[Constituent], left_out: list[str]) -> dict[str, str]:
    return {
        "title": f"Astronomical tide at {table.name}",
        "source": "harmonic constituents, reconstructed with UTide",
        "constituents": ", ".join(c.name for c in used),
        "constituents_left_out": ", ".join(left_out),
        "references": table.attribution,
        "license": table.licence,
    }


def _period(filters: Any, time: str) -> tuple[datetime, datetime] | None:
    """First and last time that all ranges of a filter leave; None when they leave an end open.

    Raises:
        ConfigError: the range holds no times, or ends before it starts.
    """
    ranges = filters.ranges.get(time, []) if isinstance(filters, Filter) else []
    starts = [_time(range_.start, last=False) for range_ in ranges if range_.start is not None]
    stops = [_time(range_.stop, last=True) for range_ in ranges if range_.stop is not None]
    if not starts or not stops:
        return None
    start, stop = max(starts), min(stops)
    if start > stop:
        raise ConfigError(
            f"the ranges of {time!r} leave no period: it would start at {start} and end at {stop}"
        )
    return start, stop


def _time(limit: Any, *, last: bool) -> datetime:
    return instants_named(limit)[last] if isinstance(limit, str) else parse_instant(limit)


def _known_to_utide(constituents: list[Constituent]) -> tuple[dict[int, Constituent], list[Constituent]]:
    """Constituents by their number in UTide, and those that it does not know."""
    try:
        from utide import constit_index_dict as numbers
    except ImportError as error:
        raise PluginError("tides need UTide", hint='Install it: pip install "rompy[tide]"') from error

    used: dict[int, Constituent] = {}
    unknown = []
    for constituent in constituents:
        number = numbers.get(constituent.name, numbers.get(_ALIASES.get(constituent.name, "")))
        if number is None:
            unknown.append(constituent)
        elif number in used:
            raise DataError(f"{constituent.name} and {used[number].name} are one constituent under two names")
        else:
            used[number] = constituent
    return used, unknown


def _reconstruct(used: Mapping[int, Constituent], latitude: float, times: "np.ndarray") -> "np.ndarray":
    """Water level about its mean (m) at ``times`` (datetime64), with nodal corrections and arguments at every time.

    The sum is made constituent by constituent, and not by a product of matrices, whose last digits depend on the
    processor and on the number of its threads. What is left of such differences is far below a micrometre.
    """
    import numpy as np
    from utide.harmonics import FUV

    numbers = np.array(list(used), dtype=int)
    first_day = np.datetime64("0000-12-31", "us")  # UTide counts from the first of January of the year 1
    level = np.zeros(times.size)
    for start in range(0, times.size, _BLOCK):
        block = slice(start, start + _BLOCK)
        # More digits than usual, since these are large numbers of which only the part behind the point counts.
        days = (times[block] - first_day).astype("int64").astype(np.longdouble) / _MICROSECONDS_OF_DAY
        # UTide divides by the sine of the latitude; within five degrees of the equator it takes five.
        factor, correction, _ = FUV(days.astype(float), 0.0, numbers, latitude or 1e-6, _NODES_ONLY)
        cycles = _arguments(numbers, days) + correction.T
        for constituent, height, cycle in zip(used.values(), factor.T, cycles, strict=True):
            phase = 2 * np.pi * cycle - np.radians(constituent.phase)
            level[block] += constituent.amplitude * height * np.cos(phase)
    return level


def _arguments(numbers: "np.ndarray", days: "np.ndarray") -> "np.ndarray":
    """Astronomical arguments at Greenwich (cycles), shape (constituents, times), by Doodson's numbers.

    Those of shallow water are sums of those of the constituents that they come from.
    """
    import numpy as np
    from utide import ut_constants
    from utide.astronomy import ut_astron

    const, shallow = ut_constants.const, ut_constants.shallow
    table = np.column_stack([const.doodson, const.semi])
    variables = ut_astron(days)[0].astype(float)
    cycles = np.zeros((numbers.size, days.size))
    for number, into in zip(numbers, cycles, strict=True):
        row = table[number]
        if np.isnan(row).any():
            first = int(const.ishallow[number]) - 1
            parts = range(first, first + int(const.nshallow[number]))
            row = sum(shallow.coef[part] * table[shallow.iname[part] - 1] for part in parts)
        into += row[-1]
        for count, variable in zip(row[:-1], variables, strict=True):
            into += count * variable
    return cycles
