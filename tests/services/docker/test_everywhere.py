"""One case on this machine, in a container, in a queue and on a cluster: the same workspace, and the same result to
the last bit. The container's image is built for it here, without a network: from a root file system with nothing but a
shell and Python, and from wheels."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from rompy.backends import DockerConfig, LocalConfig, SlurmConfig
from rompy.backends.dask import DaskConfig
from rompy.jobs import JobState
from rompy.model import ModelRun
from rompy.testing.folder import contents

HERE = Path(__file__).parent
X0, Y0 = 759_000.0, 5_912_000.0
"""South-west corner of a channel of 2000 m by 400 m, in EPSG:28355."""
LIBRARIES = ("stdc++.so.6", "gcc_s.so.1", "z.so.1", "rt.so.1", "util.so.1", "pthread.so.0", "dl.so.2")
"""What wheels expect of a system."""
DOCKERFILE = """
FROM scratch
ADD rootfs.tar /
COPY wheels /wheels
RUN python3 -m venv --without-pip /opt/model \\
    && python3 "$(echo /wheels/pip-*.whl)/pip" --python /opt/model/bin/python install --no-index \\
        --find-links=/wheels --no-compile --no-cache-dir --root-user-action=ignore anuga
ENV PATH=/opt/model/bin:/usr/bin MPLCONFIGDIR=/tmp
"""


def service(name):
    path = HERE.parent / name / "service.py"
    spec = importlib.util.spec_from_file_location(f"{name}_service", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def missing(what):
    """Here everything has to be there; elsewhere it is said loudly."""
    reason = f"THE CASE IS NOT RUN EVERYWHERE: {what}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def model_is_there():
    if importlib.util.find_spec("anuga") is None:
        missing("there is no anuga")
    if importlib.util.find_spec("distributed") is None:
        missing("there is no distributed")


@pytest.fixture
def image(model_is_there, tmp_path):
    """Build context of an image with the model."""
    context = tmp_path / "image"
    context.mkdir()
    (context / "Dockerfile").write_text(DOCKERFILE)
    root = [str(context / "rootfs.tar"), "--python", sys.executable]
    libraries = [f"lib{name}" for name in LIBRARIES]
    subprocess.run(
        [sys.executable, str(HERE / "minimal_root.py"), *root, "--library", *libraries], check=True
    )
    subprocess.run(
        [sys.executable, str(HERE / "wheels.py"), str(context / "wheels"), "anuga", "pip"], check=True
    )
    return context


@pytest.fixture
def slurm(model_is_there, monkeypatch):
    module = service("slurm")
    if module.missing():
        missing(module.missing())
    folder = Path(tempfile.mkdtemp(prefix="rompy-slurm-"))
    folder.chmod(0o755)
    running = module.Slurm(folder)
    monkeypatch.setenv("SLURM_CONF", str(running.conf))
    try:
        yield running.start()
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def dask(model_is_there, tmp_path):
    cluster = service("dask").Dask(tmp_path / "dask")
    try:
        yield cluster.start(workers=1)
    finally:
        cluster.stop()


@pytest.fixture
def description(tmp_path):
    """A closed basin with a sloping bed and a surface that swings in its lowest mode."""
    x, y = np.arange(X0 - 100, X0 + 2101, 100.0), np.arange(Y0 - 100, Y0 + 501, 100.0)
    attributes = {"units": "m", "positive": "up"}
    values = {"elevation": -4 + (x - X0) / 1000, "water_level": 0.2 * np.cos(np.pi * (x - X0) / 2000)}
    for name, along in values.items():
        field = np.broadcast_to(along, (y.size, x.size))
        xr.Dataset({name: (("y", "x"), field, attributes)}, {"x": x, "y": y}).to_netcdf(
            tmp_path / f"{name}.nc"
        )
    corners = [[X0, Y0], [X0 + 2000, Y0], [X0 + 2000, Y0 + 400], [X0, Y0 + 400]]
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
        "bathymetry": {"source": {"model_type": "file", "uri": str(tmp_path / "elevation.nc")}},
        "initial_level": {"source": {"model_type": "file", "uri": str(tmp_path / "water_level.nc")}},
        "boundaries": {"banks": "wall"},
        "output": {"interval": "5m"},
    }


@pytest.mark.timeout(600)
def test_the_seiche_is_the_same_everywhere(image, empty_engine, slurm, dask, description, tmp_path):
    settings = {
        "local": LocalConfig(timeout=240),
        "docker": DockerConfig(
            dockerfile="Dockerfile", build_context=image, network="none", supervisor="inside", timeout=240
        ),
        "slurm": SlurmConfig(time_limit="0:05:00", patience=10),
        "dask": DaskConfig(timeout=240, **dask.settings),
    }
    period = {"start": "2023-01-01T00:00", "end": "2023-01-01T00:20"}
    runs = {
        name: ModelRun(run_id="seiche", output_dir=tmp_path / name, period=period, config=description)
        for name in settings
    }
    given = {name: contents(run.generate()) for name, run in runs.items()}
    assert all(files == given["local"] for files in given.values())

    for name, run in runs.items():
        result = run.run(settings[name], run.staging_dir)
        assert result.state is JobState.succeeded, f"{name}: {result}"
        assert result.backend == name

    results = {name: (run.staging_dir / "seiche.sww").read_bytes() for name, run in runs.items()}
    assert len(results["local"]) > 10_000
    for name, content in results.items():
        assert content == results["local"], f"{name} differs"
    with xr.open_dataset(runs["docker"].staging_dir / "seiche.sww", engine="netcdf4") as ended:
        levels = ended["stage"].values
    assert np.ptp(levels[0]) > 0.3, "it does not swing"
    assert np.abs(levels[-1] - levels[0]).max() > 0.01, "nothing has happened"
