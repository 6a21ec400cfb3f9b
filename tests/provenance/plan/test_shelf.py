"""Parts of former runs are used where they are certain to be the same, and nowhere else."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from rompy.core.artefact import using
from rompy.core.config import BaseConfig
from rompy.core.data import DataGrid
from rompy.core.grid import RegularGrid
from rompy.core.workspace import Workspace
from rompy.manifest import read_manifest
from rompy.model import ModelRun
from rompy.provenance.plan import plan_of
from rompy.provenance.plan.shelf import FormerArtefacts


class Bay(BaseConfig):
    """Wind on a grid, depths without time."""

    template: None = None
    grid: RegularGrid
    wind: DataGrid
    depths: DataGrid

    def __call__(self, runtime):
        self.wind.get(runtime.staging_dir, self.grid, runtime.period)
        self.depths.get(runtime.staging_dir, self.grid)
        return {}

    def render(self, context, output_dir):
        """There is no template."""


@pytest.fixture
def bay(tmp_path, monkeypatch):
    """Makes a run in a bay; another day, another run."""
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    x, y = np.arange(150.0, 151.05, 0.1).round(6), np.arange(-37.0, -35.95, 0.1).round(6)
    times = np.datetime64("2024-02-01T00", "ns") + np.arange(0, 97, 6) * np.timedelta64(3600, "s")
    speed = np.random.default_rng(1).random((len(times), len(y), len(x)))
    both = {"longitude": x, "latitude": y}
    xr.Dataset({"u10": (("time", "latitude", "longitude"), speed)}, {"time": times, **both}).to_netcdf(
        tmp_path / "wind.nc"
    )
    xr.Dataset({"depth": (("latitude", "longitude"), speed[0])}, both).to_netcdf(tmp_path / "depth.nc")

    def make(run_id="one", end="2024-02-02", dx=0.1, **wind):
        names = {"coords": {"x": "longitude", "y": "latitude"}}
        return ModelRun(
            run_id=run_id,
            output_dir=tmp_path / "runs",
            period={"start": "2024-02-01", "end": end, "interval": "6h"},
            delete_existing=True,
            config=Bay(
                grid={"x0": 150.2, "y0": -36.8, "dx": dx, "dy": 0.1, "nx": 5, "ny": 5},
                wind={
                    "id": "wind",
                    "source": {"model_type": "file", "uri": str(tmp_path / "wind.nc")},
                    **names,
                    **wind,
                },
                depths={
                    "id": "depths",
                    "source": {"model_type": "file", "uri": tmp_path / "depth.nc"},
                    **names,
                },
            ),
        )

    return make


def reused(model_run):
    """Generate with what there is; which files were taken, and from where."""
    with using(FormerArtefacts(model_run.staging_dir)):
        root = model_run.generate()
    parts = read_manifest(root).artefacts
    return {one.field: Path(one.origin).name for one in parts if one.origin is not None}


def contents(root):
    return {p.name: p.read_bytes() for p in Path(root).iterdir() if p.is_file()}


def test_parts_that_are_asked_for_again_are_taken_and_the_rest_is_made(bay):
    bay().generate()
    assert reused(bay("two", end="2024-02-03")) == {"config.depths": "one"}
    assert reused(bay("three", dx=0.15)) == {}
    assert reused(bay("four")) == {"config.wind": "one", "config.depths": "two"}


def test_what_was_taken_is_what_would_have_been_made(bay, tmp_path):
    bay().generate()
    taken = bay("two")
    assert len(reused(taken)) == 2
    fresh = taken.model_copy(update={"output_dir": tmp_path / "fresh"})
    assert contents(taken.staging_dir) == contents(fresh.generate())
    manifests = [read_manifest(run.staging_dir) for run in (taken, fresh)]
    names = [sorted((one.field, one.uri, one.sha256) for one in manifest.inputs) for manifest in manifests]
    assert names[0] == names[1]


def test_a_run_is_generated_again_from_its_own_parts(bay):
    bay().generate()
    assert reused(bay(end="2024-02-03")) == {"config.depths": "one"}
    assert reused(bay(end="2024-02-03")) == {"config.wind": "one", "config.depths": "one"}


def test_without_being_asked_nothing_is_taken(bay):
    bay().generate()
    root = bay("two").generate()
    assert not any(one.origin for one in read_manifest(root).artefacts)


@pytest.mark.parametrize("keeps_its_time", [False, True])
def test_an_input_with_other_content_is_read_again(bay, tmp_path, keeps_its_time):
    bay().generate()
    path = tmp_path / "depth.nc"
    before = path.stat()
    with xr.open_dataset(path) as ds:
        other = (ds + 1).load()
    path.unlink()
    other.to_netcdf(path)
    if keeps_its_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert reused(bay("two")) == {"config.wind": "one"}


def test_an_input_that_was_moved_is_the_same(bay, tmp_path):
    bay().generate()
    moved = (tmp_path / "wind.nc").rename(tmp_path / "gust.nc")
    model_run = bay("two", source={"model_type": "file", "uri": str(moved)})
    assert reused(model_run)["config.wind"] == "one"
    uris = {one.uri for one in read_manifest(model_run.staging_dir).inputs}
    assert str(moved) in uris
    assert str(tmp_path / "wind.nc") not in uris


def test_two_parts_of_one_source_both_know_what_they_were_read_from(bay, tmp_path):
    """The file is opened once for both."""
    wind = {"model_type": "file", "uri": str(tmp_path / "wind.nc")}

    class Twice(Bay):
        def __call__(self, runtime):
            self.wind.get(runtime.staging_dir, self.grid, runtime.period)
            DataGrid(id="again", source=wind).get(runtime.staging_dir, None, runtime.period)
            return {}

    config = bay().config
    model_run = bay().model_copy(update={"config": Twice(**dict(config))})
    artefacts = read_manifest(model_run.generate()).artefacts
    assert [one.inputs for one in artefacts] == [[0], [0]]


@pytest.mark.parametrize("damage", ["edited", "gone", "record"])
def test_a_former_run_that_was_tampered_with_is_not_used(bay, damage):
    root = bay().generate()
    if damage == "edited":
        with (root / "wind.nc").open("ab") as file:
            file.write(b"x")
    elif damage == "gone":
        (root / "wind.nc").unlink()
    else:
        manifest = Workspace(root).manifest
        manifest.write_text(manifest.read_text().replace("config.depths", "config.dephts"))
    found = reused(bay("two"))
    assert "config.wind" not in found
    assert ("config.depths" in found) is (damage != "record")


def test_another_variable_of_the_environment_counts(bay, monkeypatch):
    bay().generate()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert reused(bay("two")) == {}


def test_what_would_be_taken_is_foreseen_and_nothing_is_made(bay, tmp_path, unchanged):
    bay().generate()
    later = bay("two", end="2024-02-03")
    with unchanged(tmp_path):
        steps = {step.what: step for step in plan_of(later).steps}
    assert steps["config.depths"].action == "reused"
    assert steps["config.depths"].origin == tmp_path / "runs" / "one"
    wind = steps["config.wind"]
    assert (wind.action, wind.bytes) == ("built", (tmp_path / "runs" / "one" / "wind.nc").stat().st_size)
    assert "time.end: 2024-02-02 -> 02-03" in wind.reasons


def test_the_index_is_a_help_and_no_need(bay, tmp_path):
    root = bay().generate()
    (tmp_path / "cache" / "artefacts.sqlite").unlink()
    assert reused(bay("two")) == {}
    with using(FormerArtefacts(root)):
        taken = bay("three").generate()
    assert all(one.origin == str(root) for one in read_manifest(taken).artefacts)


def test_the_record_is_plain_json(bay):
    record = json.loads(Workspace(bay().generate()).manifest.read_text())
    assert [one["field"] for one in record["artefacts"]] == ["config.depths", "config.wind"]
    assert record["artefacts"][1]["recipe"]["from"]["time"]["end"].startswith("2024-02-02")


def test_weights_of_a_part_are_foreseen(bay):
    def steps(run_id, end="2024-02-02"):
        found = plan_of(bay(run_id, end=end, regrid={"method": "conservative"})).steps
        return {step.what: step.action for step in found if "wind" in step.what}

    assert steps("one") == {"weights of config.wind": "built", "config.wind": "built"}
    bay("one", regrid={"method": "conservative"}).generate()
    assert steps("two") == {"config.wind": "reused"}
    assert steps("two", end="2024-02-03") == {"weights of config.wind": "reused", "config.wind": "built"}
