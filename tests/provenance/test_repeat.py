"""Two years later: the servers are gone, the cache is empty, and the run is made again from its archive."""

import json
import shutil
import socket
import warnings
import zipfile
from datetime import datetime
from typing import Annotated, Any, Literal

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner

from rompy import plugins
from rompy.cli import cli
from rompy.core import driver
from rompy.core.config import BaseConfig
from rompy.core.data import DataBlob
from rompy.core.filters import Filter
from rompy.core.netcdf import write_netcdf
from rompy.core.source import SourceZarr
from rompy.core.source.choice import acting_at
from rompy.core.tagged import Tagged
from rompy.errors import DataError, MissingFileError, ReproducibilityError
from rompy.manifest import read_manifest
from rompy.manifest.schema import Phases
from rompy.model import ModelRun
from rompy.provenance.archive import archive
from rompy.provenance.copies import FETCHED, is_copy
from rompy.provenance.relocation import Relocation
from rompy.provenance.reproduce import reproduce
from rompy.provenance.restore import restore
from rompy.provenance.then import as_then

DAY = {"crop": {"time": {"start": "2023-01-01T02", "stop": "2023-01-01T05"}}}


class Sky(BaseConfig):
    """Wind from anywhere."""

    model_type: Literal["sky"] = "sky"
    template: str | None = None
    wind: Annotated[Any, Tagged("rompy.source")] = None
    cut: bool = False
    blob: DataBlob | None = None

    def __call__(self, runtime):
        from rompy.core.source import opened_once

        if self.blob is not None:
            self.blob.get(runtime.staging_dir)
        if self.wind is not None:
            with opened_once():
                named = {"variables": ["u10"], "filters": Filter(**DAY)} if self.cut else {}
                write_netcdf(self.wind.open(**named).load(), runtime.staging_dir / "wind.nc")
        return {}

    def render(self, context, output_dir):
        if self.template:
            super().render(context, output_dir)


@pytest.fixture(autouse=True)
def _sky(tmp_path, monkeypatch):
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ROMPY_OFFLINE", raising=False)
    with plugins.registered("rompy.config", "sky", Sky):
        yield


@pytest.fixture
def wind():
    axes = {
        "time": pd.date_range("2023-01-01", periods=24, freq="h"),
        "lat": np.arange(4.0),
        "lon": np.arange(5.0),
    }
    values = np.random.default_rng(1).standard_normal((24, 4, 5)).astype("f4")
    return xr.Dataset(
        {"u10": (("time", "lat", "lon"), values), "v10": (("time", "lat", "lon"), -values)}, axes
    )


@pytest.fixture
def content(wind, tmp_path):
    wind.to_netcdf(
        tmp_path / "local.nc", encoding={name: {"chunksizes": (6, 4, 5)} for name in wind.data_vars}
    )
    return (tmp_path / "local.nc").read_bytes()


@pytest.fixture
def years_later(tmp_path):
    """Ends the world that a run was made in, until the end of the test: servers, cache, and the run itself."""

    def refuse(*args):
        raise ConnectionRefusedError(111, "the network is gone")

    with pytest.MonkeyPatch.context() as patch:

        def end():
            patch.setattr(socket.socket, "connect", refuse)
            patch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "later"))
            patch.setenv("ROMPY_OFFLINE", "1")
            patch.setenv("HOME", str(tmp_path / "later"))
            shutil.rmtree(tmp_path / "runs")

        yield end


@pytest.fixture
def made(tmp_path):
    def made(**config):
        return ModelRun(
            run_id="sky", output_dir=tmp_path / "runs", config={"model_type": "sky", **config}
        ).generate()

    return made


def serve_store(web, folder):
    for path in folder.rglob("*"):
        if path.is_file():
            web.put(f"{folder.name}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return f"{web.url}/{folder.name}"


def remote(kind, web, content, wind, tmp_path, monkeypatch):
    """A description of something elsewhere."""
    if kind == "small file":
        return {"wind": {"model_type": "file", "uri": web.put_version("w.nc", content)}}
    if kind == "file with a secret":
        return {"wind": {"model_type": "file", "uri": web.put("w.nc", content) + "?token=abc123"}}
    if kind == "part of a file":
        monkeypatch.setattr(driver, "SMALL", 0)
        monkeypatch.setattr("rompy.core.source.remote_file.SMALL", 0)
        return {"wind": {"model_type": "file", "uri": web.put_version("w.nc", content)}, "cut": True}
    if kind == "blocks of a file":
        monkeypatch.setattr(driver, "SMALL", 0)
        monkeypatch.setattr(driver, "_BLOCK", 4096)
        return {"wind": {"model_type": "file", "uri": web.put_version("w.nc", content)}}
    if kind == "blob":
        return {"blob": {"source": web.put_version("w.nc", content)}}
    if kind == "csv":
        table = b"time,level\n2023-01-01T00:00,1\n2023-01-01T01:00,2\n"
        return {"wind": {"model_type": "csv", "filename": web.put_version("t.csv", table)}}
    if kind == "many files":
        web.put_version("w_20230101.nc", content)
        return {"wind": {"model_type": "files", "uri": f"{web.url}/w_{{time:%Y%m%d}}.nc"}, "cut": True}
    if kind == "catalogue":
        pystac = pytest.importorskip("pystac")
        day = {"start_datetime": datetime(2023, 1, 1), "end_datetime": datetime(2023, 1, 1, 23)}
        item = pystac.Item("a", None, None, None, {}, **day)
        kinds = {"media_type": "application/x-netcdf", "roles": ["data"]}
        item.add_asset("here", pystac.Asset(str(tmp_path / "local.nc"), **kinds))
        catalogue = pystac.Catalog("winds", "Names a file of this machine by its whole path")
        catalogue.add_item(item)
        catalogue.normalize_and_save(str(tmp_path / "stac"), pystac.CatalogType.SELF_CONTAINED)
        return {"wind": {"model_type": "stac", "uri": str(tmp_path / "stac" / "catalog.json")}}
    if kind == "references":
        kerchunk = pytest.importorskip("kerchunk.hdf")
        web.put_version("w.nc", content)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # kerchunk's own
            found = kerchunk.SingleHdf5ToZarr(str(tmp_path / "local.nc"), f"{web.url}/w.nc").translate()
        (tmp_path / "refs.json").write_text(json.dumps(found))
        return {"wind": {"model_type": "kerchunk", "uri": str(tmp_path / "refs.json")}}
    pytest.importorskip("zarr")
    wind.u10[:12] = np.nan  # chunks of nothing but gaps are not written
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        wind.to_zarr(
            tmp_path / "w.zarr",
            zarr_format=2 if kind == "store" else 3,
            encoding={"u10": {"chunks": (6, 4, 5)}, "v10": {"chunks": (6, 4, 5)}},
            write_empty_chunks=False,
            consolidated=kind != "local store",
        )
    uri = str(tmp_path / "w.zarr") if kind == "local store" else serve_store(web, tmp_path / "w.zarr")
    return {"wind": {"model_type": "zarr", "uri": uri}, "cut": kind != "local store"}


KINDS = ["small file", "file with a secret", "part of a file", "blocks of a file", "blob", "csv", "many files",
         "store", "local store", "references", "catalogue"]  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_what_was_read_elsewhere_comes_out_of_the_archive(
    kind, web, content, wind, tmp_path, monkeypatch, made, years_later
):
    root = made(**remote(kind, web, content, wind, tmp_path, monkeypatch))
    done = archive(root, tmp_path / "sky.zip", inputs="by-value")
    assert done.not_taken == ()
    assert any(is_copy(name) for name in done.index.members)
    years_later()
    for gone in ("w.zarr", "stac"):
        shutil.rmtree(tmp_path / gone, ignore_errors=True)
    (tmp_path / "local.nc").unlink()
    found = reproduce(tmp_path / "sky.zip")
    assert [str(d) for d in found.comparison.levels["data"].differences] == []
    assert str(found) == "reproduced bit for bit (input)"
    restore(tmp_path / "sky.zip", tmp_path / "restored")
    archive(tmp_path / "restored", tmp_path / "again.zip", inputs="by-value", strict=True)


def test_a_store_in_a_bucket_comes_out_of_the_archive(s3, wind, tmp_path, made, years_later):
    pytest.importorskip("zarr")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Consolidated metadata")
        wind.to_zarr(tmp_path / "w.zarr", zarr_format=3)
    s3.put(str(tmp_path / "w.zarr"), "bucket/w.zarr", recursive=True)
    root = made(wind={"model_type": "zarr", "uri": "s3://bucket/w.zarr"}, cut=True)
    archive(root, tmp_path / "sky.zip", inputs="by-value", strict=True)
    years_later()
    assert str(reproduce(tmp_path / "sky.zip")) == "reproduced bit for bit (input)"


def test_what_a_service_answered_is_said_to_be_left_behind(web, content, tmp_path, made):
    args = {"urlpath": web.put_version("w.nc", content), "engine": "h5netcdf"}
    text = json.dumps({"sources": {"wind": {"driver": "netcdf", "args": args}}})
    root = made(wind={"model_type": "intake", "dataset_id": "wind", "catalog_yaml": text})
    (one,) = archive(root, tmp_path / "sky.zip", inputs="by-value").not_taken
    assert one.reason == "it was read through a service, of whose answers no copies are kept"


def test_what_cannot_be_taken_along_is_named_and_strict_writes_nothing(web, content, wind, tmp_path, made):
    web.put("w.nc", content)
    web.ranges.add("w.nc")
    root = made(wind={"model_type": "file", "uri": f"{web.url}/w.nc"})
    shutil.rmtree(tmp_path / "cache")
    web.put("w.nc", b"another content")
    done = archive(root, tmp_path / "sky.zip", inputs="by-value")
    (one,) = done.not_taken
    assert str(one) == f"{web.url}/w.nc (config.wind): it has changed since"
    with pytest.raises(
        DataError, match=r"(?s)not be enough by itself.*w\.nc \(config\.wind\): it has changed"
    ):
        archive(root, tmp_path / "strict.zip", inputs="by-value", strict=True)
    assert sorted(path.name for path in tmp_path.glob("*.zip")) == ["sky.zip"]
    assert not list(tmp_path.glob(".rompy-archive-*"))


def test_what_the_cache_has_dropped_is_fetched_anew_or_taken_from_the_run(web, content, tmp_path, made):
    blob = made(blob={"source": web.put_version("w.nc", content)})
    shutil.rmtree(tmp_path / "cache")
    web.requests.clear()
    assert archive(blob, tmp_path / "blob.zip", inputs="by-value").not_taken == ()
    assert web.requests == []
    shutil.rmtree(blob)
    root = made(wind={"model_type": "file", "uri": f"{web.url}/w.nc"})
    shutil.rmtree(tmp_path / "cache")
    assert archive(root, tmp_path / "sky.zip", inputs="by-value").not_taken == ()


def test_a_copy_that_is_damaged_is_not_used(web, content, tmp_path, made, years_later):
    root = made(wind={"model_type": "file", "uri": web.put_version("w.nc", content)})
    archive(root, tmp_path / "sky.zip", inputs="by-value")
    years_later()
    restore(tmp_path / "sky.zip", tmp_path / "restored")
    (copy,) = (tmp_path / "restored" / FETCHED).iterdir()
    copy.write_bytes(b"something else")
    with pytest.raises(ReproducibilityError, match="damaged"):
        reproduce(tmp_path / "restored")


def test_chunks_that_nobody_read_are_not_taken_for_missing_values(
    web, content, wind, tmp_path, monkeypatch, made, years_later
):
    described = remote("store", web, content, wind, tmp_path, monkeypatch)
    root = made(**described)
    archive(root, tmp_path / "sky.zip", inputs="by-value")
    years_later()
    restore(tmp_path / "sky.zip", tmp_path / "restored")
    relocation = Relocation.of(tmp_path / "restored", read_manifest(tmp_path / "restored"))
    with relocation.in_use(), pytest.raises(MissingFileError, match=r"no copy of [uv]10/\d\.0\.0"):
        SourceZarr(**described["wind"]).open().load()


def test_a_restored_run_is_the_start_of_another_one(web, content, tmp_path, made, years_later):
    root = made(wind={"model_type": "file", "uri": web.put_version("w.nc", content)})
    archive(root, tmp_path / "sky.zip", inputs="by-value")
    years_later()
    restore(tmp_path / "sky.zip", tmp_path / "restored")
    text = (tmp_path / "restored" / ".rompy" / "run.yml").read_text()
    (tmp_path / "new.yml").write_text(text.replace("run_id: sky", "run_id: new"))
    command = ["generate", str(tmp_path / "new.yml"), "--output-dir", str(tmp_path / "runs")]
    assert CliRunner().invoke(cli, command).exit_code != 0
    done = CliRunner().invoke(cli, [*command, "--inputs-from", str(tmp_path / "restored")])
    assert done.exit_code == 0, done.output
    made_again, original = tmp_path / "runs" / "new" / "wind.nc", tmp_path / "restored" / "wind.nc"
    assert made_again.read_bytes() == original.read_bytes()


def test_a_template_of_ones_own_comes_along(tmp_path, made):
    project = tmp_path / "mine" / "{{runtime.staging_dir}}"
    project.mkdir(parents=True)
    (project / "control.txt").write_text("run {{runtime.run_id}}\n")
    root = made(template=str(tmp_path / "mine"))
    archive(root, tmp_path / "sky.zip", inputs="by-value")
    shutil.rmtree(tmp_path / "mine")
    shutil.rmtree(tmp_path / "runs")
    assert reproduce(tmp_path / "sky.zip")


def test_what_was_the_latest_then_is_taken_again(tmp_path, made, content, monkeypatch):
    for cycle in ("20240101", "20240102"):
        (tmp_path / f"w_{cycle}.nc").write_bytes(content)
    source = {"model_type": "file", "uri": f"{tmp_path}/w_{{cycle:%Y%m%d}}.nc"}
    fallback = {
        "model_type": "fallback",
        "alternatives": [{"source": source, "every": "1d", "covers": False}],
    }
    with acting_at(datetime(2024, 1, 1, 12)):
        root = made(wind=fallback)
    manifest = read_manifest(root)
    began = manifest.phases.generate.model_copy(update={"started": "2024-01-01T12:00:00.000Z"})
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1")
    with as_then(manifest.model_copy(update={"phases": Phases(generate=began)})):
        again = made(wind=fallback, blob=None) if shutil.rmtree(root) is None else None
    assert read_manifest(again).inputs[0].uri.endswith("w_20240101.nc")
    assert read_manifest(again).variables == {}


def test_the_environment_is_told_as_pip_reads_it(runs, tmp_path):
    archive(runs.pond, tmp_path / "pond.zip")
    with zipfile.ZipFile(tmp_path / "pond.zip") as file:
        lines = file.read(".rompy/requirements.txt").decode().splitlines()
    code = read_manifest(runs.pond).code
    assert lines[0] == f"# What pond was made with. Python {code.python}."
    assert f"numpy=={code.distributions['numpy']}" in lines
    assert any(line.startswith(f"# rompy {code.rompy} was a work tree at commit ") for line in lines)
