"""Of whatever is read a digest is told: the same each time, and another one when the data change."""

import json
import sys
import warnings
from datetime import datetime
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

from rompy import inputs
from rompy.core.filters import Filter
from rompy.core.source import (
    SourceCatalog,
    SourceDatamesh,
    SourceErddap,
    SourceFile,
    SourceFiles,
    SourceIntake,
    SourceKerchunk,
    SourceOpendap,
    SourceStac,
    SourceTide,
    SourceTimeseriesCSV,
    SourceTimeseriesParquet,
    SourceWavespectra,
    SourceZarr,
    opened_once,
)
from rompy.core.source.base import SourceBase
from rompy.core.source.fallback import SourceFallback
from rompy.manifest import Input
from rompy.provenance.verify_inputs import check_inputs

pytest_plugins = ["rompy.testing.fixtures"]
pytestmark = pytest.mark.filterwarnings("ignore:.*:UserWarning:h5netcdf")

HOURS = Filter(crop={"time": slice("2023-01-01T02", "2023-01-01T03"), "latitude": slice(-37, -33)})


def told(source, variables=("u10",), filters=HOURS):
    """What is told of the inputs of a source when some of its values are used."""
    with inputs.noted({id(source): "config.source"}) as notes, opened_once():
        source.open(list(variables), filters).load()
        return notes.finished()


class Case:
    """A source, and a way to change its data without anything else."""

    def __init__(self, folder, ds, web, serve, erddap_app, monkeypatch):
        self.folder, self.ds, self.monkeypatch = folder, ds, monkeypatch
        self.web, self.serve, self.erddap_app = web, serve, erddap_app
        self.variables, self.filters = ["u10"], HOURS

    def frame(self, ds):
        return pd.DataFrame({"time": ds.time.values, "u10": ds.u10.values[:, 0, 0]})

    def series(self):
        self.filters = Filter(crop={"time": HOURS.crop["time"]})


def file(case):
    return SourceFile(uri=case.folder / "a.nc"), lambda ds: ds.to_netcdf(case.folder / "a.nc")


def file_of_the_web(case):
    def write(ds):
        ds.to_netcdf(case.folder / "b.nc")
        content = (case.folder / "b.nc").read_bytes()
        case.web.put_version("a.nc", content, etag=f'"{hash(content)}"')

    return SourceFile(uri=f"{case.web.url}/a.nc"), write


def part_of_a_large_file(case):
    case.monkeypatch.setattr("rompy.core.driver.SMALL", 0)
    case.monkeypatch.setattr("rompy.core.source.remote_file.SMALL", 0)
    return file_of_the_web(case)


def blocks_of_a_large_file(case):
    case.filters = None
    return part_of_a_large_file(case)


def files(case):
    def write(ds):
        for hour in range(7):
            ds.isel(time=[hour]).to_netcdf(case.folder / f"a_{hour:02}.nc")

    return SourceFiles(uri=case.folder / "a_*.nc"), write


def csv(case):
    case.series()
    return SourceTimeseriesCSV(filename=case.folder / "a.csv"), lambda ds: case.frame(ds).to_csv(
        case.folder / "a.csv", index=False
    )


def parquet(case):
    case.series()
    return SourceTimeseriesParquet(uri=case.folder / "a.parquet"), lambda ds: case.frame(ds).to_parquet(
        case.folder / "a.parquet"
    )


def folder_of_parquet(case):
    case.series()
    (case.folder / "a").mkdir()
    return SourceTimeseriesParquet(uri=case.folder / "a"), lambda ds: case.frame(ds).to_parquet(
        case.folder / "a" / "1.parquet"
    )


def parquet_in_a_store(case):
    case.series()
    return SourceTimeseriesParquet(uri="memory://tables/a.parquet"), lambda ds: case.frame(ds).to_parquet(
        "memory://tables/a.parquet"
    )


def zarr(case):
    return SourceZarr(uri=case.folder / "a.zarr"), lambda ds: ds.to_zarr(
        case.folder / "a.zarr", mode="w", zarr_format=2
    )


def zarr_in_a_store(case):
    return SourceZarr(uri="memory://a.zarr"), lambda ds: ds.to_zarr(
        "memory://a.zarr", mode="w", zarr_format=2
    )


def kerchunk(case):
    def write(ds):
        from kerchunk.hdf import SingleHdf5ToZarr

        ds.to_netcdf(case.folder / "a.nc")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # kerchunk's own
            found = SingleHdf5ToZarr(str(case.folder / "a.nc"), inline_threshold=0).translate()
        (case.folder / "a.json").write_text(json.dumps(found))

    return SourceKerchunk(uri=case.folder / "a.json"), write


def opendap(case, **kwargs):
    BaseHandler = pytest.importorskip("pydap.handlers.lib").BaseHandler
    from pydap.model import BaseType, DatasetType

    served = DatasetType("tiny")
    served.attributes = {"NC_GLOBAL": {"history": "made first"}}
    for name, variable in case.ds.variables.items():
        values = np.arange(7.0) if name == "time" else variable.values
        units = {"units": "hours since 2023-01-01"} if name == "time" else {}
        served[name] = BaseType(name, values, dims=variable.dims, **{**variable.attrs, **units})

    def write(ds):
        for name in ds.data_vars:
            served[name].data = ds[name].values

    return SourceOpendap(uri=f"{case.serve(BaseHandler(served))[0]}/tiny", **kwargs), write


def whole_of_opendap(case):
    case.filters = None
    return opendap(case)


def chunks_of_opendap(case):
    case.filters = Filter(sort={"coords": ["latitude"]})
    return opendap(case, engine="pydap", kwargs={"chunks": {"time": 2}})


def opendap_with_decoding(case):
    return opendap(case, kwargs={"mask_and_scale": False})


def erddap(case):
    app = case.erddap_app(case.ds, case.ds)
    count = iter(range(100))

    def write(ds):
        app.grid = ds.assign_attrs(history="made first")

    cut = app.cut

    def answer(query):  # tells of each request in the history of the answer, as ERDDAP does
        kept = app.grid
        app.grid = kept.assign_attrs(history=f"made first\n2026-01-01T00:00:{next(count):02}Z {query}")
        try:
            return cut(query)
        finally:
            app.grid = kept

    app.cut = answer
    return SourceErddap(server=f"{case.serve(app)[0]}/erddap", dataset_id="winds"), write


def table_of_erddap(case):
    case.series()
    app = case.erddap_app(case.ds, None)

    def write(ds):
        app.table = ds.u10.isel(latitude=0, longitude=0, drop=True).to_dataset().assign_attrs(history="made")

    return SourceErddap(server=f"{case.serve(app)[0]}/erddap", dataset_id="buoys", protocol="tabledap"), write


def datamesh(case, lazy=False):
    class Connector:
        def __init__(self, **kwargs):
            pass

        def query(self, **query):
            return state[0].chunk(time=2) if lazy else state[0].load()

    state = []
    module = ModuleType("oceanum.datamesh")
    module.Connector = Connector
    case.monkeypatch.setitem(sys.modules, "oceanum", ModuleType("oceanum"))
    case.monkeypatch.setitem(sys.modules, "oceanum.datamesh", module)
    return SourceDatamesh(datasource="winds"), lambda ds: state.__setitem__(slice(None), [ds])


def large_answer_of_datamesh(case):
    return datamesh(case, lazy=True)


def intake(case, place="{{ CATALOG_DIR }}/a.nc", write=None, driver="netcdf"):
    entry = {"driver": driver, "args": {"urlpath": place, "engine": "netcdf4"}}
    (case.folder / "a.yaml").write_text(yaml.safe_dump({"sources": {"wind": entry}}))
    source = SourceIntake(catalog_uri=case.folder / "a.yaml", dataset_id="wind")
    return source, write or (lambda ds: ds.to_netcdf(case.folder / "a.nc"))


def several_files_of_intake(case):
    source, _ = intake(case, "{{ CATALOG_DIR }}/a_*.nc")
    return source, files(case)[1]


def service_of_intake(case):
    source, write = opendap(case)
    return intake(case, source.uri, write, "opendap")


def catalogue(case):
    entry = {"title": "Wind", "source": {"model_type": "file", "uri": str(case.folder / "a.nc")}}
    entry |= {"licence": "CC0", "citation": "Wind", "access": "open"}
    place = case.folder / "catalog.yml"
    place.write_text(yaml.safe_dump({"format": "rompy-catalog/1", "datasets": {"wind": entry}}))
    return SourceCatalog(dataset="wind", catalog=place), lambda ds: ds.to_netcdf(case.folder / "a.nc")


def stac(case):
    pystac = pytest.importorskip("pystac")
    found = pystac.Catalog("winds", "Winds")
    for i in range(2):
        when = {
            "start_datetime": datetime(2023, 1, 1, 3 * i),
            "end_datetime": datetime(2023, 1, 1, 3 * i + 2),
        }
        item = pystac.Item(f"{i}", None, None, None, {}, **when)
        item.add_asset("wind", pystac.Asset(str(case.folder / f"{i}.nc"), roles=["data"]))
        found.add_item(item)
    found.normalize_and_save(str(case.folder / "stac"), pystac.CatalogType.SELF_CONTAINED)

    def write(ds):
        for i in range(2):
            ds.isel(time=slice(3 * i, 3 * i + 3)).to_netcdf(case.folder / f"{i}.nc")

    return SourceStac(uri=case.folder / "stac" / "catalog.json"), write


def tide(case):
    case.variables, case.filters = ["water_level"], Filter(crop={"time": slice("2023-01-01", "2023-01-02")})

    def write(ds):
        m2 = {"name": "M2", "amplitude": float(ds.u10.max()), "phase": 0.0}
        table = {"latitude": 0.0, "longitude": 0.0, "constituents": [m2]}
        (case.folder / "a.json").write_text(json.dumps(table))

    return SourceTide(constituents=case.folder / "a.json"), write


def spectra(case, suffix="nc"):
    case.variables, case.filters = ["efth"], None

    def write(ds):
        dims = {"time": ds.time.values[:2], "site": [1], "freq": [0.1, 0.2], "dir": [0.0, 180.0]}
        values = np.full((2, 1, 2, 2), float(ds.u10.max()))
        found = xr.Dataset({"efth": (tuple(dims), values)}, dims)
        found["lon"] = found["lat"] = ("site", [0.0])
        place = case.folder / f"a.{suffix}"
        found.to_netcdf(place) if suffix == "nc" else found.to_zarr(place, mode="w", zarr_format=2)

    kwargs = {"engine": "zarr", "consolidated": True} if suffix == "zarr" else {}
    return SourceWavespectra(uri=case.folder / f"a.{suffix}", reader="read_netcdf", kwargs=kwargs), write


def fallback(case):
    good, write = file(case)
    missing = {"source": SourceFile(uri=case.folder / "none.nc")}
    return SourceFallback(alternatives=[missing, {"source": good, "covers": False}]), write


class Held(SourceBase):
    """Values that are given to a source."""

    model_config = {"arbitrary_types_allowed": True}
    model_type: str = "held"
    obj: xr.Dataset

    def _open(self):
        return self.obj


def memory(case):
    source = Held(obj=case.ds.copy(deep=True))
    return source, lambda ds: source.obj.u10.values.__setitem__(..., ds.u10.values)


class Own(SourceBase):
    """A plugin that asks some service by itself."""

    model_type: str = "own"
    name: str = "winds"
    chunks: dict | None = None

    def _open(self):
        ds = states[self.name].load()
        return ds if self.chunks is None else ds.chunk(self.chunks)


states = {}


def plugin(case):
    return Own(), lambda ds: states.__setitem__("winds", ds)


def lazy_plugin(case):
    return Own(chunks={"time": 3}), lambda ds: states.__setitem__("winds", ds)


CASES = [
    file, file_of_the_web, part_of_a_large_file, blocks_of_a_large_file, files, csv, parquet, folder_of_parquet,
    parquet_in_a_store, zarr, zarr_in_a_store, kerchunk, opendap, whole_of_opendap, chunks_of_opendap,
    opendap_with_decoding, erddap, table_of_erddap, datamesh, large_answer_of_datamesh, intake, several_files_of_intake,
    service_of_intake, catalogue, stac, tide, spectra, fallback, memory, plugin, lazy_plugin,
]  # fmt: skip


ASKED_BY_NOBODY = [service_of_intake, memory, plugin, lazy_plugin]
"""How to ask for these again, the source alone knows."""


@pytest.mark.parametrize("make", CASES)
def test_of_every_source_the_digest_tells_what_was_read(
    make, tmp_path, tiny_dataset, web, serve, erddap_app, monkeypatch
):
    (tmp_path / "data").mkdir()
    case = Case(tmp_path / "data", tiny_dataset, web, serve, erddap_app, monkeypatch)
    source, write = make(case)
    found = []
    for i, ds in enumerate([tiny_dataset, tiny_dataset, tiny_dataset + 1]):
        write(ds.copy(deep=True))
        monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / f"cache_{i}"))  # as on another machine
        found.append(told(source, case.variables, case.filters))
    for one in found:
        assert one
        assert [entry["uri"] for entry in one if not entry.get("sha256")] == []
        assert all(entry["bytes"] for entry in one)
    first, again, changed = ([(one["uri"], one["sha256"]) for one in some] for some in found)
    assert first == again
    assert {uri for uri, _ in first} == {uri for uri, _ in changed}
    assert first != changed
    if make not in ASKED_BY_NOBODY:
        monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache_0"))  # where what was read first is kept
        kinds = [{one.kind for one in check_inputs(map(Input.model_validate, some))} for some in found[1:]]
        assert kinds == [{"changed"}, set()]
