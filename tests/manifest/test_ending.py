"""The end of a run and the files it wrote are recorded once, and never get in the way."""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from rompy.backends import LocalConfig
from rompy.core.config import BaseConfig
from rompy.core.workspace import Workspace
from rompy.manifest import read_manifest
from rompy.model import ModelRun
from rompy.postprocess import NoopPostprocessorConfig
from rompy.run.job import Job
from rompy.run.local import LocalRunBackend
from rompy.run.waiting import wait_for_all, wait_for_all_async


@pytest.fixture
def model_run(tmp_path):
    period = {"start": "2023-01-01", "duration": "1d", "interval": "1h"}
    return ModelRun(run_id="r", period=period, output_dir=tmp_path, config=BaseConfig())


UNTIL_SEEN = """
import os, time
seen = '.rompy/programs.json'
for _ in range(600):
    if os.path.exists(seen) and 'python' in open(seen).read():
        break
    time.sleep(0.1)
"""


def _run(model_run, command="echo 1 > out.txt", **settings):
    return model_run.run(LocalConfig(command=command, **settings))


def test_a_run_that_has_ended_is_recorded_with_what_it_wrote(model_run, tmp_path):
    result = _run(model_run, "sleep 0.5; echo 1 > out.txt; mkdir d; ln -s ../out.txt d/link; echo x >> INPUT")
    assert result
    found = read_manifest(model_run.staging_dir)
    [phase] = found.phases.run
    assert (phase.attempt, phase.backend, phase.state, phase.exit_code) == (1, "local", "succeeded", 0)
    assert "sleep 0.5" in " ".join(phase.command)
    assert phase.started < phase.ended
    assert phase.resources["wall_s"] > 0.4
    assert phase.settings["command"].startswith("sleep 0.5")
    assert set(found.outputs) == {"out.txt", "d/link", "INPUT"}
    assert found.outputs["d/link"].link == "../out.txt"
    assert found.outputs["INPUT"].sha256 != found.files["INPUT"].sha256


@pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="programs are seen on Linux only")
def test_the_program_and_its_libraries_are_recorded_with_digests(model_run):
    _run(model_run, f'{sys.executable} -c "{UNTIL_SEEN}"')
    executable = read_manifest(model_run.staging_dir).phases.run[0].executable
    assert executable["path"] == os.path.realpath(sys.executable)
    assert len(executable["sha256"]) == 64
    assert executable["seen"]
    assert any("libc" in Path(path).name for path in executable["libraries"])
    assert all(len(facts["sha256"]) == 64 for facts in executable["libraries"].values())


def test_a_failed_run_and_its_repetition_are_both_recorded(model_run):
    assert not _run(model_run, "echo 1 > one.txt; exit 3")
    folder = model_run.staging_dir
    assert model_run.run(LocalConfig(command="echo 2 > two.txt"), workspace_dir=folder)
    found = read_manifest(folder)
    assert [(one.attempt, one.state, one.exit_code) for one in found.phases.run] == [
        (1, "failed", 3),
        (2, "succeeded", 0),
    ]
    assert set(found.outputs) == {"one.txt", "two.txt"}


def test_looking_again_records_nothing_more(model_run):
    _run(model_run)
    manifest = Workspace(model_run.staging_dir).manifest
    before = manifest.read_bytes()
    for _ in range(2):
        Job.open(model_run.staging_dir).status()
    assert manifest.read_bytes() == before


def test_an_end_that_nobody_saw_is_recorded_by_whoever_looks_next(model_run):
    folder = model_run.generate()
    job = LocalRunBackend().submit(model_run, LocalConfig(command="echo 1 > out.txt"), folder)
    for _ in range(600):
        if (folder / ".rompy/result.json").exists():
            break
        time.sleep(0.1)
    assert read_manifest(folder).phases.run == []
    program = f"from rompy.run.job import Job; print(Job.open({str(folder)!r}).status().state.value)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "succeeded"
    assert list(read_manifest(folder).outputs) == ["out.txt"]
    assert job.status()


def test_netcdf_output_is_recorded_with_statistics(model_run, tmp_path):
    xr.Dataset({"h": ("x", np.array([1.0, 2.0, np.nan]))}).to_netcdf(tmp_path / "made.nc")
    _run(model_run, f"cp {tmp_path / 'made.nc'} out.dat; head -c 100 out.dat > broken.nc")
    outputs = read_manifest(model_run.staging_dir).outputs
    told = outputs["out.dat"].variables["h"]
    assert (told.count, told.missing, told.min, told.max, told.mean, told.std) == (2, 1, 1.0, 2.0, 1.5, 0.5)
    assert outputs["broken.nc"].variables == {}
    assert outputs["broken.nc"].bytes == 100


def test_pipes_and_workspaces_within_are_no_outputs(model_run):
    _run(model_run, "mkfifo pipe; mkdir -p other/.rompy; echo 1 > other/x; echo 1 > out.txt")
    assert list(read_manifest(model_run.staging_dir).outputs) == ["out.txt"]


def test_an_edited_manifest_is_left_as_it_is(model_run, caplog):
    folder = model_run.generate()
    manifest = folder / ".rompy/manifest.json"
    manifest.write_text(manifest.read_text().replace('"run_id": "r"', '"run_id": "s"'))
    before = manifest.read_bytes()
    assert model_run.run(LocalConfig(command="echo 1 > out.txt"), workspace_dir=folder)
    assert manifest.read_bytes() == before
    assert "was edited" in caplog.text


@pytest.mark.parametrize(
    "where", ["rompy.manifest.ending.outputs_since", "rompy.manifest.programs.executable_of"]
)
def test_what_cannot_be_recorded_is_a_warning_and_the_run_succeeded(model_run, monkeypatch, caplog, where):
    def broken(*args, **kwargs):
        raise OSError("the disk is full")

    monkeypatch.setattr(where, broken)
    assert _run(model_run)
    assert "could not be recorded: OSError: the disk is full" in caplog.text
    assert read_manifest(model_run.staging_dir).phases.run == []


def test_a_run_without_manifest_can_still_be_run(model_run, tmp_path):
    folder = tmp_path / "by hand"
    folder.mkdir()
    assert model_run.run(LocalConfig(command="echo 1 > out.txt"), workspace_dir=folder)
    assert not (folder / ".rompy/manifest.json").exists()


def test_secrets_of_the_settings_are_not_recorded(model_run, monkeypatch):
    _run(model_run, "true", env_vars={"API_TOKEN": "s3cr3t-value", "THREADS": "2"})
    text = Workspace(model_run.staging_dir).manifest.read_text()
    assert "s3cr3t" not in text
    assert json.loads(text)["phases"]["run"][0]["settings"]["env_vars"]["THREADS"] == "2"


class _Writer:
    def process(self, model_run, text="x", **settings):
        (model_run.staging_dir / "plot.txt").write_text(text)
        if text == "raise":
            raise ValueError("no picture")
        return {"success": text != "fail", "message": f"wrote {text}"}


class _WriterConfig(NoopPostprocessorConfig):
    text: str = "x"

    def get_postprocessor_class(self):
        return _Writer


def test_what_a_postprocessor_wrote_is_recorded(model_run):
    model_run.generate()
    model_run.postprocess(_WriterConfig(text="good"))
    model_run.postprocess(_WriterConfig(text="fail"))
    with pytest.raises(ValueError, match="no picture"):
        model_run.postprocess(_WriterConfig(text="raise"))
    found = read_manifest(model_run.staging_dir)
    phases = found.phases.postprocess
    assert [(one.processor, one.state, one.reason) for one in phases] == [
        ("noop", "succeeded", "wrote good"),
        ("noop", "failed", "wrote fail"),
        ("noop", "failed", None),
    ]
    assert phases[0].settings["text"] == "good"
    assert found.outputs["plot.txt"].bytes == 5


def _ended(folder):
    for _ in range(600):
        if (folder / ".rompy/result.json").exists():
            return
        time.sleep(0.1)


def _submitted(model_run, tmp_path):
    xr.Dataset({"h": ("x", np.array([1.0, 2.0, np.nan]))}).to_netcdf(tmp_path / "made.nc")
    folder = model_run.generate()
    LocalRunBackend().submit(model_run, LocalConfig(command=f"cp {tmp_path / 'made.nc'} out.nc"), folder)
    _ended(folder)
    return folder, Job.open(folder)


def test_who_asks_how_a_run_stands_does_not_read_its_output_and_who_waits_does(model_run, tmp_path):
    folder, job = _submitted(model_run, tmp_path)
    assert job.status()
    assert wait_for_all([job], timeout=0)[0]
    assert read_manifest(folder).outputs["out.nc"].sha256 is None
    assert job.wait()
    assert read_manifest(folder).outputs["out.nc"].variables["h"].mean == 1.5


@pytest.mark.parametrize("how", ["many", "async", "many async", "postprocess"])
def test_output_is_read_by_everybody_who_works_on_after_the_end(model_run, tmp_path, how):
    folder, job = _submitted(model_run, tmp_path)
    if how == "many":
        wait_for_all([job])
    elif how == "async":
        asyncio.run(job.wait_async())
    elif how == "many async":
        asyncio.run(wait_for_all_async([job]))
    else:
        job.status()
        model_run.postprocess(NoopPostprocessorConfig())
    assert read_manifest(folder).outputs["out.nc"].sha256


def test_waiting_that_is_ended_leaves_the_reading_to_others(model_run, tmp_path, monkeypatch, caplog):
    _, job = _submitted(model_run, tmp_path)
    begun = threading.Event()

    def slow(workspace, *, stop):
        begun.set()
        assert stop.wait(60)

    monkeypatch.setattr("rompy.manifest.ending.read_outputs", slow)

    async def wait_a_moment():
        task = asyncio.ensure_future(job.wait_async())
        await asyncio.to_thread(begun.wait, 60)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(wait_a_moment())
    assert "rompy wait goes on with it" in caplog.text
    caplog.clear()
    assert job.wait(timeout=3)
    assert "rompy wait goes on with it" in caplog.text


def test_a_run_whose_output_was_not_read_is_not_reused(model_run, tmp_path):
    from rompy.provenance.plan.former import former_run

    folder, job = _submitted(model_run, tmp_path)
    job.status()
    assert "not all of its output has been read whole for its record" in str(former_run(folder, model_run))
