"""Faults that end in a clean run with wrong numbers: each is impossible, or said before anything is written."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rompy.core.boundary import BoundaryWaveStation, DataBoundary
from rompy.core.data import DataGrid, DataPoint
from rompy.core.grid import RegularGrid
from rompy.core.time import TimeRange
from rompy.errors import CoverageError

PERIOD = TimeRange(start="2023-01-02", end="2023-01-03", interval="1h")
GRID = RegularGrid(x0=112.1, y0=-31.9, dx=0.1, dy=0.1, nx=3, ny=2)


@pytest.fixture(params=["ascending", "descending"])
def coarse(request, tmp_path):
    """Daily fields of one-degree cells whose times are whole days."""
    lat = np.arange(-40.0, -24.5)
    lat = lat if request.param == "ascending" else lat[::-1]
    lon, time = np.arange(105.0, 125.5), pd.date_range("2023-01-01", periods=5)
    values = lat[None, :, None] + np.zeros((time.size, 1, lon.size))
    ds = xr.Dataset({"u10": (("time", "lat", "lon"), values)}, {"time": time, "lat": lat, "lon": lon})
    ds.time.encoding = {"units": "days since 1990-01-01", "dtype": "int32"}
    ds.to_netcdf(tmp_path / "coarse.nc")
    return tmp_path / "coarse.nc"


def source(path, **kwargs):
    return {"model_type": "file", "uri": str(path), **kwargs}


def field(path, **kwargs):
    return DataGrid(id="wind", source=source(path), coords={"x": "lon", "y": "lat"}, **kwargs)


def read(path, **kwargs):
    with xr.open_dataset(path, **kwargs) as ds:
        return ds.load()


@pytest.mark.parametrize(
    ("x0", "y0", "lons", "lats"),
    [
        (112.1, -31.9, (112, 113), (-32, -31)),  # between two rows and two columns: nothing lies in the box
        (111.9, -32.05, (111, 113), (-33, -31)),  # one row and one column
        (112.0, -32.0, (112, 113), (-32, -31)),  # the first row and column on its edge
        (124.85, -25.3, (124, 125), (-26, -25)),  # at the end of the data
    ],
)
def test_a_grid_smaller_than_the_cells_of_the_data_gets_two_rows_and_columns(
    coarse, tmp_path, caplog, x0, y0, lons, lats
):
    grid = RegularGrid(x0=x0, y0=y0, dx=0.1, dy=0.1, nx=3, ny=2)
    written = read(field(coarse, buffer=0).get(tmp_path, grid, PERIOD))
    assert (written.lon.values[0], written.lon.values[-1]) == lons
    assert (written.lat.values[0], written.lat.values[-1]) == lats
    assert np.isfinite(np.diff(written.lon)).all()
    assert np.isfinite(np.diff(written.lat).mean())
    assert "are kept, because the data come every 1" in caplog.text


def test_a_grid_beyond_the_cells_of_the_data_is_refused_with_numbers(coarse, tmp_path):
    grid = RegularGrid(x0=125.8, y0=-31.9, dx=0.1, dy=0.1, nx=3, ny=2)
    with pytest.raises(
        CoverageError, match=r"no 'lon' .* 125.8 to 126: they cover 105 to 125, which ends 0.8 earlier"
    ):
        field(coarse).get(tmp_path, grid, PERIOD)
    assert not (tmp_path / "wind.nc").exists()


def test_a_range_that_a_user_chose_is_not_widened(coarse, tmp_path):
    one = field(coarse, filter={"crop": {"lat": {"start": -32.4, "stop": -31.6}}}, crop_data=False)
    assert one.ds.lat.values.tolist() == [-32]


def test_times_stored_as_whole_numbers_keep_their_unit(coarse, tmp_path):
    path = field(coarse).get(tmp_path, GRID, PERIOD)
    raw = read(path, decode_times=False)
    assert raw.time.attrs["units"] == "days since 1990-01-01"
    np.testing.assert_array_equal(np.diff(raw.time), 1)
    assert read(path).time.values[0] == np.datetime64("2023-01-02")


def test_undecoded_times_keep_their_unit_too(tmp_path):
    """A source opened without decoding hands numbers through: their units must still stand beside them."""
    time = xr.Variable("time", np.arange(0, 48, dtype="i4"), {"units": "hours since 2023-01-01"})
    xr.Dataset({"z": ("time", np.arange(48.0))}, {"time": time}).to_netcdf(tmp_path / "in.nc")
    data = DataPoint.model_construct(
        id="level", source=DataGrid(source=source(tmp_path / "in.nc", kwargs={"decode_times": False})).source
    )
    raw = read(data.get(tmp_path), decode_times=False)
    assert raw.time.attrs["units"] == "hours since 2023-01-01"
    assert read(tmp_path / "level.nc").time.values[-1] == np.datetime64("2023-01-02T23")


@pytest.mark.parametrize("kind", [DataGrid, DataBoundary])
@pytest.mark.parametrize(("start", "miss"), [("2022-06-01", "begins"), ("2024-06-01", "ends")])
def test_a_period_outside_the_data_is_noticed_before_writing_and_both_are_named(
    coarse, tmp_path, kind, start, miss
):
    (tmp_path / "wind.nc").write_text("of the last run")
    data = kind(id="wind", source=source(coarse), coords={"x": "lon", "y": "lat"}, spacing=None) if (
        kind is DataBoundary
    ) else field(coarse)  # fmt: skip
    period = TimeRange(start=start, duration="2d", interval="1h")
    with pytest.raises(CoverageError) as error:
        data.get(tmp_path, GRID, period)
    for text in ("2023-01-01T00:00:00 to 2023-01-05T00:00:00", start, f"which {miss}"):
        assert text in str(error.value)
    assert (tmp_path / "wind.nc").read_text() == "of the last run"


def test_stations_that_reach_only_a_part_of_the_boundary_are_refused(tmp_path):
    rng = np.random.default_rng(0)
    ds = xr.Dataset(
        {
            "efth": (("time", "site", "freq", "dir"), rng.random((3, 2, 4, 4))),
            "lon": ("site", [110.0, 110.2]),
            "lat": ("site", [-30.0, -30.1]),
        },
        {"time": pd.date_range("2023-01-01", periods=3), "site": [0, 1], "freq": [0.1, 0.2, 0.3, 0.4],
         "dir": [0, 90, 180, 270]},
    )  # fmt: skip
    ds.to_netcdf(tmp_path / "waves.nc")
    waves = BoundaryWaveStation(
        id="waves", source=source(tmp_path / "waves.nc"), sel_method_kwargs={"tolerance": 0.5}
    )
    grid = RegularGrid(x0=110, y0=-30, dx=0.5, dy=0.5, nx=7, ny=7)
    waves.spacing = 0.5
    with pytest.raises(
        CoverageError, match=r"2\d of 24 points have fewer than two stations within 0.5 degrees"
    ):
        waves.get(tmp_path, grid)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["waves.nc"]
    few = RegularGrid(x0=110, y0=-30, dx=0.1, dy=0.1, nx=7, ny=3)
    waves.spacing, waves.sel_method_kwargs = 0.1, {"tolerance": 0.45}
    with pytest.raises(
        CoverageError, match=r"\d of 16 points have fewer than two stations within 0.45 degrees"
    ):
        waves.get(tmp_path, few)  # less than half of them
    waves.id, waves.checks.coverage = "few", "warn"
    assert waves.get(tmp_path, few).exists()


WRITE = """
import json, sys
from rompy.core.data import DataGrid
from rompy.core.grid import RegularGrid
data = DataGrid(id="out", source={"model_type": "file", "uri": sys.argv[1]}, coords={"x": "lon", "y": "lat"},
                variables=["b", "a", "c"])
path = data.get(sys.argv[2], RegularGrid(x0=1, y0=1, dx=1, dy=1, nx=2, ny=2))
import hashlib, xarray
print(json.dumps([hashlib.sha256(path.read_bytes()).hexdigest(), list(xarray.open_dataset(path, engine="netcdf4"))]))
"""


def test_files_do_not_depend_on_the_seed_of_hashes(tmp_path):
    ds = xr.Dataset(coords={"lat": np.arange(4.0), "lon": np.arange(5.0), "depth": 3.0, "aux": 1.0})
    for name in "cadb":
        ds[name] = (("lat", "lon"), np.full((4, 5), float(ord(name))))
    ds.to_netcdf(tmp_path / "in.nc")
    found = set()
    for seed in ("0", "42"):
        folder = tmp_path / seed
        folder.mkdir()
        done = subprocess.run(
            [sys.executable, "-c", WRITE, str(tmp_path / "in.nc"), str(folder)],
            capture_output=True, text=True, check=True, env={**os.environ, "PYTHONHASHSEED": seed},
        )  # fmt: skip
        found.add(json.dumps(json.loads(done.stdout)))
    assert len(found) == 1
    assert json.loads(found.pop())[1] == ["b", "a", "c"]


def test_a_boundary_mostly_outside_the_data_is_refused(coarse, tmp_path):
    levels = DataBoundary(
        id="levels", source=source(coarse), coords={"x": "lon", "y": "lat"}, sel_method="interp", spacing=0.5
    )
    grid = RegularGrid(x0=124, y0=-32, dx=1, dy=1, nx=8, ny=3)
    with pytest.raises(
        CoverageError, match=r"2\d of 36 boundary points, lon 124 to 131, lie outside .* lon 105 to 125"
    ):
        levels.get(tmp_path, grid)


def globe(tmp_path, first, twice=False):
    """Values that are the longitude itself, within 360 degrees of some meridian; the first one again at the end."""
    lon = np.arange(first, first + (361.0 if twice else 360.0), 1.0)
    values = ((lon + 180) % 360 - 180)[None, :] + np.zeros((21, 1))
    ds = xr.Dataset(
        {"u10": (("lat", "lon"), values, {"units": "m s-1"})},
        {"lat": np.arange(-40.0, -19.0), "lon": ("lon", lon, {"units": "degrees_east"})},
    )
    ds.to_netcdf(tmp_path / "globe.nc")
    return tmp_path / "globe.nc"


CATALOG = """
format: rompy-catalog/1
datasets:
  globe:
    title: Globe
    source: {{model_type: file, uri: "{path}"}}
    variables: {{u10: {{standard_name: eastward_wind, units: km h-1}}}}
    coords: {{x: lon, y: lat, t: null}}
    licence: none
    citation: none
    access: none
"""


@pytest.mark.parametrize("twice", [False, True])
@pytest.mark.parametrize("by", ["itself", "an adapter", "a catalogue"])
@pytest.mark.parametrize(
    ("first", "x0"),
    [(0, -3.0), (0, 357.0), (-180, 177.5), (-180, -183.0), (0, -90.0), (-180, 200.0), (0, 359.6)],
)
def test_a_grid_across_the_seam_of_longitudes_gets_both_sides(tmp_path, first, x0, by, twice):
    path = globe(tmp_path, first, twice)
    described = {
        "itself": source(path),
        "an adapter": source(path, adapter={"variables": {"u10": {"units": "m s-1"}}}),
        "a catalogue": {"model_type": "catalog", "dataset": "globe", "catalog": str(tmp_path / "own.yml")},
    }[by]
    (tmp_path / "own.yml").write_text(CATALOG.format(path=path))
    grid = RegularGrid(x0=x0, y0=-31.5, dx=0.1, dy=0.1, nx=61 if x0 != 359.6 else 3, ny=5)
    data = DataGrid(id="wind", source=described, coords={"x": "lon", "y": "lat", "t": None})
    written = read(data.get(tmp_path, grid))
    lon = written.lon.values
    np.testing.assert_allclose(np.diff(lon), 1)
    if x0 != 359.6:
        assert lon[0] - 1 < x0 <= lon[0] + 0.999
        assert lon[-1] - 0.999 <= x0 + 6 < lon[-1] + 1
    else:
        assert lon.tolist() == [359, 360]
    factor = 3.6 if by == "a catalogue" else 1.0
    np.testing.assert_allclose(written.u10.values[0] / factor, (lon + 180) % 360 - 180, atol=1e-9)


def test_data_that_reach_a_part_of_the_area_are_refused_with_numbers(coarse, tmp_path):
    grid = RegularGrid(x0=120, y0=-32, dx=1, dy=1, nx=12, ny=3)
    with pytest.raises(
        CoverageError, match=r"'lon' .* 105 to 125, the grid from 120 to 131: 6 at the upper end"
    ):
        field(coarse).get(tmp_path, grid, PERIOD)
    assert not (tmp_path / "wind.nc").exists()
    assert field(coarse, checks={"coverage": "warn"}).get(tmp_path, grid, PERIOD).exists()


def test_a_period_that_is_covered_in_part_is_refused_with_numbers(coarse, tmp_path):
    period = TimeRange(start="2023-01-04", end="2023-01-08", interval="1h")
    with pytest.raises(CoverageError, match=r"to 2023-01-05T00:00:00, the run .*: 3d at the end are missing"):
        field(coarse).get(tmp_path, GRID, period)


@pytest.mark.parametrize("by", ["itself", "an adapter"])
def test_a_small_grid_gets_two_rows_and_columns_also_through_an_adapter(coarse, tmp_path, by):
    adapter = (
        {"variables": {"u10": {"source_units": "km h-1", "units": "m s-1"}}} if by == "an adapter" else None
    )
    data = DataGrid(
        id="wind", source=source(coarse, adapter=adapter), coords={"x": "lon", "y": "lat"}, buffer=0
    )
    written = read(data.get(tmp_path, GRID, PERIOD))
    assert written.lon.values.tolist() == [112, 113]
    assert written.lat.values.tolist() == [-32, -31]
