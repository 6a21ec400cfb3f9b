"""Two small real runs: a tidal channel that ends in a beach, and a channel on a mesh file without a local origin."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

import rompy_anuga

DRIVER = Path(next(iter(rompy_anuga.__path__))) / "driver" / "run_case.py"

X0, Y0 = 759_000.0, 5_912_000.0
"""South-west corner in EPSG:28355, near 36.9 S 149.9 E: northings that 32-bit floats round to half metres."""
LENGTH, WIDTH = 2000.0, 400.0
DURATION_S = 5400.0
INTERVAL_S = 120.0
TIDE_M, TIDE_PERIOD_S = 0.6, 3600.0


def bed_at(x):
    """From 4 m below to 1 m above the datum, along the channel."""
    return -4.0 + 5.0 * (x - X0) / LENGTH


def write_tide(folder):
    """Half an hour longer than the run at both ends, so that clipping to the period matters."""
    seconds = np.arange(-1800.0, DURATION_S + 1801.0, 60.0)
    level = TIDE_M * np.sin(2 * np.pi * seconds / TIDE_PERIOD_S)
    times = np.datetime64("2023-02-01T00:00:00", "ns") + (seconds * 1e9).astype("timedelta64[ns]")
    xr.Dataset({"water_level": ("time", level, {"units": "m"})}, {"time": times}).to_netcdf(
        folder / "boundary_open.nc"
    )


def write_bathymetry(folder):
    x, y = np.arange(X0 - 50, X0 + LENGTH + 51, 50.0), np.arange(Y0 - 50, Y0 + WIDTH + 51, 50.0)
    bed = np.broadcast_to(bed_at(x), (len(y), len(x)))
    xr.Dataset({"elevation": (("y", "x"), bed, {"units": "m"})}, {"x": x, "y": y}).to_netcdf(
        folder / "bathymetry.nc"
    )


def write_case(folder, **changes):
    case = {
        "format": "rompy-anuga-case/1",
        "name": "tidal_channel",
        "start": "2023-02-01T00:00:00Z",
        "duration_s": DURATION_S,
        "crs": "EPSG:28355",
        "vertical_datum": "MSL",
        "mesh": {
            "polygon": "domain.csv",
            "tags": {"open": [3], "exterior": [0, 1, 2]},
            "max_area_m2": 3000.0,
        },
        "bathymetry": {"file": "bathymetry.nc", "variable": "elevation"},
        "friction": 0.025,
        "initial_level_m": 0.0,
        "boundaries": {
            "open": {
                "type": "water_level",
                "file": "boundary_open.nc",
                "variable": "water_level",
                "scheme": "set_level",
            },
            "exterior": {"type": "wall"},
        },
        "output": {"interval_s": INTERVAL_S, "minimum_depth_m": 0.01},
        "numerics": {"scheme": "DE0", "threads": 1, "ranks": 1},
    }
    (folder / "case.json").write_text(json.dumps(case | changes))


def write_mesh_file(path, columns=11, rows=3):
    """A ``.tsh`` of squares cut in two, with thirds of a metre in its coordinates; the west side is ``open``."""
    nodes = [
        (X0 + 1 / 3 + LENGTH * i / (columns - 1), Y0 + 1 / 3 + WIDTH * j / (rows - 1))
        for j in range(rows)
        for i in range(columns)
    ]
    squares = [j * columns + i for j in range(rows - 1) for i in range(columns - 1)]
    triangles = [t for a in squares for t in ((a, a + 1, a + columns), (a + 1, a + columns + 1, a + columns))]
    segments = [(j * columns, (j + 1) * columns, "open") for j in range(rows - 1)]
    text = [f"{len(nodes)} 1 # vertices"]
    text += [f"{i} {x:.6f} {y:.6f} {bed_at(x):.6f}" for i, (x, y) in enumerate(nodes)]
    text += ["# titles", "elevation", f"{len(triangles)} # triangles"]
    text += [f"{i} {a} {b} {c} -1 -1 -1 " for i, (a, b, c) in enumerate(triangles)]
    text += [f"{len(segments)} # segments"] + [f"{i} {a} {b} {tag}" for i, (a, b, tag) in enumerate(segments)]
    text += ["0 0 # outline vertices", "0 # outline segments", "0 # holes", "0 # regions", "0 # areas"]
    path.write_text("\n".join(text) + "\n")
    return np.array(nodes)


def run_model(folder):
    done = subprocess.run(
        [sys.executable, str(DRIVER), "case.json"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="session")
def finished_channel(tmp_path_factory):
    """A finished run of the channel with a beach. Tests must not change it."""
    pytest.importorskip("anuga", exc_type=ImportError)
    folder = tmp_path_factory.mktemp("channel")
    corners = [(X0, Y0), (X0 + LENGTH, Y0), (X0 + LENGTH, Y0 + WIDTH), (X0, Y0 + WIDTH)]
    (folder / "domain.csv").write_text("".join(f"{x},{y}\n" for x, y in corners))
    write_tide(folder)
    write_bathymetry(folder)
    write_case(folder)
    run_model(folder)
    return folder


@pytest.fixture(scope="session")
def finished_mesh_file_run(tmp_path_factory):
    """A finished run on a mesh file whose coordinates have no local origin; ten minutes."""
    folder = tmp_path_factory.mktemp("mesh_file")
    write_mesh_file(folder / "mesh.tsh")
    write_tide(folder)
    write_case(
        folder,
        name="mesh_file_channel",
        duration_s=600.0,
        mesh={"file": "mesh.tsh"},
        bathymetry={"from": "mesh"},
        vertical_datum="AHD",
    )
    run_model(folder)
    return folder


@pytest.fixture
def channel(finished_channel, tmp_path):
    """A copy of the finished run that a test may change."""
    return Path(shutil.copytree(finished_channel, tmp_path / "workspace"))


@pytest.fixture
def model_run(channel):
    """What the processor needs to know of a ModelRun."""
    return SimpleNamespace(run_id="channel-1", staging_dir=channel)


@pytest.fixture(scope="session")
def ugrid_file(finished_channel, tmp_path_factory):
    """The result file of the channel, faces dry below 1 cm."""
    from rompy.postprocess import Origin
    from rompy_anuga.postprocess.case_file import read_case
    from rompy_anuga.postprocess.ugrid import write_ugrid

    path = tmp_path_factory.mktemp("ugrid") / "channel_ugrid.nc"
    return write_ugrid(read_case(finished_channel), path, Origin("channel-1", "4.1.0"))
