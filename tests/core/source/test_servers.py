"""Services are asked for what is needed, and what they refuse is said."""

from urllib.parse import urlsplit

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rompy import plugins
from rompy.core.filters import Filter
from rompy.core.source import SourceErddap, SourceFile, SourceOpendap, opened_once
from rompy.core.types import DatasetCoords
from rompy.errors import CoverageError, DataError, MissingFileError
from rompy.testing import SourceSuite

pytest_plugins = ["rompy.testing.fixtures"]


@pytest.fixture
def dap(serve, served, tiny_dataset):
    """An OPeNDAP server with the tiny dataset."""
    handlers = pytest.importorskip("pydap.handlers.lib")
    from pydap.model import BaseType, DatasetType

    found = DatasetType("tiny")
    found.attributes = {"NC_GLOBAL": {"history": "made first"}}
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
    served.append(found)
    return f"{url}/tiny", asked


@pytest.fixture
def served():
    """The datasets that are served, for tests that change them."""
    return []


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
        ds = SourceOpendap(uri=url, engine="pydap").open(variables=["u10"])
        np.testing.assert_array_equal(ds.u10[1], tiny_dataset.u10[1])
    assert any("u10" in path and "[1:1:1]" in path for path in asked)


HOURS = Filter(crop={"time": slice("2023-01-01T02", "2023-01-01T03"), "latitude": slice(-37, -33)})


@pytest.fixture
def _own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))


def _data_of(asked):
    return [path for path in asked if ".dods" in path and "u10" in path]


@pytest.mark.usefixtures("_own_cache")
@pytest.mark.parametrize("engine", ["netcdf4", "pydap"])
def test_a_part_of_an_opendap_dataset_comes_once_while_its_description_is_the_same(
    engine, dap, served, tiny_dataset
):
    url, asked = dap
    source = SourceOpendap(uri=url, engine=engine)
    expected = tiny_dataset.u10.sel(time=slice("2023-01-01T02", "2023-01-01T03"), latitude=slice(-33, -37))
    with opened_once():
        first = source.open(["u10"], HOURS).load()
    np.testing.assert_array_equal(first.u10, expected)
    assert _data_of(asked)
    asked.clear()
    with opened_once():
        assert source.open(["u10"], HOURS).load().identical(first)
    assert [path for path in asked if not path.startswith(("/tiny.dds", "/tiny.das"))] == []
    served[0].attributes["NC_GLOBAL"]["history"] = "made again"
    served[0]["u10"].data = served[0]["u10"].data + 1
    with opened_once():
        np.testing.assert_array_equal(source.open(["u10"], HOURS).u10, expected + 1)


@pytest.mark.usefixtures("_own_cache")
def test_an_opendap_dataset_that_tells_no_version_is_asked_for_each_time(dap, served, monkeypatch):
    url, asked = dap
    served[0].attributes = {"NC_GLOBAL": {"title": "winds"}}
    for offline in ("0", "0", "1"):
        asked.clear()
        monkeypatch.setenv("ROMPY_OFFLINE", offline)
        with opened_once():
            SourceOpendap(uri=url).open(["u10"], HOURS).load()
        assert bool(_data_of(asked)) == (offline == "0")
        assert bool(asked) == (offline == "0")


@pytest.mark.usefixtures("_own_cache")
@pytest.mark.parametrize("wanted", [([], HOURS), (["u10"], None)])
def test_what_is_not_cut_is_read_where_it_is(wanted, dap):
    from rompy.fetch import Cache

    with opened_once():
        ds = SourceOpendap(uri=dap[0]).open(*wanted)
        assert not ds.u10.variable._in_memory
    assert Cache().entries() == []


@pytest.mark.usefixtures("_own_cache")
def test_a_range_beyond_the_data_is_explained_as_ever(dap):
    with pytest.raises(CoverageError, match="they cover 2023-01-01"):
        SourceOpendap(uri=dap[0]).open(["u10"], Filter(crop={"time": slice("2024-01-01", "2024-01-02")}))


def test_an_opendap_server_that_is_not_there_is_an_error():
    with pytest.raises(DataError, match="cannot be opened|nothing at"):
        SourceOpendap(uri="http://127.0.0.1:9/opendap/winds").open()


@pytest.fixture
def erddap(serve, erddap_app, tiny_dataset):
    times = pd.date_range("2023-01-01", periods=8, freq="h")
    table = xr.Dataset(
        {"hs": ("time", np.arange(8.0), {"units": "m"}), "station": ("time", ["a", "b"] * 4)}, {"time": times}
    )
    url, asked = serve(erddap_app(tiny_dataset, table))
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
    # Two labels more on each side, as far as there are any: ERDDAP takes those nearest to the ends.
    assert "[(2023-01-01T00:00:00Z):1:(2023-01-01T04:00:00Z)][(-30.0):1:(-39.0)][(145.0):1:(155.0)]" in query
    with pytest.raises(CoverageError, match=r"they cover 145\.0 to 155\.0"):
        SourceErddap(server=server, dataset_id="winds").open(
            filters=Filter(crop={"longitude": slice(10, 20)})
        )


@pytest.mark.usefixtures("_own_cache")
@pytest.mark.parametrize("stamp", ["history", "title"])
def test_an_answer_of_erddap_comes_again_unless_the_dataset_is_known_to_be_the_same(
    stamp, serve, erddap_app, tiny_dataset
):
    grid = tiny_dataset.assign_attrs({stamp: "first"})
    app = erddap_app(grid, grid)
    url, asked = serve(app)
    source = SourceErddap(server=f"{url}/erddap", dataset_id="winds")
    counts = []
    for change in (False, False, True):
        if change:
            app.grid = (grid + 1).assign_attrs({stamp: "second"})
        asked.clear()
        with opened_once():
            ds = source.open(["u10"], HOURS).load()
        counts.append(sum("griddap" in path for path in asked))
        hours = app.grid.u10.sel(time=slice("2023-01-01T02", "2023-01-01T03"), latitude=slice(-33, -37))
        np.testing.assert_array_equal(ds.u10, hours)
    assert counts == ([1, 0, 1] if stamp == "history" else [1, 1, 1])


@pytest.fixture
def globe():
    """A field around the globe whose longitudes count from 0, and whose values are these."""
    axes = {
        "time": np.datetime64("2023-01-01", "ns") + np.arange(3) * np.timedelta64(1, "h"),
        "latitude": np.arange(10.0, -11, -2.5),
        "longitude": np.arange(0, 360, 2.5),
    }
    sizes = [len(axis) for axis in axes.values()]
    field = np.broadcast_to(axes["longitude"], sizes).astype("float32")
    attrs = {"history": "made"}
    return xr.Dataset({"u10": (tuple(axes), field)}, axes, attrs).assign_coords(
        longitude=("longitude", axes["longitude"], {"units": "degrees_east"})
    )


@pytest.mark.usefixtures("_own_cache")
def test_both_halves_of_a_stretch_across_the_seam_come_from_erddap(serve, erddap_app, globe):
    url, asked = serve(erddap_app(globe, globe))
    box = Filter(crop={"longitude": slice(-5, 5), "latitude": slice(-5, 5)})
    with opened_once():
        ds = (
            SourceErddap(server=f"{url}/erddap", dataset_id="winds")
            .open(["u10"], box, coords=DatasetCoords())
            .load()
        )
    assert ds.longitude.values.tolist() == [-5.0, -2.5, 0.0, 2.5, 5.0]
    assert ds.u10[0, 0].values.tolist() == [355.0, 357.5, 0.0, 2.5, 5.0]
    assert sum("griddap" in path for path in asked) == 2


@pytest.mark.usefixtures("_own_cache")
def test_both_halves_of_a_stretch_across_the_seam_are_kept_of_a_remote_file(
    web, globe, tmp_path, monkeypatch
):
    monkeypatch.setattr("rompy.core.driver.SMALL", 0)
    monkeypatch.setattr("rompy.core.source.remote_file.SMALL", 0)
    globe.to_netcdf(tmp_path / "a.nc")
    url = web.put_version("a.nc", (tmp_path / "a.nc").read_bytes())
    box = Filter(crop={"longitude": slice(-5, 5), "latitude": slice(-5, 5)})
    for uri in (url, url, tmp_path / "a.nc"):
        with opened_once():
            ds = SourceFile(uri=uri).open(["u10"], box).load()
        assert ds.u10[0, 0].values.tolist() == [355.0, 357.5, 0.0, 2.5, 5.0]
    from rompy.fetch import Cache

    assert [entry.slice["variables"] for entry in Cache().entries()] == [["u10"]]


@pytest.mark.usefixtures("_own_cache")
def test_erddap_is_not_asked_when_offline(erddap, monkeypatch):
    server, asked = erddap
    source = SourceErddap(server=server, dataset_id="winds")
    with opened_once():
        first = source.open(["u10"], HOURS).load()
    asked.clear()
    monkeypatch.setenv("ROMPY_OFFLINE", "1")
    with opened_once():
        assert source.open(["u10"], HOURS).load().identical(first)
    assert asked == []


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
