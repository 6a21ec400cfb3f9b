"""Parts of each source of rompy's own are taken as long as what was read is the same, and not one moment longer."""

import json
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rompy.core.artefact import using
from rompy.core.config import BaseConfig
from rompy.core.data import DataGrid, DataPoint
from rompy.manifest import read_manifest
from rompy.model import ModelRun
from rompy.provenance.plan import plan_of
from rompy.provenance.plan.shelf import FormerArtefacts

ENTRY = """
sources:
  level:
    driver: netcdf
    args: {urlpath: "PLACE/level.nc", xarray_kwargs: {engine: h5netcdf}}
"""
HOLES = {"missing": "warn"}
DAYS = pd.date_range("2024-02-01", periods=4)


class Gauge(BaseConfig):
    """One series."""

    template: None = None
    series: DataPoint | DataGrid

    def __call__(self, runtime):
        self.series.get(runtime.staging_dir, None, runtime.period)
        return {}

    def render(self, context, output_dir):
        """Nothing."""


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("ROMPY_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)


def level(factor=1.0, days=DAYS):
    return xr.Dataset({"level": ("time", factor * np.arange(1.0, len(days) + 1))}, {"time": days})


def gauge(name, source, **more):
    kind = DataPoint if source["model_type"] == "parquet" else DataGrid
    return ModelRun(
        run_id=name,
        output_dir="runs",
        delete_existing=True,
        period={"start": "2024-02-01", "end": "2024-02-04", "interval": "1d"},
        config=Gauge(series=kind(id="level", source=source, **more)),
    )


def is_taken(name, source, **more):
    """Whether a run takes the part of a former one, as its plan said; its bytes are those without reuse."""
    model_run = gauge(name, source, **more)
    [step] = [one for one in plan_of(model_run).steps if one.what == "config.series"]
    with using(FormerArtefacts(model_run.staging_dir)):
        root = model_run.generate()
    [part] = read_manifest(root).artefacts
    assert (step.action == "reused") == (part.origin is not None), step
    if part.origin is not None:
        fresh = model_run.model_copy(update={"output_dir": Path("fresh")}).generate()
        assert (root / "level.nc").read_bytes() == (fresh / "level.nc").read_bytes()
    return part.origin is not None


def write_file(factor):
    level(factor).to_netcdf("level.nc")
    return {"model_type": "file", "uri": "level.nc"}


def write_zarr(factor):
    level(factor).chunk(time=2).to_zarr("level.zarr", mode="w", zarr_format=2)
    return {"model_type": "zarr", "uri": "level.zarr"}


def write_zarr_file(factor):
    return {**write_zarr(factor), "model_type": "file"}


def write_parquet(factor):
    level(factor).to_dataframe().to_parquet("level.parquet")
    return {"model_type": "parquet", "uri": "level.parquet"}


def write_grib(factor):
    eccodes = pytest.importorskip("eccodes")
    with Path("level.grib").open("wb") as file:
        for day, value in zip(DAYS, level(factor).level.values, strict=True):
            message = eccodes.codes_grib_new_from_samples("regular_ll_sfc_grib2")
            for key, one in {"Ni": 2, "Nj": 2, "dataDate": int(f"{day:%Y%m%d}"), "dataTime": 0}.items():
                eccodes.codes_set(message, key, one)
            eccodes.codes_set_values(message, np.full(4, value))
            eccodes.codes_write(message, file)
            eccodes.codes_release(message)
    return {"model_type": "grib", "uri": "level.grib"}


def write_files(factor):
    Path("days").mkdir(exist_ok=True)
    for day in DAYS:
        level(factor, DAYS[day == DAYS]).to_netcdf(f"days/{day:%Y%m%d}.nc")
    return {"model_type": "files", "uri": "days/{time:%Y%m%d}.nc"}


def write_intake(factor):
    write_file(factor)
    text = ENTRY.replace("PLACE", "{{ CATALOG_DIR }}")
    Path("catalog.yml").write_text(text)
    return {"model_type": "intake", "catalog_uri": "catalog.yml", "dataset_id": "level"}


def write_catalog(factor):
    words = dict.fromkeys(("title", "licence", "citation"), "Level")
    entry = {**words, "access": "open", "source": write_file(factor)}
    Path("datasets.yml").write_text(json.dumps({"format": "rompy-catalog/1", "datasets": {"level": entry}}))
    return {"model_type": "catalog", "dataset": "level", "catalog": "datasets.yml"}


def _spectra(factor):
    axes = {"time": DAYS, "site": [1], "freq": [0.05, 0.1], "dir": [0.0, 90.0, 180.0, 270.0]}
    energy = factor * np.ones([len(axis) for axis in axes.values()])
    places = {"lon": ("site", [150.0]), "lat": ("site", [-36.0])}
    return xr.Dataset({"efth": (list(axes), energy), **places}, axes)


def write_spectra(factor):
    _spectra(factor).to_netcdf("spectra.nc")
    return {"model_type": "wavespectra", "uri": "spectra.nc", "reader": "read_wavespectra"}


def write_swan(factor):
    import wavespectra  # noqa: F401

    _spectra(factor).spec.to_swan("spectra.spec")
    return {"model_type": "wavespectra", "uri": "spectra.spec", "reader": "read_swan"}


WRITERS = [one for name, one in list(globals().items()) if name.startswith("write_")]


OPEN = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"
)
"""Wavespectra leaves files of SWAN open."""


@OPEN
@pytest.mark.parametrize("write", WRITERS, ids=lambda one: one.__name__.removeprefix("write_"))
def test_a_part_is_taken_until_what_was_read_for_it_changes(write):
    gauge("one", write(1.0)).generate()
    assert is_taken("same", write(1.0))
    assert not is_taken("other", write(2.0))


def _served(web, factor, **version):
    level(factor).to_netcdf("served.nc")
    web.versions["level.nc"] = version
    return {"model_type": "file", "uri": web.put("level.nc", Path("served.nc").read_bytes())}


def test_a_file_on_a_server_counts_by_the_version_that_this_tells(web):
    source = _served(web, 1.0, ETag='"1"')
    for number in range(2):
        gauge(f"run{number}", source).generate()
    before = len(web.heads), len(web.requests)
    [step] = [step for step in plan_of(gauge("same", source)).steps if step.what not in ("input", "run")]
    assert (step.what, step.action) == ("config.series", "reused")  # and nothing would be fetched for it
    assert (len(web.heads), len(web.requests)) == (before[0] + 1, before[1])  # however many runs have read it
    assert is_taken("same", source)
    _served(web, 2.0, ETag='"2"')
    assert not is_taken("other", source)


def test_a_file_on_a_server_that_tells_no_versions_is_read_anew(web):
    source = _served(web, 1.0)
    gauge("one", source).generate()
    assert not is_taken("other", source)
    steps = {step.what: step for step in plan_of(gauge("third", source)).steps}
    assert "does not tell versions apart" in steps["config.series"].reasons[0]


def test_a_table_on_a_server_counts_by_its_version(web):
    pytest.importorskip("aiohttp")
    write_parquet(1.0)
    uri = web.put_version("level.parquet", Path("level.parquet").read_bytes())
    source = {"model_type": "parquet", "uri": uri}
    gauge("one", source).generate()
    assert is_taken("same", source)
    write_parquet(2.0)
    web.put_version("level.parquet", Path("level.parquet").read_bytes(), etag='"2"')
    assert not is_taken("other", source)


def test_a_file_that_comes_among_those_that_are_found_may_be_read_next():
    source = write_files(1.0)
    Path("days/20240202.nc").rename("later.nc")
    gauge("one", source).generate()
    assert is_taken("same", source)
    Path("later.nc").rename("days/20240202.nc")
    assert not is_taken("other", source)


def test_a_catalogue_may_lead_elsewhere_although_it_reads_the_same(monkeypatch):
    text = ENTRY.replace("PLACE", "{{ env(PLACE) }}")
    source = {"model_type": "intake", "catalog_yaml": text, "dataset_id": "level"}
    for name, factor in (("a", 1.0), ("b", 2.0)):
        Path(name).mkdir()
        level(factor).to_netcdf(f"{name}/level.nc")
    monkeypatch.setenv("PLACE", "a")
    gauge("one", source).generate()
    assert is_taken("same", source)
    monkeypatch.setenv("PLACE", "b")
    assert not is_taken("other", source)


@pytest.mark.parametrize(
    ("change", "zarr_format"), [("variable", 2), ("chunk", 2), ("list", 2), ("variable", 3), ("chunk", 3)]
)
def test_a_store_may_have_grown(zarr_format, change):
    source = {"model_type": "zarr", "uri": "level.zarr", "kwargs": {"consolidated": None}}
    data = level().chunk(time=2)
    data.level[2:] = np.nan  # chunks without values are not written
    data.to_zarr(
        "level.zarr", zarr_format=zarr_format, consolidated=False, write_empty_chunks=False, encoding=None
    )
    gauge("one", source, checks=HOLES).generate()
    assert is_taken("same", source, checks=HOLES)
    more = {"zarr_format": zarr_format, "consolidated": False}
    if change == "variable":
        level()[["level"]].rename(level="other").to_zarr("level.zarr", mode="a", **more)
    elif change == "chunk":
        level().chunk(time=2).to_zarr("level.zarr", mode="a", **more)
    else:
        import zarr

        zarr.consolidate_metadata("level.zarr")
    assert not is_taken("other", source, checks=HOLES)


@OPEN
def test_a_table_beside_spectra_of_swan_would_be_read_too():
    source = write_swan(1.0)
    gauge("one", source).generate()
    Path("spectra.tab").write_text("x")
    model_run = gauge("other", source)
    [step] = [one for one in plan_of(model_run).steps if one.what == "config.series"]
    assert step.reasons == ("what spectra.spec gives may depend on other files",)


@pytest.mark.parametrize("kind", ["virtual", "external", "link"])
def test_a_file_whose_values_are_in_another_file_is_not_known_by_its_own_content(kind):
    times = np.arange(19754.0, 19758.0)
    for factor, name in ((1.0, "a.h5"), (2.0, "b.h5")):
        with h5py.File(name, "w") as file:
            file["level"] = factor * np.arange(4.0)
    np.arange(4.0).tofile("a.bin")
    with h5py.File("level.nc", "w") as file:
        file["time"] = times
        file["time"].make_scale("time")
        file["time"].attrs["units"] = "days since 1970-01-01"
        if kind == "virtual":
            layout = h5py.VirtualLayout((4,), dtype="f8")
            layout[:] = h5py.VirtualSource("a.h5", "level", (4,))
            file.create_virtual_dataset("level", layout)
        elif kind == "external":
            file.create_dataset("level", (4,), dtype="f8", external=[("a.bin", 0, 32)])
        else:
            file["level"] = h5py.ExternalLink("a.h5", "level")
        if kind != "link":
            file["level"].dims[0].attach_scale(file["time"])
    source = {"model_type": "file", "uri": "level.nc"}
    if kind != "link":  # which has no dimension here
        gauge("one", source).generate()
        shutil.copy("b.h5", "a.h5")
        (2 * np.arange(4.0)).tofile("a.bin")
        assert not is_taken("other", source)
    else:
        [step] = [one for one in plan_of(gauge("other", source)).steps if one.what == "config.series"]
        assert step.reasons == ("what level.nc gives may depend on other files",)
