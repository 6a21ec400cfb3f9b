"""The built-in model's input is the same, byte for byte, whoever generates it, where and when."""

import numpy as np
import xarray as xr

from rompy.manifest import read_manifest
from rompy.testing.elsewhere import generated_elsewhere
from rompy.testing.folder import contents

X0, Y0 = 757000.0, 5911000.0
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
    }
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
                "tags": {"sea": [3]},
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
                "wall": {"model_type": "wall"},
            },
            "wind": weather,
            "pressure": weather,
        },
    }


def test_input_files_are_the_same_bytes_in_all_circumstances(tmp_path):
    _weather(tmp_path)
    description = _description(tmp_path)
    here = generated_elsewhere(description, tmp_path / "here", number=0)
    there = generated_elsewhere(description, tmp_path / "far away" / "there", number=3)
    assert contents(here) == contents(there)
    assert {"wind.nc", "pressure.nc", "bathymetry.nc", "boundary_sea.nc", "case.json"} <= set(contents(here))
    one, other = read_manifest(here), read_manifest(there)
    assert one.description.meaning_sha256 == other.description.meaning_sha256
    assert one.inputs == other.inputs
    assert one.files == other.files
    assert other.phases.generate.started.startswith("2030-03")
