"""Faults that end in a clean run with wrong numbers, in what the built-in model is given."""

import json
from datetime import datetime, timezone

import numpy as np
import pytest
import xarray as xr

from rompy.errors import DataError
from rompy.model import ModelRun
from rompy_anuga.driver.shallow_water.case import Variable
from rompy_anuga.driver.shallow_water.series import Series

CRS = "EPSG:28355"
X0, Y0 = 760_000.0, 5_912_000.0


@pytest.fixture
def inputs(tmp_path):
    """A bed, and a level that rises by a metre an hour from seven hours before the run."""
    x, y = X0 + np.arange(-200, 1300, 100.0), Y0 + np.arange(-200, 1300, 100.0)
    bed = np.full((y.size, x.size), -5.0)
    xr.Dataset({"elevation": (("y", "x"), bed, {"units": "m"})}, {"x": x, "y": y}).to_netcdf(
        tmp_path / "bed.nc"
    )
    rows = [f"2023-02-{hour // 24 + 1:02}T{hour % 24:02}:00:00Z,{hour - 7}" for hour in range(30)]
    (tmp_path / "level.csv").write_text("\n".join(["time,level", *rows, ""]))
    return tmp_path


def description(inputs, output, **config):
    ring = [[X0, Y0], [X0 + 1000, Y0], [X0 + 1000, Y0 + 1000], [X0, Y0 + 1000]]
    own = {
        "model_type": "anuga",
        "crs": CRS,
        "vertical_datum": "MSL",
        "domain": {"model_type": "polygon", "ring": ring, "tags": {"sea": [3], "weir": [1]}, "default_tag": "wall",
                   "max_area": 20_000},
        "bathymetry": {"source": {"model_type": "file", "uri": str(inputs / "bed.nc")}},
        "boundaries": {
            "sea": {
                "model_type": "water_level", "source": {"model_type": "csv", "filename": str(inputs / "level.csv")}
            },
            "weir": "transmissive",
            "wall": "wall",
        },
    }  # fmt: skip
    period = {"start": "2023-02-01T07:00", "duration": "2h"}
    return {"run_id": "run", "period": period, "output_dir": str(output), "config": {**own, **config}}


def test_water_levels_count_from_the_start_of_the_run_not_from_their_first_row(inputs, tmp_path):
    folder = ModelRun(**description(inputs, tmp_path / "out")).generate()
    case = json.loads((folder / "case.json").read_text())
    start = datetime(2023, 2, 1, 7, tzinfo=timezone.utc)
    part = case["boundaries"]["sea"]
    level = Series(
        Variable("boundaries.sea", folder / part["file"], part["variable"]), "level", start, 7200.0
    )
    assert [level(seconds) for seconds in (0, 1800, 3600, 7200)] == pytest.approx([0, 0.5, 1, 2])


@pytest.mark.parametrize("part", ["bathymetry", "initial_level", "boundary"])
def test_levels_of_another_datum_are_refused_unless_their_offset_is_stated(inputs, tmp_path, part):
    with xr.open_dataset(inputs / "bed.nc") as bed:
        bed.elevation.assign_attrs(vertical_datum="LAT").to_dataset().to_netcdf(inputs / "lat.nc")
    level = xr.Dataset(
        {"level": ("time", np.zeros(30), {"units": "m", "vertical_datum": "LAT"})},
        {"time": np.datetime64("2023-02-01", "ns") + np.arange(30) * np.timedelta64(1, "h")},
    )
    level.to_netcdf(inputs / "level.nc")

    def changed(**offset):
        field = {
            "source": {"model_type": "file", "uri": str(inputs / "lat.nc")},
            "variable": "elevation",
            **offset,
        }
        if part != "boundary":
            return {part: field}
        sea = {
            "model_type": "water_level",
            "source": {"model_type": "file", "uri": str(inputs / "level.nc")},
            **offset,
        }
        return {"boundaries": {"sea": sea, "weir": "transmissive", "wall": "wall"}}

    with pytest.raises(DataError, match=r"is above LAT, the run above MSL(.|\n)*height of LAT above MSL"):
        ModelRun(**description(inputs, tmp_path / "out", **changed())).generate()
    assert not (tmp_path / "out" / "run").exists()
    ModelRun(**description(inputs, tmp_path / "out", **changed(offset=-0.9))).generate()


def test_a_gap_in_the_levels_is_refused_unless_it_is_accepted(inputs, tmp_path):
    rows = (inputs / "level.csv").read_text().splitlines()
    (inputs / "level.csv").write_text("\n".join([*rows[:8], *rows[12:], ""]))
    with pytest.raises(
        DataError, match=r"a gap of 5h from 2023-02-01T06:00:00 to 2023-02-01T11:00:00, but come every 1h"
    ):
        ModelRun(**description(inputs, tmp_path / "out")).generate()
    sea = {
        "model_type": "water_level",
        "source": {"model_type": "csv", "filename": str(inputs / "level.csv")},
    }
    accepted = {"sea": {**sea, "max_gap": "5h"}, "weir": "transmissive", "wall": "wall"}
    ModelRun(**description(inputs, tmp_path / "out", boundaries=accepted)).generate()
