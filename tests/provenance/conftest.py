"""A model that is small and real: it reads a generated netCDF file and writes fields on a grid, a table and a log."""

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Literal

import numpy as np
import pytest
import xarray as xr

from rompy import plugins
from rompy.backends import LocalConfig
from rompy.core.citation import Citation
from rompy.core.config import BaseConfig
from rompy.core.launch import Launch
from rompy.core.netcdf import write_netcdf
from rompy.core.resolve import existing
from rompy.model import ModelRun
from rompy.postprocess import BasePostprocessorConfig

PROGRAM = """
import json, time
import netCDF4
import numpy as np

settings = json.load(open("settings.json"))
with netCDF4.Dataset("bed.nc") as bed:
    depth, x, y = bed["depth"][:], bed["x"][:], bed["y"][:]
steps = settings["steps"]
with netCDF4.Dataset(settings["name"] + ".nc", "w") as out:
    for name, size in (("time", steps), ("y", len(y)), ("x", len(x))):
        out.createDimension(name, size)
    for name, values in (("x", x), ("y", y), ("time", 600.0 * np.arange(steps))):
        out.createVariable(name, "f8", (name,))[:] = values
    out["time"].units = "seconds since 2024-02-01"
    out["x"].setncatts({"standard_name": "projection_x_coordinate", "units": "m"})
    out["y"].setncatts({"standard_name": "projection_y_coordinate", "units": "m"})
    level = out.createVariable("level", "f4", ("time", "y", "x"), fill_value=-999.0)
    level.setncatts({"long_name": "water level", "units": "m"})
    for step in range(steps):
        level[step] = np.ma.masked_where(depth < 0, depth * 0 + np.sin(step / 3) / (1 + settings["friction"]))
with open("gauge.txt", "w") as table:
    for step in range(steps):
        table.write(f"{step:4d} {np.sin(step / 3) / (1 + settings['friction']):.6f}\\n")
with open("pond.log", "w") as log:
    log.write(f"done at {time.time()}\\n")
"""


class Pond(BaseConfig):
    """Water that goes up and down."""

    model_type: Literal["pond"] = "pond"
    template: None = None
    bed: str
    friction: float = 0.1
    steps: int = 8

    def __call__(self, runtime):
        with xr.open_dataset(existing(self.bed)) as bed:
            write_netcdf(bed, runtime.staging_dir / "bed.nc")
        settings = {"friction": self.friction, "steps": self.steps, "name": runtime.run_id}
        (runtime.staging_dir / "settings.json").write_text(json.dumps(settings, sort_keys=True))
        (runtime.staging_dir / "pond.py").write_text(PROGRAM)
        return {}

    def render(self, context, output_dir):
        """There is no template."""

    def launch(self):
        return Launch(("python", "pond.py"))

    @classmethod
    def citations(cls):
        return (Citation("Ponds & puddles", ("Pool, Petra",), 2020, "article", {"journal": "Water_Lett"}),)

    @classmethod
    def model_version(cls, workspace):
        return "1.2"


class Summary:
    """Writes the greatest level into a folder of results."""

    def process(self, model_run, digits=3, **settings):
        root = Path(model_run.staging_dir)
        (root / "results").mkdir(exist_ok=True)
        with xr.open_dataset(root / f"{model_run.run_id}.nc") as output:
            (root / "results" / "summary.json").write_text(
                json.dumps({"highest": round(float(output.level.max()), digits)})
            )
        return {"success": True, "message": "1 file"}


class SummaryConfig(BasePostprocessorConfig):
    type: Literal["summary"] = "summary"
    digits: int = 3

    def get_postprocessor_class(self):
        return Summary


@pytest.fixture(scope="session", autouse=True)
def pond_plugins():
    with (
        plugins.registered("rompy.config", "pond", Pond),
        plugins.registered("rompy.postprocess", "summary", Summary),
        plugins.registered("rompy.postprocess.config", "summary", SummaryConfig),
    ):
        yield


def write_bed(path, deepest=5.0):
    x, y = np.arange(0.0, 800.0, 100.0), np.arange(0.0, 500.0, 100.0)
    depth = np.linspace(-1.0, deepest, len(x) * len(y)).reshape(len(y), len(x))
    attributes = {
        "title": "Depths of the pond",
        "creator_name": "Survey of Ponds",
        "citation": "Survey of Ponds (2019): Depths & heights. https://doi.org/10.1234/pond_1",
    }
    xr.Dataset({"depth": (("y", "x"), depth, {"units": "m"})}, {"x": x, "y": y}, attributes).to_netcdf(path)
    return path


def describe(folder, run_id="pond", **config):
    return ModelRun(
        run_id=run_id,
        output_dir=folder / "runs",
        period={"start": "2024-02-01", "end": "2024-02-03", "interval": "1h"},
        config={"model_type": "pond", "bed": str(folder / "bed.nc"), **config},
    )


@pytest.fixture
def pond(tmp_path):
    """Makes a description of a run below ``tmp_path``, with its input."""
    write_bed(tmp_path / "bed.nc")
    return lambda **changes: describe(tmp_path, **changes)


def carried_out(model_run):
    model_run.generate()
    model_run.run(LocalConfig(), workspace_dir=model_run.staging_dir).check()
    model_run.postprocess(SummaryConfig())
    return model_run.staging_dir


@pytest.fixture(scope="session")
def runs(tmp_path_factory):
    """Two finished runs that differ in friction, and their folder. Tests must not change them."""
    folder = tmp_path_factory.mktemp("ponds")
    write_bed(folder / "bed.nc")
    return SimpleNamespace(
        folder=folder,
        pond=carried_out(describe(folder)),
        rough=carried_out(describe(folder, run_id="rough", friction=0.3)),
        describe=describe,
    )


@pytest.fixture
def ran(runs, tmp_path):
    """A copy of a finished run, to be changed."""
    return Path(shutil.copytree(runs.pond, tmp_path / "ran", symlinks=True))


def snapshot(folder):
    """Every file below a folder with content and time of change."""
    return {
        path.relative_to(folder).as_posix(): (path.lstat().st_mtime_ns, path.is_file() and path.read_bytes())
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or not path.is_dir()
    }


@pytest.fixture
def unchanged():
    """``unchanged(folder)`` in a ``with`` block makes sure that nothing in it changes."""
    from contextlib import contextmanager

    @contextmanager
    def watching(folder):
        before = snapshot(folder)
        yield
        assert snapshot(folder) == before

    return watching
