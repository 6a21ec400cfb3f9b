"""Services are asked for what is needed, and what they refuse is said."""

import json
import threading
from urllib.parse import unquote, urlsplit
from wsgiref.simple_server import WSGIRequestHandler, make_server

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rompy import plugins
from rompy.core.filters import Filter
from rompy.core.source import SourceErddap, SourceOpendap, opened_once
from rompy.core.types import DatasetCoords
from rompy.errors import CoverageError, DataError, MissingFileError
from rompy.testing import SourceSuite

pytest_plugins = ["rompy.testing.fixtures"]


class Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def serve():
    """A function that serves a WSGI application, and returns its address and the paths that were asked for."""
    servers = []

    def start(app):
        asked = []

        def noted(environ, respond):
            asked.append(unquote(f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"))
            return app(environ, respond)

        server = make_server("127.0.0.1", 0, noted, handler_class=Quiet)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_port}", asked

    yield start
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def dap(serve, tiny_dataset):
    """An OPeNDAP server with the tiny dataset."""
    handlers = pytest.importorskip("pydap.handlers.lib")
    from pydap.model import BaseType, DatasetType

    found = DatasetType("tiny")
    axes = {
        "time": (np.arange(7.0), {"units": "hours since 2023-01-01"}),
        "latitude": (tiny_dataset.latitude.values, {"units": "degrees_north"}),
        "longitude": (tiny_dataset.longitude.values, {"units": "degrees_east"}),
    }
    bases = {name: BaseType(name, values, dims=(name,), **attrs) for name, (values, attrs) in axes.items()}
    for name, variable in tiny_dataset.data_vars.items():
        # As arrays, not grids: of pydap's grids the netCDF library reads rubbish.
        found[name] = BaseType(name, variable.values, dims=variable.dims, **variable.attrs)
    for axis, base in bases.items():
        found[axis] = base
    url, asked = serve(handlers.BaseHandler(found))
    return f"{url}/tiny", asked


class TestOpendap(SourceSuite):
    @pytest.fixture(autouse=True)
    def known(self):
        with plugins.registered("rompy.source", "opendap", SourceOpendap):
            yield

    @pytest.fixture
    def source_class(self):
        return SourceOpendap

    @pytest.fixture
    def description(self, dap):
        return {"model_type": "opendap", "uri": dap[0]}


def test_opendap_sends_only_the_part_that_is_used(dap, tiny_dataset):
    url, asked = dap
    with opened_once():
        ds = SourceOpendap(uri=url).open(
            filters=Filter(crop={"time": slice("2023-01-01T02", "2023-01-01T03")})
        )
        np.testing.assert_array_equal(ds.v10, tiny_dataset.v10[2:4])
    with opened_once():
        ds = SourceOpendap(uri=url.replace("http", "dap2"), engine="pydap").open(variables=["u10"])
        np.testing.assert_array_equal(ds.u10[1], tiny_dataset.u10[1])
    assert any("u10" in path and "[1:1:1]" in path for path in asked)


def test_an_opendap_server_that_is_not_there_is_an_error():
    with pytest.raises(DataError, match="cannot be opened|nothing at"):
        SourceOpendap(uri="http://127.0.0.1:9/opendap/winds").open()


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
            rows.append([kind if name in axes else "variable", name, "", "double", ""])
            values = ds[name].values
            if name in axes:
                values = values.astype("datetime64[s]").astype(float) if name == "time" else values
                rows.append(["attribute", name, "actual_range", "double", f"{values[0]}, {values[-1]}"])
            if "units" in ds[name].attrs:
                rows.append(["attribute", name, "units", "String", ds[name].attrs["units"]])
        return json.dumps({"table": {"columnNames": [], "rows": rows}}).encode()

    def cut(self, query):
        import re

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
                picked[axis] = slice(*ends)
        return bytes(self.grid[names].sel(picked).to_netcdf(engine="h5netcdf"))

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
def erddap(serve, tiny_dataset):
    times = pd.date_range("2023-01-01", periods=8, freq="h")
    table = xr.Dataset(
        {"hs": ("time", np.arange(8.0), {"units": "m"}), "station": ("time", ["a", "b"] * 4)}, {"time": times}
    )
    url, asked = serve(Erddap(tiny_dataset, table))
    return f"{url}/erddap", asked


@pytest.mark.filterwarnings("ignore:.*:UserWarning:h5netcdf")
class TestErddap(SourceSuite):
    @pytest.fixture(autouse=True)
    def known(self):
        with plugins.registered("rompy.source", "erddap", SourceErddap):
            yield

    @pytest.fixture
    def source_class(self):
        return SourceErddap

    @pytest.fixture
    def description(self, erddap):
        return {"model_type": "erddap", "server": erddap[0], "dataset_id": "winds"}

    @pytest.fixture
    def missing(self, erddap):
        return {"model_type": "erddap", "server": erddap[0], "dataset_id": "no_such_dataset"}


def test_ranges_of_a_grid_become_constraints_that_the_server_can_meet(erddap, tiny_dataset):
    server, asked = erddap
    box = {
        "time": slice("2022-12-31", "2023-01-01T02:00:00"),
        "latitude": slice(-35, -20),
        "longitude": slice(147, 153),
    }
    with opened_once():
        ds = SourceErddap(server=server, dataset_id="winds").open(
            ["u10"], Filter(crop=box), coords=DatasetCoords()
        )
        expected = tiny_dataset.u10.sel(time=slice(None, "2023-01-01T02"), latitude=slice(-20, -35))
        np.testing.assert_array_equal(ds.u10, expected.sel(longitude=slice(147, 153)))
    query = next(path for path in asked if "griddap" in path)
    assert "v10" not in query
    assert "[(2023-01-01T00:00:00Z):1:(2023-01-01T02:00:00Z)][(-30.0):1:(-35.0)][(147.0):1:(153.0)]" in query
    with pytest.raises(CoverageError, match=r"they cover 145\.0 to 155\.0"):
        SourceErddap(server=server, dataset_id="winds").open(
            filters=Filter(crop={"longitude": slice(10, 20)})
        )


def test_a_table_is_a_series_with_units(erddap):
    server, asked = erddap
    source = SourceErddap(
        server=server, dataset_id="buoys", protocol="tabledap", constraints={"station=": "a"}
    )
    ds = source.open(["hs"], Filter(crop={"time": slice("2023-01-01T01", "2023-01-01T05")}))
    assert ds.hs.values.tolist() == [2.0, 4.0]
    assert ds.hs.attrs["units"] == "m"
    assert "time>=2023-01-01T01:00:00Z" in asked[-1]


def test_what_erddap_does_not_have_is_missing(erddap):
    with pytest.raises(MissingFileError, match="no_such"):
        SourceErddap(server=erddap[0], dataset_id="no_such").open()
    with pytest.raises(DataError, match="does not answer|nothing at"):
        SourceErddap(server=urlsplit(erddap[0])._replace(path="/other").geturl(), dataset_id="winds").open()
