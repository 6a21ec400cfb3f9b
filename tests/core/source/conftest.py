"""Services on the loopback interface for tests of sources."""

import json
import re
from urllib.parse import unquote

import pandas as pd
import pytest


class Erddap:
    """What ERDDAP answers for one grid and one table, refusing ranges beyond the data as it does."""

    def __init__(self, grid, table):
        self.grid, self.table = grid, table

    def __call__(self, environ, respond):
        path, query = environ["PATH_INFO"], unquote(environ["QUERY_STRING"])
        try:
            body = self.answer(path, query)
        except KeyError as error:
            respond("404 Not Found", [("Content-Type", "text/plain")])
            return [f"Error: {error}".encode()]
        respond("200 OK", [("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def answer(self, path, query):
        kind = path.rpartition(".")[0]
        if path == "/erddap/info/winds/index.json":
            return self.info(self.grid, "dimension", ("time", "latitude", "longitude"))
        if path == "/erddap/info/buoys/index.json":
            return self.info(self.table, "variable", ("time",))
        if kind == "/erddap/griddap/winds":
            return self.cut(query)
        if kind == "/erddap/tabledap/buoys":
            return self.rows(query)
        raise KeyError(path)

    def info(self, ds, kind, axes):
        rows = []
        for name in (*axes, *ds.data_vars):
            length = f"nValues={ds[name].size}, evenlySpaced=true, averageSpacing=1" if name in axes else ""
            rows.append([kind if name in axes else "variable", name, "", "double", length])
            values = ds[name].values
            if name in axes:
                values = values.astype("datetime64[s]").astype(float) if name == "time" else values
                rows.append(["attribute", name, "actual_range", "double", f"{values[0]}, {values[-1]}"])
            if "units" in ds[name].attrs:
                rows.append(["attribute", name, "units", "String", ds[name].attrs["units"]])
        rows += [["attribute", "NC_GLOBAL", key, "String", value] for key, value in ds.attrs.items()]
        return json.dumps({"table": {"columnNames": [], "rows": rows}}).encode()

    def cut(self, query):
        names, picked = [], {}
        for name, brackets in re.findall(r"(\w+)((?:\[[^\]]*\])+)", query):
            names.append(name)
            for axis, (first, last) in zip(
                self.grid[name].dims, re.findall(r"\[\(([^)]*)\):1:\(([^)]*)\)\]", brackets), strict=True
            ):
                ends = [
                    pd.Timestamp(e).tz_localize(None) if axis == "time" else float(e) for e in (first, last)
                ]
                index = self.grid.indexes[axis]
                if not index.min() <= min(ends) <= max(ends) <= index.max():
                    raise KeyError("is outside of the axis' actual_range")
                first, last = index.get_indexer(ends, method="nearest")
                picked[axis] = slice(first, last + 1)
        return bytes(self.grid[names].isel(picked).to_netcdf(engine="h5netcdf"))

    def rows(self, query):
        names, *bounds = query.split("&")
        frame = self.table.to_dataframe().reset_index()
        for bound in bounds:
            for sign in (">=", "<=", "="):
                name, found, limit = bound.partition(sign)
                if found:
                    limit = pd.Timestamp(limit).tz_localize(None) if name == "time" else limit.strip('"')
                    column = frame[name]
                    frame = frame[
                        column >= limit
                        if sign == ">="
                        else column <= limit
                        if sign == "<="
                        else column == limit
                    ]
                    break
        frame = frame.assign(time=frame.time.dt.strftime("%Y-%m-%dT%H:%M:%SZ"))
        if names:
            frame = frame[names.split(",")]
        lines = frame.to_csv(index=False).splitlines()
        return "\n".join(
            [lines[0], ",".join("UTC" if n == "time" else "m" for n in frame.columns), *lines[1:]]
        ).encode()


@pytest.fixture
def erddap_app():
    """Makes an application that answers as ERDDAP does, of a grid and a table."""
    return Erddap
