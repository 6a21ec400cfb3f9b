"""Each fault of input data ends `rompy generate` with an error of its own, before anything has changed.

The workspace of the former run and the cache of fetched files stay as they were, to the byte.
"""

import json
import os
import re
from types import SimpleNamespace
from typing import Literal

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from click.testing import CliRunner
from pydantic import Field

from rompy import plugins
from rompy.cli import cli
from rompy.core.config import BaseConfig
from rompy.core.data import DataBlob, DataGrid
from rompy.core.grid import RegularGrid
from rompy.logging import LoggingConfig
from rompy.transfer import download

HOURS = pd.date_range("2023-01-01", periods=25, freq="h")


class Forced(BaseConfig):
    """A model that is forced by wind, and by files as they are."""

    model_type: Literal["forced"] = "forced"
    grid: RegularGrid
    wind: DataGrid
    files: list[DataBlob] = Field(default_factory=list)

    def __call__(self, runtime):
        self.wind.get(runtime.staging_dir, self.grid, runtime.period)
        for file in self.files:
            file.get(runtime.staging_dir)
        return {}

    def render(self, context, output_dir):
        """There is no template."""


def winds():
    """A day of hourly wind over 10 degrees of sea, with land in a corner."""
    lat, lon = np.arange(-38.0, -29.0), np.arange(145.0, 156.0)
    values = np.add.outer(np.arange(25.0), np.add.outer(lat / 10, lon / 100)).astype("f4")
    values[:, 0, 0] = np.nan
    ds = xr.Dataset(
        {name: (("time", "lat", "lon"), values, {"units": "m s-1"}) for name in ("u10", "v10")},
        {"time": HOURS, "lat": lat, "lon": ("lon", lon, {"units": "degrees_east"})},
    )
    ds.u10.attrs["standard_name"] = "eastward_wind"
    return ds


def contents(folder):
    """Of all files but locks, which hold nothing."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock")
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@pytest.fixture
def generate(tmp_path, monkeypatch):
    """Generates over the workspace of a good run, and looks that a failure has left that and the cache alone."""
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr(download, "time", SimpleNamespace(sleep=lambda seconds: None))
    winds().to_netcdf(tmp_path / "good.nc")

    def call(uri, config=None, **wind):
        source = uri if isinstance(uri, dict) else {"model_type": "file", "uri": str(uri)}
        own = {"id": "wind", "source": source, "coords": {"x": "lon", "y": "lat"}, **wind}
        grid = {"grid_type": "regular", "x0": 147, "y0": -36, "dx": 0.5, "dy": 0.5, "nx": 5, "ny": 5}
        description = {
            "run_id": "run",
            "period": {"start": "2023-01-01", "end": "2023-01-02", "interval": "1h"},
            "output_dir": str(tmp_path / "out"),
            "delete_existing": True,
            "config": {"model_type": "forced", "grid": grid, "wind": own, **(config or {})},
        }
        (tmp_path / "run.yml").write_text(json.dumps(description))
        return CliRunner().invoke(cli, ["generate", str(tmp_path / "run.yml")])

    def refused(*arguments, **changes):
        before = contents(tmp_path / "out"), contents(tmp_path / "cache")
        result = call(*arguments, **changes)
        assert (contents(tmp_path / "out"), contents(tmp_path / "cache")) == before
        assert [p.name for p in (tmp_path / "out").iterdir()] == ["run"]
        assert "Traceback" not in result.output
        return result

    with plugins.registered("rompy.config", "forced", Forced):
        assert call(tmp_path / "good.nc").exit_code == 0
        yield SimpleNamespace(good=call, refused=refused)
    LoggingConfig.reset()


def spoilt(tmp_path, change):
    change(winds()).to_netcdf(tmp_path / "bad.nc")
    return tmp_path / "bad.nc"


def with_hole(ds):
    ds.u10[5:8, 3, 4] = np.nan
    return ds


def turned_in_the_middle(ds):
    return ds.isel(lat=[0, 1, 2, 4, 3, 5, 6, 7, 8])


BAD = {
    "missing variable": (
        lambda ds: ds.drop_vars("v10"),
        {"variables": ["u10", "v10"]},
        r"no 'v10'(.|\n)*Available: lat, lon, time, u10",
    ),
    "area beyond the data": (
        lambda ds: ds.isel(lat=slice(4, None)).assign_coords(lat=np.arange(-34.0, -29.0) + 10),
        {},
        r"no 'lat' of the data lies in -36 to -34: they cover -24 to -20, which begins 10 later",
    ),
    "a part of the area beyond the data": (
        lambda ds: ds.isel(lon=slice(0, 3)),
        {},
        r"'lon' of the data reaches from 145 to 147, the grid from 147 to 149: 2 at the upper end are missing",
    ),
    "period beyond the data": (
        lambda ds: ds.assign_coords(time=HOURS + pd.Timedelta("40D")),
        {},
        r"2023-01-01T00:00:00 to 2023-01-02T00:00:00: they cover 2023-02-10T00:00:00 to 2023-02-11T00:00:00, "
        r"which begins 39 days",
    ),
    "a part of the period beyond the data": (
        lambda ds: ds.isel(time=slice(0, 13)),
        {},
        r"reaches from 2023-01-01T00:00:00 to 2023-01-01T12:00:00, the run .*: 12h at the end are missing",
    ),
    "wrong unit": (
        lambda ds: ds.assign(u10=ds.u10.assign_attrs(units="K")),
        {"source": {"adapter": {"variables": {"u10": {"standard_name": "eastward_wind"}}}}},
        r"'u10' is in 'K' \(temperature\), but eastward_wind is measured in 'm s-1' \(length / time\)",
    ),
    "another quantity": (
        lambda ds: ds,
        {"source": {"adapter": {"variables": {"u10": {"standard_name": "northward_wind"}}}}},
        r"'u10' is said to be 'northward_wind', but the data call it 'eastward_wind'",
    ),
    "missing values at wet points": (
        with_hole,
        {},
        r"'u10' has no value at 3 times of places that have some at others: 1 of \d+ places, first lat -35, lon 149",
    ),
    "no values at all": (
        lambda ds: ds.assign(v10=ds.v10 * np.nan),
        {},
        r"'v10' has no value anywhere in the area of the run",
    ),
    "gap in time": (
        lambda ds: ds.isel(time=[*range(8), *range(14, 25)]),
        {},
        r"a gap of 7h from 2023-01-01T07:00:00 to 2023-01-01T14:00:00, but come every 1h \(along 'time'\)",
    ),
    "gap longer than is accepted": (
        lambda ds: ds.isel(time=[*range(8), *range(9, 25)]),
        {"checks": {"max_gap": "1h"}},
        r"a gap of 2h from",
    ),
    "time that comes twice": (
        lambda ds: ds.isel(time=[0, 1, 2, 2, *range(3, 25)]),
        {},
        r"1 of 26 labels along 'time' are there more than once, first 2023-01-01 02:00",
    ),
    "times out of order": (
        lambda ds: ds.isel(time=[0, 2, 1, *range(3, 25)]),
        {},
        r"'time' is out of order: 2023-01-01 01:00:00 comes after 2023-01-01 02:00",
    ),
    "axis out of order": (
        turned_in_the_middle,
        {},
        r"'lat' neither rises nor falls: -35 comes after -34",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_unfit_data_are_refused(fault, generate, tmp_path):
    change, settings, message = BAD[fault]
    source = {"model_type": "file", "uri": str(spoilt(tmp_path, change)), **settings.get("source", {})}
    result = generate.refused(source, **{k: v for k, v in settings.items() if k != "source"})
    assert result.exit_code == 4
    assert_says(result, message)


def assert_says(result, message):
    """One error, and it says so."""
    assert re.search(message, result.stderr), result.stderr
    assert result.stderr.count("Error:") == 1


@pytest.mark.parametrize(
    "fault", ["gap in time", "missing values at wet points", "a part of the period beyond the data"]
)
def test_what_is_missing_can_be_accepted(fault, generate, tmp_path):
    change, _, _ = BAD[fault]
    result = generate.good(spoilt(tmp_path, change), checks={"coverage": "warn", "missing": "warn"})
    assert result.exit_code == 0, result.stderr
    assert (tmp_path / "out" / "run" / "wind.nc").exists()


def test_a_truncated_file_is_refused(generate, tmp_path):
    whole = (tmp_path / "good.nc").read_bytes()
    (tmp_path / "bad.nc").write_bytes(whole[: len(whole) // 2])
    result = generate.refused(tmp_path / "bad.nc")
    assert result.exit_code == 4
    assert_says(result, r"bad\.nc(.|\n)*(truncated|cut off|broken|damaged)")


def test_a_file_of_something_else_is_refused(generate, tmp_path):
    (tmp_path / "bad.nc").write_text("<html>Please log in</html>")
    result = generate.refused(tmp_path / "bad.nc")
    assert result.exit_code == 4
    assert_says(result, r"bad\.nc")


def test_a_missing_file_is_named(generate, tmp_path):
    result = generate.refused(tmp_path / "nowhere.nc")
    assert result.exit_code == 4
    assert_says(result, r"nowhere\.nc")


CATALOG = """
format: rompy-catalog/1
datasets:
  winds:
    title: Winds
    source: {{model_type: file, uri: "{uri}"}}
    coords: {{x: lon, y: lat}}
    checksum: sha256:{digest}
    licence: none
    citation: none
    access: none
"""


@pytest.mark.parametrize("where", ["on this machine", "on a server"])
def test_a_wrong_checksum_is_refused(where, generate, tmp_path, web):
    uri = (
        tmp_path / "good.nc"
        if where == "on this machine"
        else web.put("w.nc", (tmp_path / "good.nc").read_bytes())
    )
    (tmp_path / "own.yml").write_text(CATALOG.format(uri=uri, digest="0" * 64))
    result = generate.refused(
        {"model_type": "catalog", "dataset": "winds", "catalog": str(tmp_path / "own.yml")}
    )
    assert result.exit_code == 10
    assert_says(result, r"wrong checksum: sha256 [0-9a-f]{64} instead of 0{64}")


@pytest.mark.parametrize("status", [401, 403])
def test_missing_credentials_are_told_from_missing_files(status, generate, web):
    url = web.put("w.nc", b"secret")
    web.statuses["w.nc"] = [status] * 9
    result = generate.refused(url)
    assert result.exit_code in (4, 10)
    assert_says(result, rf"{status}|credentials|denied|refused")


def test_a_disk_that_fills_up_while_fetching_leaves_all_as_it_was(
    generate, tmp_path, web, tiny_disk, monkeypatch
):
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tiny_disk))
    url = web.put_version("big.bin", os.urandom(400_000))
    result = generate.refused(tmp_path / "good.nc", {"files": [{"id": "big", "source": url}]})
    assert result.exit_code == 10
    assert_says(result, r"disk full|no space left")
    assert not [name for name in contents(tiny_disk) if "parts" in name]
