"""Source: a dataset on an ERDDAP server, cut by the server to what is needed."""

import io
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import quote

from pydantic import Field

from rompy.core.driver import close_too, fetched, open_dataset
from rompy.core.remote import explained, filesystem
from rompy.core.source.base import SourceBase
from rompy.core.source.wanted import Limits, Wanted
from rompy.errors import CoverageError, DataError

if TYPE_CHECKING:
    import xarray as xr

Info = dict[tuple[str, str], Any]
"""Values of attributes by variable and attribute; under the attribute "" the kind: dimension or variable."""


class SourceErddap(SourceBase):
    """A dataset of ERDDAP: a grid (``griddap``), which comes as netCDF, or a table (``tabledap``), as CSV.

    Ranges of the filter become constraints, so that only what they cover is sent.
    """

    model_type: Literal["erddap"] = "erddap"  # type: ignore[assignment]
    server: str
    """Address of the server, such as ``https://coastwatch.pfeg.noaa.gov/erddap``."""
    dataset_id: str
    """Identifier of the dataset."""
    protocol: Literal["griddap", "tabledap"] = "griddap"
    """Whether it is a grid or a table."""
    constraints: dict[str, Any] = Field(default_factory=dict)
    """Further constraints of a table: values by name and operator, such as ``{"station=": "46042"}``."""

    def _open(self) -> "xr.Dataset":
        return self._open_part(((), ()))

    def _request(self, wanted: Wanted) -> Any:
        ranges = {
            name: wanted.limits(name) for name in (wanted.coords.x, wanted.coords.y, wanted.coords.z) if name
        }
        if wanted.coords.t:
            ranges[wanted.coords.t] = wanted.period
        kept = tuple((name, *limits) for name, limits in sorted(ranges.items()) if limits != (None, None))
        return tuple(wanted.variables), kept

    def _open_part(self, request: Any) -> "xr.Dataset":
        variables, kept = request
        info = self._info()
        ranges = {name: (start, stop) for name, start, stop in kept}
        wanted = [name for name in variables if (name, "") in info and info[name, ""] == "variable"]
        if self.protocol == "griddap":
            return self._grid(info, wanted, ranges)
        return self._table(info, wanted, ranges)

    def _grid(self, info: Info, variables: list[str], ranges: dict[str, Limits]) -> "xr.Dataset":
        names = variables or [name for (name, key), kind in info.items() if key == "" and kind == "variable"]
        dims = [name for (name, key), kind in info.items() if key == "" and kind == "dimension"]
        cut = "".join(f"[{_bracket(name, ranges.get(name, (None, None)), info)}]" for name in dims)
        # ERDDAP takes the characters of its own query language as they are.
        query = quote(",".join(name + cut for name in names), safe=",():-.")
        return self._fetched(f"{self.server.rstrip('/')}/griddap/{self.dataset_id}.nc?{query}")

    def _fetched(self, url: str) -> "xr.Dataset":
        path, forget = fetched(url)
        try:
            return close_too(open_dataset(path), forget)
        except BaseException:
            forget()
            raise

    def _table(self, info: Info, variables: list[str], ranges: dict[str, Limits]) -> "xr.Dataset":
        import pandas as pd
        import xarray as xr

        names = [name for (name, key), kind in info.items() if key == "" and kind == "variable"]
        asked = (
            dict.fromkeys([*variables, *(name for name in ("time", *ranges) if name in names)])
            if variables
            else {}
        )
        bounds = [
            f"{name}{sign}{_text(limit)}"
            for name, limits in ranges.items()
            if name in names
            for sign, limit in zip((">=", "<="), limits, strict=True)
            if limit is not None
        ]
        bounds += [
            f'{name}"{value}"' if isinstance(value, str) else f"{name}{value}"
            for name, value in self.constraints.items()
        ]
        query = "&".join([",".join(asked), *bounds])
        text = self._read(
            f"{self.server.rstrip('/')}/tabledap/{self.dataset_id}.csv?{quote(query, safe=',&')}"
        )
        frame = pd.read_csv(io.BytesIO(text), skiprows=[1])  # the second line holds the units
        if "time" in frame.columns:
            frame = frame.set_index(
                pd.DatetimeIndex(pd.to_datetime(frame.pop("time"), utc=True), name="time")
            )
            frame.index = frame.index.tz_localize(None).as_unit("ns")
        ds = xr.Dataset.from_dataframe(frame)
        for name in ds.data_vars:
            known = {key: info.get((str(name), key)) for key in ("units", "standard_name", "long_name")}
            ds[name].attrs.update({key: value for key, value in known.items() if value})
        return ds

    def _info(self) -> Info:
        """What the server tells about the dataset."""
        import json

        url = f"{self.server.rstrip('/')}/info/{self.dataset_id}/index.json"
        answer = self._read(url)
        try:
            rows = json.loads(answer)["table"]["rows"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{url} does not answer as an ERDDAP server does: {error}") from error
        return {
            (name, key if kind == "attribute" else ""): value if kind == "attribute" else kind
            for kind, name, key, _, value in rows
        }

    def _read(self, url: str) -> bytes:
        store, path = filesystem(url)
        try:
            return bytes(store.cat_file(path))
        except Exception as error:  # whatever the network or the service says
            raise explained(error, url) from error

    def __str__(self) -> str:
        return f"SourceErddap(server={self.server}, dataset_id={self.dataset_id})"


def _bracket(name: str, limits: Limits, info: Info) -> str:
    """A range of a dimension as ERDDAP writes it, kept to what there is, since it refuses anything beyond."""
    low, high = _actual(name, info)
    start, stop = (None if limit is None else _number(limit) for limit in limits)
    if (start is not None and start > high) or (stop is not None and stop < low):
        raise CoverageError(
            f"no {name!r} of the data lies in {_text(limits[0])} to {_text(limits[1])}: they cover "
            f"{_shown(name, low)} to {_shown(name, high)}"
        )
    ends = [low if start is None else max(start, low), high if stop is None else min(stop, high)]
    spacing = str(info.get((name, ""), ""))
    if spacing and _descends(name, info):
        ends.reverse()
    return ":1:".join(f"({_shown(name, end)})" for end in ends)


def _actual(name: str, info: Info) -> tuple[float, float]:
    text = info.get((name, "actual_range"))
    if text is None:
        raise DataError(f"the server does not tell the range of {name!r}")
    low, high = sorted(float(part) for part in str(text).split(","))
    return low, high


def _descends(name: str, info: Info) -> bool:
    first, last = (float(part) for part in str(info[name, "actual_range"]).split(","))
    return first > last


def _number(limit: Any) -> float:
    """A limit in the units of ERDDAP, whose times are seconds since 1970."""
    from datetime import timezone

    return limit.replace(tzinfo=timezone.utc).timestamp() if isinstance(limit, datetime) else float(limit)


def _shown(name: str, value: float) -> str:
    from datetime import timezone

    if name != "time":
        return repr(value)
    return datetime.fromtimestamp(value, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(limit: Any) -> str:
    return limit.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(limit, datetime) else str(limit)
