"""The built-in model gives the same in a container as on this machine, to the last bit."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from rompy.backends import LocalConfig
from rompy.model import ModelRun
from rompy.testing.folder import contents

X0, Y0 = 759_000.0, 5_912_000.0
"""South-west corner of a channel of 2000 m by 400 m, in EPSG:28355."""


@pytest.fixture
def description(tmp_path):
    """A closed basin with a sloping bed and a surface that is set swinging by wind."""
    x, y = np.arange(X0 - 100, X0 + 2101, 100.0), np.arange(Y0 - 100, Y0 + 501, 100.0)
    bed = np.broadcast_to(-4 + (x - X0) / 1000, (y.size, x.size))
    attributes = {"units": "m", "positive": "up"}
    xr.Dataset({"elevation": (("y", "x"), bed, attributes)}, {"x": x, "y": y}).to_netcdf(tmp_path / "bed.nc")
    corners = [[X0, Y0], [X0 + 2000, Y0], [X0 + 2000, Y0 + 400], [X0, Y0 + 400]]
    level = 0.2 * np.cos(np.pi * (x - X0) / 2000)
    field = np.broadcast_to(level, (y.size, x.size))
    xr.Dataset({"water_level": (("y", "x"), field, attributes)}, {"x": x, "y": y}).to_netcdf(
        tmp_path / "level.nc"
    )
    return {
        "model_type": "anuga",
        "crs": "EPSG:28355",
        "vertical_datum": "MSL",
        "domain": {
            "model_type": "polygon",
            "ring": corners,
            "tags": {"banks": [0, 1, 2, 3]},
            "max_area": 5000,
        },
        "bathymetry": {"source": {"model_type": "file", "uri": str(tmp_path / "bed.nc")}},
        "initial_level": {"source": {"model_type": "file", "uri": str(tmp_path / "level.nc")}},
        "boundaries": {"banks": "wall"},
        "output": {"interval": "5m"},
    }


def homes_of_python():
    """Folders that make up this Python: its environment, and the installation below it."""
    return sorted({str(Path(sys.prefix).resolve()), str(Path(sys.base_prefix).resolve())})


def test_the_seiche_is_the_same(description, new_config, client, tmp_path):
    """The container gets this machine's Python with the model, on top of a root file system that has neither."""
    pytest.importorskip("anuga")
    period = {"start": "2023-01-01T00:00", "end": "2023-01-01T00:20"}
    runs = [
        ModelRun(run_id="seiche", output_dir=tmp_path / name, period=period, config=description)
        for name in ("local", "docker")
    ]
    for run in runs:
        run.generate()
    assert contents(runs[0].staging_dir) == contents(runs[1].staging_dir)
    runs[0].run(LocalConfig(timeout=240), runs[0].staging_dir).check()
    libraries = "/usr/lib/x86_64-linux-gnu"
    config = new_config(
        executable=f"{sys.executable} run_case.py case.json",
        volumes=[f"{home}:{home}:ro" for home in homes_of_python() if home != "/usr"]
        + [f"{libraries}:{libraries}:ro"],
        env_vars={"MPLCONFIGDIR": "/tmp"},
        timeout=240,
    )
    runs[1].run(config, runs[1].staging_dir).check()
    local, docker = ((run.staging_dir / "seiche.sww").read_bytes() for run in runs)
    assert local == docker
    assert os.path.getsize(runs[0].staging_dir / "seiche.sww") > 10_000  # noqa: PTH202
