"""The built-in model's input is the same, byte for byte, whoever generates it, where and when."""

from pathlib import Path

import numpy as np
import xarray as xr

from rompy.core.describing.dump import plain
from rompy.core.yaml_loader import load_yaml_with_includes
from rompy.manifest import read_manifest
from rompy.model import ModelRun
from rompy.testing.elsewhere import generated_elsewhere
from rompy.testing.folder import contents

X0, Y0 = 757000.0, 5911000.0
DEMO = Path(__file__).parents[2] / "examples" / "merimbula" / "tide.yml"
MERIMBULA = "package://anuga/parallel/data/merimbula_10785_1.tsh"


def _weather(folder):
    lon, lat = np.linspace(149.86, 149.92, 7).round(6), np.linspace(-36.94, -36.88, 7).round(6)
    time = np.datetime64("2023-01-31T22:00", "ns") + np.arange(6) * np.timedelta64(1, "h")
    values = np.add.outer(np.arange(6) * 0.1, np.add.outer(lat + 36.91, lon - 149.89))
    dims = ("time", "latitude", "longitude")
    fields = {
        "u10": (10 + 20 * values, "m s-1"),
        "v10": (-5 + values, "m s-1"),
        "msl": (1e5 + 300 * values, "Pa"),
        "rate": (0.002 + 1e-4 * values, "kg m-2 s-1"),
    }
    bed = {"manning": 0.03 + values[0] / 10, "water_level": values[0]}
    xr.Dataset(
        {name: (dims[1:], value) for name, value in bed.items()}, {"longitude": lon, "latitude": lat}
    ).to_netcdf(folder / "bed.nc")
    xr.Dataset(
        {name: (dims, value, {"units": units}) for name, (value, units) in fields.items()},
        {"time": time, "longitude": lon, "latitude": lat},
    ).to_netcdf(folder / "weather.nc")
    (folder / "level.csv").write_text(
        "time,level\n" + "".join(f"2023-02-0{1 + h // 24}T{h % 24:02}:00,{h % 7}\n" for h in range(5))
    )


def _description(folder):
    weather = {
        "source": {"model_type": "file", "uri": str(folder / "weather.nc"), "kwargs": {"chunks": {"time": 2}}}
    }
    bed = {"source": {"model_type": "file", "uri": str(folder / "bed.nc")}}
    ring = [[X0, Y0], [X0 + 1000, Y0], [X0 + 1000, Y0 + 1000], [X0, Y0 + 1000]]
    return {
        "run_id": "square",
        "period": {"start": "2023-02-01", "duration": "2h"},
        "config": {
            "model_type": "anuga",
            "crs": "EPSG:28355",
            "domain": {
                "model_type": "polygon",
                "ring": ring,
                "tags": {"sea": [3], "river": [1]},
                "default_tag": "wall",
                "max_area": 5000,
            },
            "bathymetry": {
                "source": {
                    "model_type": "anuga_mesh",
                    "uri": MERIMBULA,
                    "resolution": 100,
                    "extrapolate": 2000,
                }
            },
            "boundaries": {
                "sea": {
                    "model_type": "water_level",
                    "source": {"model_type": "csv", "filename": str(folder / "level.csv")},
                },
                "river": {
                    "model_type": "water_level",
                    "source": {"model_type": "tide", "constituents": "eden_nsw"},
                },
                "wall": {"model_type": "wall"},
            },
            "wind": weather,
            "pressure": weather,
            "rain": {**weather, "variable": "rate"},
            "friction": bed,
            "initial_level": bed,
        },
    }


def test_input_files_are_the_same_bytes_in_all_circumstances(tmp_path):
    _weather(tmp_path)
    description = _description(tmp_path)
    here = ModelRun(**description, output_dir=tmp_path / "here").generate()
    there = generated_elsewhere(description, tmp_path / "far away", number=3)
    assert contents(here) == contents(there)
    fields = {
        "wind",
        "pressure",
        "rain",
        "friction",
        "initial_level",
        "bathymetry",
        "boundary_sea",
        "boundary_river",
    }
    assert {"case.json", *(f"{name}.nc" for name in fields)} <= set(contents(here))
    one, other = read_manifest(here), read_manifest(there)
    assert one.description.meaning_sha256 == other.description.meaning_sha256
    assert one.inputs == other.inputs
    assert one.files == other.files
    assert other.phases.generate.started.startswith("2030-03")


def test_the_demo_is_the_same_bytes_in_all_circumstances(tmp_path):
    description = {**load_yaml_with_includes(DEMO)["config"], "output_dir": tmp_path / "here"}
    here = ModelRun(**description).generate()
    there = generated_elsewhere(plain(description), tmp_path / "far away", number=3)
    assert contents(here) == contents(there)
    assert "boundary_open.nc" in contents(here)
