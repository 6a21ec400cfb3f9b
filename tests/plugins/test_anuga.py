"""The built-in model keeps what rompy.testing demands of every plugin."""

import shutil

import numpy as np
import pytest
import xarray as xr

from rompy.backends import LocalConfig
from rompy.model import ModelRun
from rompy.testing import ConfigSuite, PostprocessorSuite, SourceSuite
from rompy_anuga.config import AnugaConfig
from rompy_anuga.mesh_source import SourceAnugaMesh
from rompy_anuga.postprocess.config import AnugaPostprocessorConfig
from rompy_anuga.seconds_source import SourceSecondsText
from rompy_anuga.xyz_source import SourceXYZText

X0, Y0 = 759_000.0, 5_912_000.0
"""South-west corner of a channel of 2000 m by 400 m, in EPSG:28355."""

MESH = "package://anuga/parallel/data/merimbula_10785_1.tsh"


@pytest.fixture
def inputs(tmp_path):
    """Bathymetry, a tide and wind for the channel."""
    return _inputs(tmp_path / "inputs")


def _inputs(folder):
    folder.mkdir()
    x, y = np.arange(X0 - 100, X0 + 2101, 100.0), np.arange(Y0 - 100, Y0 + 501, 100.0)
    bed = np.broadcast_to(-4 + (x - X0) / 400, (y.size, x.size))
    grid = {"x": x, "y": y[::-1]}
    xr.Dataset({"elevation": (("y", "x"), bed, {"units": "m", "positive": "up"})}, grid).to_netcdf(
        folder / "bed.nc"
    )
    hours = np.arange("2023-01-01T00", "2023-01-02T01", dtype="datetime64[h]").astype("datetime64[ns]")
    wind = np.ones((hours.size, y.size, x.size)) * np.arange(hours.size)[:, None, None]
    fields = {name: (("time", "y", "x"), wind, {"units": "m s-1"}) for name in ("u10", "v10")}
    xr.Dataset(fields, {"time": hours, **grid}).to_netcdf(folder / "wind.nc")
    lines = [f"{hour},{np.sin(i / 2):.4f}\n" for i, hour in enumerate(hours.astype("datetime64[s]"))]
    (folder / "tide.csv").write_text("time,water_level\n" + "".join(lines))
    return folder


def _description(inputs):
    corners = [[X0, Y0], [X0 + 2000, Y0], [X0 + 2000, Y0 + 400], [X0, Y0 + 400]]
    tags = {"sea": [3], "banks": [0, 1, 2]}
    return {
        "model_type": "anuga",
        "crs": "EPSG:28355",
        "vertical_datum": "MSL",
        "domain": {"model_type": "polygon", "ring": corners, "tags": tags, "max_area": 5000},
        "bathymetry": {"source": {"model_type": "file", "uri": str(inputs / "bed.nc")}},
        "friction": 0.03,
        "initial_level": {"boundary": "sea"},
        "boundaries": {
            "sea": {
                "model_type": "water_level",
                "source": {"model_type": "csv", "filename": str(inputs / "tide.csv")},
            },
            "banks": "wall",
        },
        "wind": {"source": {"model_type": "file", "uri": str(inputs / "wind.nc")}},
        "coriolis": True,
        "output": {"interval": "30m"},
        "numerics": {"ranks": 2},
    }


class TestAnugaConfig(ConfigSuite):
    @pytest.fixture
    def config_class(self):
        return AnugaConfig

    @pytest.fixture
    def description(self, inputs):
        return _description(inputs)

    @pytest.fixture
    def refused(self, description):
        without = {**description, "boundaries": {"banks": "wall"}, "initial_level": 0.0}
        nothing = {**description, "bathymetry": {"source": {"model_type": "file", "uri": "nothing.nc"}}}
        return {"a tag without a condition": without, "bathymetry that is not there": nothing}


class TestSourceAnugaMesh(SourceSuite):
    lazy = False

    @pytest.fixture
    def source_class(self):
        return SourceAnugaMesh

    @pytest.fixture
    def description(self):
        return {"model_type": "anuga_mesh", "uri": MESH, "resolution": 500.0, "crs": "EPSG:28355"}

    @pytest.fixture
    def missing(self):
        return {"model_type": "anuga_mesh", "uri": "nothing here.tsh", "resolution": 500.0}


class TestSourceXYZText(SourceSuite):
    lazy = False

    @pytest.fixture
    def source_class(self):
        return SourceXYZText

    @pytest.fixture
    def description(self, tmp_path):
        points = [(x, y, x / 10 - y / 20) for x in range(0, 101, 10) for y in range(0, 81, 10)]
        np.savetxt(tmp_path / "points.xyz", points, fmt="%.3f")
        return {
            "model_type": "xyz_text",
            "uri": str(tmp_path / "points.xyz"),
            "resolution": 20.0,
            "reach": 15.0,
        }

    @pytest.fixture
    def missing(self):
        return {"model_type": "xyz_text", "uri": "nothing here.xyz", "resolution": 10.0, "reach": 15.0}


class TestSourceSecondsText(SourceSuite):
    lazy = False

    @pytest.fixture
    def source_class(self):
        return SourceSecondsText

    @pytest.fixture
    def description(self, tmp_path):
        np.savetxt(tmp_path / "levels.txt", [(600.0 * i, 0.1 * i) for i in range(7)])
        return {
            "model_type": "seconds_text",
            "uri": str(tmp_path / "levels.txt"),
            "since": "2012-01-01T00:00:00",
            "columns": ["water_level"],
            "units": {"water_level": "m"},
        }

    @pytest.fixture
    def missing(self):
        return {
            "model_type": "seconds_text",
            "uri": "nothing here.txt",
            "since": "2012-01-01",
            "columns": ["water_level"],
        }


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A real run of two hours, made once."""
    root = tmp_path_factory.mktemp("anuga")
    run = ModelRun(
        run_id="channel",
        output_dir=root / "runs",
        period={"start": "2023-01-01T00:00", "end": "2023-01-01T02:00"},
        config={**_description(_inputs(root / "inputs")), "numerics": {}},
    )
    run.run(LocalConfig(timeout=120), run.generate()).check()
    return run


class TestAnugaPostprocessor(PostprocessorSuite):
    @pytest.fixture
    def settings(self):
        stations = {"mouth": {"x": X0 + 100, "y": Y0 + 200}}
        return AnugaPostprocessorConfig(stations=stations, pictures=False, attributes={"institution": "us"})

    @pytest.fixture
    def finished_run(self, finished, tmp_path):
        shutil.copytree(finished.output_dir, tmp_path / "runs")
        return finished.model_copy(update={"output_dir": tmp_path / "runs"})
