"""Source: a dataset on an ERDDAP server, cut by the server to what is needed."""

import re
from datetime import datetime, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Literal
from urllib.parse import quote

from pydantic import Field

from rompy import inputs
from rompy.core.driver import open_dataset
from rompy.core.noting.history import without_history
from rompy.core.source.base import SourceBase
from rompy.core.source.dap_version import described, states_its_making
from rompy.core.source.wanted import Limits, Wanted
from rompy.errors import CoverageError, DataError, MissingFileError
from rompy.fetch import fetch, fetch_part
from rompy.fetch.turns import while_waiting
from rompy.transfer.http import explained
from rompy.transfer.part import Part
from rompy.transfer.version import Version

if TYPE_CHECKING:
    import xarray as xr

Info = dict[tuple[str, str], Any]
"""Values of attributes by variable and attribute; under the attribute "" the kind: dimension or variable, and under
"nValues" the length of a dimension."""

_MARGIN = 2
"""Labels that are asked for beyond each end of a range, where the server tells how many there are."""


class SourceErddap(SourceBase):
    """A dataset of ERDDAP: a grid (``griddap``), which comes as netCDF, or a table (``tabledap``), as CSV.

    Ranges of the filter become constraints, so that only what they cover is sent. Answers are kept in the cache, and
    not asked for again while what the server tells about the dataset, with the date or the history of its making, is
    the same.
    """

    model_type: Literal["erddap"] = "erddap"  # type: ignore[assignment]
    cuts_exactly: ClassVar[bool] = True
    is_service: ClassVar[bool] = True
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
        import xarray as xr

        names = variables or [name for (name, key), kind in info.items() if key == "" and kind == "variable"]
        dims = [name for (name, key), kind in info.items() if key == "" and kind == "dimension"]
        brackets = [_brackets(name, ranges.get(name, (None, None)), info) for name in dims]
        halves = max(map(len, brackets), default=1)
        parts = []
        for half in range(halves):
            cut = "".join(f"[{each[half % len(each)]}]" for each in brackets)
            # ERDDAP takes the characters of its own query language as they are.
            query = quote(",".join(name + cut for name in names), safe=",():-.")
            answer = self._answer("griddap", "nc", query, info)
            with inputs.unnoted():
                parts.append(open_dataset(answer))
        if halves == 1:
            return parts[0]
        along = next(name for name, each in zip(dims, brackets, strict=True) if len(each) > 1)
        joined = xr.concat([part.load() for part in parts], along, join="exact", combine_attrs="override")
        for part in parts:
            part.close()
        return joined.sortby(along)

    def _answer(self, protocol: str, suffix: str, query: str, info: Info) -> Path:
        """The server's answer to a query, from the cache while the dataset is the same."""
        whole = f"{self.server.rstrip('/')}/{protocol}/{self.dataset_id}"
        url = f"{whole}.{suffix}?{query}"

        def bring(path: Path) -> None:
            from rompy.transfer.download import download
            from rompy.transfer.stream import Request

            try:
                with while_waiting(), explained(url):
                    download(Request(url), Part(path))
            except MissingFileError as error:
                raise MissingFileError(f"there is nothing at {url}") from error
            if suffix == "nc":
                from rompy.core.netcdf import write_netcdf

                with open_dataset(path) as ds:
                    write_netcdf(without_history(ds), path)

        told = [info]
        return fetch_part(
            whole,
            {"query": query},
            bring,
            version=lambda: _version(told.pop() if told else self._info()),
            suffix=f".{suffix}",
        )

    def answer(self, query: str) -> Path:
        """What the server answers to a query, as a record tells it: netCDF of a grid, CSV of a table."""
        return self._answer(self.protocol, "nc" if self.protocol == "griddap" else "csv", query, self._info())

    def _table(self, info: Info, variables: list[str], ranges: dict[str, Limits]) -> "xr.Dataset":
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
        return _series(self._answer("tabledap", "csv", quote(query, safe=",&"), info), info)

    def _info(self) -> Info:
        """What the server tells about the dataset."""
        import json

        url = f"{self.server.rstrip('/')}/info/{self.dataset_id}/index.json"
        try:
            answer = fetch(url).read_bytes()
        except MissingFileError as error:
            raise MissingFileError(f"there is nothing at {url}") from error
        try:
            rows = json.loads(answer)["table"]["rows"]
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(f"{url} does not answer as an ERDDAP server does: {error}") from error
        info: Info = {}
        for kind, name, key, _, value in rows:
            info[name, key if kind == "attribute" else ""] = value if kind == "attribute" else kind
            length = re.search(r"nValues=(\d+)", str(value)) if kind == "dimension" else None
            if length:
                info[name, "nValues"] = int(length[1])
        return info

    def __str__(self) -> str:
        return f"SourceErddap(server={self.server}, dataset_id={self.dataset_id})"


def _series(answer: Path, info: Info) -> "xr.Dataset":
    """The table that the server sent, along time if it has times."""
    import pandas as pd
    import xarray as xr

    frame = pd.read_csv(answer, skiprows=[1])  # the second line holds the units
    if "time" in frame.columns:
        frame = frame.set_index(pd.DatetimeIndex(pd.to_datetime(frame.pop("time"), utc=True), name="time"))
        frame.index = frame.index.tz_localize(None).as_unit("ns")
    ds = xr.Dataset.from_dataframe(frame)
    for name in ds.data_vars:
        known = {key: info.get((str(name), key)) for key in ("units", "standard_name", "long_name")}
        ds[name].attrs.update({key: value for key, value in known.items() if value})
    return ds


def _version(info: Info) -> Version:
    """The version of a dataset: what the server tells about it, if that says when or how it was made."""
    if not states_its_making([key for name, key in info if name == "NC_GLOBAL"]):
        return Version()
    return described(repr(sorted((name, key, str(value)) for (name, key), value in info.items())))


def _brackets(name: str, limits: Limits, info: Info) -> list[str]:
    """The range of a dimension as ERDDAP writes it; two where a stretch of longitudes lies at both ends of the data."""
    start, stop = limits
    is_longitude = name in ("longitude", "lon") or info.get((name, "units")) == "degrees_east"
    if not is_longitude or start is None or stop is None:
        return [_bracket(name, limits, info)]
    low, high = _actual(name, info)
    turns = [turn for turn in (0.0, 360.0, -360.0) if start + turn <= high and stop + turn >= low]
    if (low <= start and stop <= high) or not turns:
        turns = [0.0]
    return [_bracket(name, (start + turn, stop + turn), info) for turn in turns]


def _bracket(name: str, limits: Limits, info: Info) -> str:
    """A range of a dimension as ERDDAP writes it, kept to what there is, since it refuses anything beyond.

    It takes the labels nearest to both ends; a margin makes sure that what lies around the range comes too.
    """
    low, high = _actual(name, info)
    start, stop = (None if limit is None else _number(limit) for limit in limits)
    if (start is not None and start > high) or (stop is not None and stop < low):
        raise CoverageError(
            f"no {name!r} of the data lies in {_text(limits[0])} to {_text(limits[1])}: they cover "
            f"{_shown(name, low)} to {_shown(name, high)}"
        )
    margin = _MARGIN * (high - low) / max(info.get((name, "nValues"), 0) - 1, 1)
    margin = margin if (name, "nValues") in info else 0.0
    ends = [
        low if start is None else max(start - margin, low),
        high if stop is None else min(stop + margin, high),
    ]
    if _descends(name, info):
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
    return limit.replace(tzinfo=timezone.utc).timestamp() if isinstance(limit, datetime) else float(limit)


def _shown(name: str, value: float) -> str:
    if name != "time":
        return repr(value)
    return datetime.fromtimestamp(value, tz=timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _text(limit: Any) -> str:
    return limit.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(limit, datetime) else str(limit)
