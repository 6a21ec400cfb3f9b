"""Data reach the workspace cut to the run, and the objects that bring them stay as they were described."""

import os
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pydantic import ConfigDict, ValidationError, model_validator

from rompy import plugins
from rompy.core.crs import known, transformer
from rompy.core.data import DataBase, DataBlob, DataGrid, DataPoint
from rompy.core.filters import Filter
from rompy.core.grid import RegularGrid, UnstructuredGrid
from rompy.core.source import SourceBase, SourceFile, SourceTide, opened_once
from rompy.core.time import TimeRange
from rompy.core.types import DatasetCoords, Slice
from rompy.errors import CoverageError, DataError, MissingFileError, WorkspaceError

GRID = RegularGrid(x0=112, y0=-32, dx=0.5, dy=0.5, nx=5, ny=4)
PERIOD = TimeRange(start="2023-01-02", end="2023-01-03", interval="1h")


@pytest.fixture
def path(tmp_path):
    """A wind field as most are: hourly times as whole numbers, latitudes from north to south."""
    time = pd.date_range("2023-01-01", periods=96, freq="h")
    lat, lon = np.arange(-25, -40.5, -0.5), np.arange(105, 125.5, 0.5)
    shape = (time.size, lat.size, lon.size)
    rng = np.random.default_rng(0)
    ds = xr.Dataset(
        {
            name: (("time", "latitude", "longitude"), rng.random(shape, dtype="float32"))
            for name in ("u10", "v10")
        },
        coords={"time": time, "latitude": lat, "longitude": lon},
    )
    ds.time.encoding = {"units": "hours since 1900-01-01", "dtype": "int32"}
    file = tmp_path / "in" / "wind.nc"
    file.parent.mkdir()
    ds.to_netcdf(file)
    return file


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def wind(path, **kwargs):
    return DataGrid(**{"id": "wind", "source": {"model_type": "file", "uri": str(path)}, **kwargs})


def read(path):
    with xr.open_dataset(path) as ds:
        return ds.load()


# What is written


def test_a_field_is_cut_to_the_area_and_the_period(path, out):
    written = read(wind(path, buffer=1).get(out, GRID, PERIOD))
    assert (written.longitude.min(), written.longitude.max()) == (111, 115)
    assert (written.latitude.max(), written.latitude.min()) == (-29.5, -33)
    assert (written.time[0], written.time[-1]) == (np.datetime64("2023-01-02"), np.datetime64("2023-01-03"))
    with xr.open_dataset(path) as source:
        xr.testing.assert_identical(written, source.sel(written.coords).load())


def test_the_file_has_the_name_of_the_data_and_lies_where_it_should(path, out):
    assert wind(path).get(destdir=str(out), grid=GRID, time=PERIOD) == out / "wind.nc"
    assert os.listdir(out) == ["wind.nc"]


def test_subclasses_may_name_the_file(path, out):
    class Numbered(DataGrid):
        @property
        def outfile(self):
            return f"{self.id}.0001.nc"

    assert Numbered(id="air", source=SourceFile(uri=path)).get(out).name == "air.0001.nc"


def test_without_grid_and_time_everything_is_written(path, out):
    assert read(wind(path).get(out)).sizes == {"time": 96, "latitude": 31, "longitude": 41}
    assert read(wind(path, crop_data=False).get(out, GRID, PERIOD)).sizes["time"] == 96


@pytest.mark.parametrize("variables", [["u10"], "u10"])
def test_some_variables_only(path, out, variables):
    assert list(read(wind(path, variables=variables).get(out)).data_vars) == ["u10"]


def test_whole_numbers_of_time_keep_their_units(path, out):
    with xr.open_dataset(wind(path).get(out, GRID, PERIOD), decode_times=False) as raw:
        assert raw.time.attrs["units"] == "hours since 1900-01-01"
        assert raw.time.dtype == "int32"


def test_the_bytes_are_the_same_each_time(path, out):
    data = wind(path)
    first = data.get(out, GRID, PERIOD).read_bytes()
    assert data.get(out, GRID, PERIOD).read_bytes() == first
    assert wind(path).get(out, GRID, PERIOD).read_bytes() == first


@pytest.mark.parametrize(("buffer", "hours"), [([0, 0], 25), ([1, 1], 27), ([2, 0], 27), ([0, 3], 28)])
def test_steps_before_and_after_the_period(path, out, buffer, hours):
    written = read(wind(path, time_buffer=buffer).get(out, GRID, PERIOD))
    assert written.sizes["time"] == hours
    assert written.time[0] == np.datetime64("2023-01-02") - np.timedelta64(buffer[0], "h")


def test_a_buffer_of_a_source_without_steps_is_none(tmp_path, out):
    xr.Dataset({"z": (("latitude", "longitude"), np.ones((9, 9)))}).assign_coords(
        latitude=np.arange(-36, -27), longitude=np.arange(108, 117)
    ).to_netcdf(tmp_path / "depth.nc")
    written = read(wind(tmp_path / "depth.nc", time_buffer=[1, 1]).get(out, GRID, PERIOD))
    assert written.sizes == {"latitude": 2, "longitude": 3}


def test_undecoded_times_are_explained(path, out):
    data = wind(path, source=SourceFile(uri=path, kwargs={"decode_times": False}), time_buffer=[1, 1])
    with pytest.raises(DataError, match="'time' of the source holds no times"):
        data.get(out, GRID, PERIOD)


def test_other_names_of_coordinates(path, tmp_path, out):
    read(path).rename(time="t", latitude="y", longitude="x").to_netcdf(tmp_path / "renamed.nc")
    data = wind(tmp_path / "renamed.nc", coords={"t": "t", "x": "x", "y": "y"})
    assert read(data.get(out, GRID, PERIOD)).sizes == {"t": 25, "y": 4, "x": 5}


# Data that do not fit


def test_an_area_outside_the_data_is_refused_with_numbers(path, out):
    grid = RegularGrid(x0=150, y0=-32, dx=0.5, dy=0.5, nx=5, ny=4)
    with pytest.raises(CoverageError, match="in 150 to 152: they cover 105 to 125, which ends 25 earlier"):
        wind(path).get(out, grid, PERIOD)
    assert os.listdir(out) == []


def test_a_period_outside_the_data_is_refused_with_times(path, out):
    with pytest.raises(CoverageError, match="2024-01-02T00:00:00: they cover 2023-01-01T00:00:00"):
        wind(path).get(out, GRID, TimeRange(start="2024-01-01", duration="1d"))


def test_a_crop_of_the_user_that_does_not_meet_the_run_is_refused(path, out):
    data = wind(path, filter={"crop": {"time": {"start": "2023-01-01", "stop": "2023-01-01T12"}}})
    with pytest.raises(CoverageError, match="lies in all of these ranges together"):
        data.get(out, GRID, PERIOD)


def test_a_missing_file_and_a_missing_folder(path, out):
    with pytest.raises(MissingFileError, match=r"(?s)wint\.nc.*wind\.nc"):
        wind(path.with_name("wint.nc")).get(out)
    with pytest.raises(WorkspaceError, match="no folder"):
        wind(path).get(out / "nowhere")


# The description stays


def test_a_crop_of_the_user_is_narrowed_and_not_replaced(path, out):
    data = wind(path, filter={"crop": {"time": {"start": "2023-01-02T06:00:00", "stop": "2023-01-09"}}})
    written = read(data.get(out, GRID, PERIOD))
    assert written.time[0] == np.datetime64("2023-01-02T06:00")
    assert written.time[-1] == np.datetime64("2023-01-03")


def test_use_changes_neither_the_description_nor_equality(path, out):
    data, twin = (wind(path, filter={"crop": {"longitude": {"start": 100, "stop": 120}}}) for _ in range(2))
    dump, given, filter_ = data.model_dump(), set(data.model_fields_set), data.filter
    data.get(out, GRID, PERIOD)
    assert (data, data.model_dump(), data.model_fields_set) == (twin, dump, given)
    assert data.filter is filter_
    data._filter_grid(GRID)
    data._filter_time(PERIOD)
    assert (data, data.model_dump(), data.model_fields_set) == (twin, dump, given)


def test_use_leaves_no_crop_behind_even_after_a_failure(path, out):
    data = wind(path)
    data.get(out, GRID, PERIOD)
    assert data.ds.sizes["time"] == 96
    with pytest.raises(WorkspaceError):
        data.get(out / "nowhere", GRID, PERIOD)
    assert data.ds.sizes == {"time": 96, "latitude": 31, "longitude": 41}


def test_hooks_cut_the_dataset_until_the_next_get(path, out):
    data = wind(path)
    data._filter_grid(GRID)
    assert data.ds.sizes == {"time": 96, "latitude": 4, "longitude": 5}
    data._filter_time(PERIOD)
    assert data.ds.sizes == {"time": 25, "latitude": 4, "longitude": 5}
    data._filter_time(TimeRange(start="2023-01-01", duration="2h"))
    assert data.ds.sizes["time"] == 3
    assert read(data.get(out)).sizes["time"] == 3
    assert data.ds.sizes["time"] == 96


def test_one_filter_for_two_data_is_not_cut_for_both(path):
    shared = Filter()
    one, two = wind(path, filter=shared), wind(path, filter=shared)
    one._filter_grid(GRID)
    assert one.ds.sizes["longitude"] == 5
    assert two.ds.sizes["longitude"] == 41


def test_a_dump_makes_the_same_data_again(path):
    data = wind(path, variables=["u10"], filter={"crop": {"latitude": {"start": -40, "stop": -30}}}, buffer=1)
    assert DataGrid(**data.model_dump()) == data
    assert DataGrid.model_validate_json(data.model_dump_json()) == data


def test_defaults_are_not_shared(path):
    one, two = wind(path), wind(path)
    one.variables.append("u10")
    one.time_buffer[0] = 5
    one.filter.crop["x"] = Slice()
    assert (two.variables, two.time_buffer, two.filter.crop) == ([], [0, 0], {})
    assert wind(path, variables=None).variables == []


# As plugins use it


class Component(DataGrid):
    """Adds variables of its own after construction, as plugins do."""

    model_type: Literal["component"] = "component"
    z1: str | None = None

    @model_validator(mode="after")
    def _add(self):
        self.variables.append(self.z1)
        self.variables = self.variables
        return self


class LateSource(DataGrid):
    """Takes its source after construction, opens it itself with its own filter, and validates assignments."""

    model_config = ConfigDict(extra="allow", validate_assignment=True, arbitrary_types_allowed=True)
    source: Any = None

    def __init__(self, **data):
        source = data.pop("source")
        super().__init__(**data)
        self.source = source

    @property
    def ds(self):
        return self.source.open(variables=self.variables, filters=self.filter, coords=self.coords)


class Eager(DataGrid):
    """Looks into its data while it is being made."""

    @model_validator(mode="after")
    def _look(self):
        assert self.ds.sizes["time"] == 96
        return self


def test_subclasses_may_add_variables(path, out):
    assert list(read(Component(source=SourceFile(uri=path), z1="v10").get(out)).data_vars) == ["v10"]


def test_subclasses_may_set_their_source_late_and_open_it_with_their_filter(path, out):
    data = LateSource(id="air", source=SourceFile(uri=path))
    data.id = "air_1"
    written = read(data.get(out, GRID, PERIOD))
    assert written.sizes == {"time": 25, "latitude": 4, "longitude": 5}
    assert data.ds.sizes["time"] == 96


def test_subclasses_may_read_their_data_during_validation(path):
    Eager(source=SourceFile(uri=path))


def test_nothing_is_opened_at_construction():
    wind("nowhere.nc")


def test_core_classes_have_none_of_the_names_that_plugins_look_for(path):
    for cls in (DataBlob, DataGrid):
        for name in ("stride", "timestride", "set_default_dates", "get_template_context"):
            assert not hasattr(cls, name)


class Recorder(SourceBase):
    model_type: Literal["recorder"] = "recorder"

    def _open(self):
        raise NotImplementedError

    def open(self, *args, **kwargs):
        assert not args
        CALLS.append(kwargs)
        return xr.Dataset({"u": ("time", [1.0])}, coords={"time": pd.date_range("2023", periods=1)})


CALLS: list[dict[str, Any]] = []


def test_sources_are_opened_by_keyword(out):
    with plugins.registered("rompy.source", "recorder", Recorder):
        data = DataGrid(source={"model_type": "recorder"}, variables=["u"])
    data.get(out)
    assert [{"variables": ["u"], "filters": data.filter, "coords": data.coords}] == CALLS


def test_an_unknown_source_is_explained():
    with pytest.raises(ValidationError, match="fil.*not among the installed"):
        DataGrid(source={"model_type": "fil", "uri": "a"})
    with pytest.raises(ValidationError, match="not among"):
        DataPoint(source={"model_type": "file", "uri": "a"})


def test_a_file_is_opened_once_within_a_block(path, out, monkeypatch):
    opened = []
    real = SourceFile._open
    monkeypatch.setattr(SourceFile, "_open", lambda self: opened.append(self.uri) or real(self))
    with opened_once():
        wind(path, time_buffer=[1, 1]).get(out, GRID, PERIOD)
        wind(path, id="other", variables=["u10"]).get(out, GRID, PERIOD)
    assert len(opened) == 1


# Series


def test_a_series_is_cut_to_the_period(tmp_path, out):
    (tmp_path / "w.csv").write_text("time,u\n" + "".join(f"2023-01-{d:02},{d}\n" for d in range(1, 10)))
    source = {"model_type": "csv", "filename": tmp_path / "w.csv"}
    data = DataPoint(id="series", source=source)
    written = read(data.get(out, GRID, PERIOD))
    assert written.u.values.tolist() == [2, 3]
    assert DataPoint(**data.model_dump()) == data


def test_a_tide_covers_the_period(out):
    period = TimeRange(start="2023-01-02T00:05", duration="1h")
    data = DataPoint(id="tide", source={"model_type": "tide", "constituents": "eden_nsw"}, time_buffer=[1, 0])
    written = read(data.get(out, GRID, period))
    assert str(written.time.values[0])[:16] == "2023-01-01T23:50"
    assert str(written.time.values[-1])[:16] == "2023-01-02T01:10"
    same = read(DataGrid(source=SourceTide(constituents="eden_nsw")).get(out, GRID, period))
    np.testing.assert_allclose(same.water_level, written.water_level[1:])


# Files as they are


def test_a_file_is_copied_with_its_mode(tmp_path, out):
    source = tmp_path / "run.sh"
    source.write_text("echo")
    source.chmod(0o750)
    blob = DataBlob(source=str(source))
    assert not blob._copied
    path = blob.get(str(out))
    assert path == out / "run.sh"
    assert path.read_text() == "echo"
    assert path.stat().st_mode & 0o777 == 0o750
    assert blob._copied == str(path)
    assert isinstance(blob._copied, str)


def test_a_copy_may_have_another_name_and_be_made_again(tmp_path, out):
    source = tmp_path / "grid.txt"
    source.write_text("old")
    blob = DataBlob(source=source)
    assert blob.get(out, name="hgrid.gr3").name == "hgrid.gr3"
    source.write_text("new")
    assert blob.get(out, name="hgrid.gr3").read_text() == "new"


def test_grids_and_times_are_ignored(tmp_path, out):
    (tmp_path / "a.txt").write_text("a")
    blob = DataBlob(source=tmp_path / "a.txt")
    assert blob.get(destdir=out, grid=GRID, time=PERIOD).name == "a.txt"
    assert blob.get(out, GRID, PERIOD).name == "a.txt"


def test_a_folder_is_copied(tmp_path, out):
    (tmp_path / "tables" / "inner").mkdir(parents=True)
    (tmp_path / "tables" / "inner" / "a.txt").write_text("a")
    assert (DataBlob(source=tmp_path / "tables").get(out) / "inner" / "a.txt").read_text() == "a"


def test_a_link_is_relative(tmp_path, out):
    (tmp_path / "a.txt").write_text("a")
    blob = DataBlob(source=tmp_path / "a.txt", link=True)
    for _ in range(2):
        path = blob.get(out)
        assert path.is_symlink()
        assert not path.readlink().is_absolute()
        assert path.read_text() == "a"
    assert not DataBlob(source=tmp_path / "a.txt", model_type="data_link").get(out).is_symlink()


def test_only_files_are_linked():
    with pytest.raises(ValidationError, match="Cannot use link=True with s3:// URIs"):
        DataBlob(source="s3://bucket/a", link=True)


def test_files_of_packages_and_uris(tmp_path, out):
    assert DataBlob(source="package://rompy/py.typed").get(out).is_file()
    (tmp_path / "a b.txt").write_text("a")
    assert DataBlob(source=f"file://{tmp_path}/a%20b.txt").get(out).name == "a b.txt"


def test_a_missing_file_is_explained(tmp_path, out):
    (tmp_path / "hgrid.gr3").touch()
    with pytest.raises(FileNotFoundError, match=r"(?s)hgrid\.gr4.*hgrid\.gr3") as caught:
        DataBlob(source=tmp_path / "hgrid.gr4").get(out)
    assert isinstance(caught.value, MissingFileError)


def test_other_schemes_go_through_their_transfer(out):
    class Memory:
        def get(self, uri, destdir, name=None, link=False):
            path = Path(destdir) / (name or uri.rpartition("/")[2])
            path.write_text(f"{uri} {link}")
            return path

    with plugins.registered("rompy.transfer", "mem", Memory):
        assert DataBlob(source="mem://a/b.txt").get(out).read_text() == "mem://a/b.txt False"
    with pytest.raises(KeyError, match="No transfer registered for scheme 'mem'"):
        DataBlob(source="mem://a/b.txt").get(out)


@pytest.mark.parametrize("source", ["a.txt", Path("a.txt"), "s3://bucket/{start_time}.nc", "C:\\data\\a.nc"])
def test_the_source_is_kept_as_it_is_given(source):
    blob = DataBlob(source=source)
    assert blob.source == source
    assert type(blob.source) is type(source)
    assert DataBlob(**blob.model_dump()) == blob


def test_paths_of_other_kinds_are_kept_as_their_address():
    class CloudPath(os.PathLike):
        def __fspath__(self):
            raise NotImplementedError

        def __str__(self):
            return "s3://bucket/key"

    assert DataBlob(source=CloudPath()).source == "s3://bucket/key"


def test_use_does_not_change_a_blob(tmp_path, out):
    (tmp_path / "a.txt").touch()
    blob = DataBlob(source=tmp_path / "a.txt")
    blob.get(out)
    assert blob == DataBlob(source=tmp_path / "a.txt")
    assert blob.model_dump() == DataBlob(source=tmp_path / "a.txt").model_dump()


def test_the_base_leaves_getting_to_others(out):
    with pytest.raises(TypeError, match="get"):
        DataBase()

    class Own(DataBase):
        model_type: Literal["own"] = "own"

        def get(self, destdir, *args, **kwargs):
            return Path(destdir) / self.id

    assert Own().get(out) == out / "data"


# Pictures


def test_a_map(path, tmp_path):
    figure, ax = wind(path).plot(
        "u10", isel={"time": 0}, model_grid=GRID, fscale=3, coastline=False, vmin=0, vmax=1
    )
    figure.savefig(tmp_path / "map.png")
    assert ax.get_xlim() == pytest.approx((105, 125))
    plt.close(figure)


def test_a_map_without_cartopy(path, monkeypatch):
    monkeypatch.setitem(sys.modules, "cartopy", None)
    monkeypatch.setitem(sys.modules, "cartopy.crs", None)
    figure, ax = wind(path).plot("u10", isel={"time": 0}, figsize=(3, 2))
    assert ax.get_ylim() == pytest.approx((-40.25, -24.75))
    plt.close(figure)


def test_a_map_needs_one_field(path):
    with pytest.raises(DataError, match=r"isel=\{'time': 0\}"):
        wind(path).plot("u10")
    with pytest.raises(DataError, match=r"(?s)no 'u'.*u10"):
        wind(path).plot("u")


# Real data


def test_real_wind(real_data, out):
    grid = RegularGrid(x0=110, y0=-40, dx=5, dy=5, nx=5, ny=5)
    data = DataGrid(
        id="wind",
        source={"model_type": "intake", "dataset_id": "era5", "catalog_uri": real_data / "catalog.yaml"},
        variables=["u10", "v10"],
    )
    written = read(data.get(out, grid, TimeRange(start="2023-01-01", duration="12h")))
    assert written.u10.shape == (3, 5, 5)
    with xr.open_dataset(real_data / "era5-20230101.nc") as source:
        xr.testing.assert_equal(written, source.sel(written.coords).load())
    assert (written.time[1] - written.time[0]).values == np.timedelta64(timedelta(hours=6))


def test_real_depths_with_a_wrong_name(real_data, out):
    data = DataGrid(source=SourceFile(uri=real_data / "gebco-1deg.nc"), variables=["elevation"])
    with pytest.raises(DataError, match=r"(?s)no coordinate 'longitude'.*They have: lat, lon.*coords"):
        data.get(out, GRID)
    data.coords = DatasetCoords(x="lon", y="lat")
    assert read(data.get(out, GRID)).elevation.shape == (2, 3)
    assert data == DataGrid(source=data.source, variables=["elevation"], coords=data.coords)


def test_periods_of_naive_and_aware_times_are_alike(path, out):
    aware = TimeRange(start="2023-01-02T11:00:00+11:00", end=datetime(2023, 1, 3))
    assert read(wind(path).get(out, GRID, aware)).sizes["time"] == 25


# On the points of the grid


def test_data_come_on_the_points_of_the_grid_if_that_is_wanted(path, out):
    small = RegularGrid(x0=112.1, y0=-31.9, dx=0.1, dy=0.1, nx=4, ny=3, rot=15)
    data = wind(path, regrid={"method": "bilinear"})
    with xr.open_dataset(path) as whole:
        expected = whole.u10.interp(
            longitude=xr.DataArray(small.x, dims=("row", "column")),
            latitude=xr.DataArray(small.y, dims=("row", "column")),
        ).sel(time=slice("2023-01-02", "2023-01-03"))
        written = read(data.get(out, small, PERIOD))
        assert written.u10.dims == ("time", "row", "column")
        np.testing.assert_allclose(written.u10, expected.isel(time=slice(written.time.size)), rtol=1e-5)
    assert wind(path, **{"regrid": data.model_dump()["regrid"]}) == data


def test_data_come_in_the_metres_of_the_grid(path, out):
    metres = RegularGrid(x0=400_000, y0=6_450_000, dx=2000, dy=3000, nx=6, ny=5)
    data = wind(path, regrid={"to_crs": "EPSG:32750", "vectors": [("u10", "v10")]})
    written = read(data.get(out, metres, PERIOD))
    assert written.u10.dims == ("time", "y", "x")
    assert written.u10.notnull().all()
    assert written.crs.attrs["grid_mapping_name"] == "transverse_mercator"


def linear_field(lon, lat):
    """A field linear in its coordinates."""
    return 3.0 + 2.0 * lon - 1.5 * lat


@pytest.fixture(params=["rows and columns", "curved", "scattered"])
def anywhere(request, tmp_path):
    """A linear field on a wide area, on grids of each kind."""
    lon, lat = np.meshgrid(np.arange(108, 118, 0.5), np.arange(-38, -28, 0.5))
    if request.param == "rows and columns":
        coords = {"longitude": ("longitude", lon[0]), "latitude": ("latitude", lat[:, 0])}
        ds = xr.Dataset({"z": (("latitude", "longitude"), linear_field(lon, lat))}, coords)
    elif request.param == "curved":
        lon, lat = lon + 0.1 * (lat + 33), lat - 0.05 * (lon - 113) ** 2
        coords = {"longitude": (("j", "i"), lon), "latitude": (("j", "i"), lat)}
        ds = xr.Dataset({"z": (("j", "i"), linear_field(lon, lat))}, coords)
    else:
        random = np.random.default_rng(3)
        lon, lat = random.uniform(105, 120, 900), random.uniform(-40, -26, 900)
        ds = xr.Dataset(
            {"z": ("site", linear_field(lon, lat))}, {"longitude": ("site", lon), "latitude": ("site", lat)}
        )
    ds.to_netcdf(tmp_path / "z.nc")
    return tmp_path / "z.nc"


def targets():
    rows = RegularGrid(x0=111.0, y0=-34.0, dx=0.3, dy=0.2, nx=9, ny=8)
    turned = RegularGrid(x0=112.0, y0=-34.0, dx=0.2, dy=0.2, nx=8, ny=8, rot=25)
    x, y = np.array([111.2, 113.7, 113.1, 111.4, 112.3]), np.array([-34.1, -33.9, -32.2, -32.0, -33.1])
    mesh = UnstructuredGrid(x=x, y=y, triangles=[[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    return {"rows": rows, "turned": turned, "mesh": mesh}


@pytest.mark.parametrize("kind", ["rows", "turned", "mesh"])
def test_a_linear_field_is_exact_on_any_grid_from_any_other_also_at_its_edge(anywhere, out, kind):
    grid = targets()[kind]
    data = DataGrid(
        id="z", source={"model_type": "file", "uri": str(anywhere)}, regrid={"method": "bilinear"}
    )
    written = read(data.get(out, grid))
    lon, lat = written.longitude, written.latitude
    expected = linear_field(*xr.broadcast(lon, lat)) if kind == "rows" else linear_field(lon, lat)
    np.testing.assert_allclose(written.z.transpose(*expected.dims), expected, rtol=1e-9)
    assert written.z.size == np.size(grid.x)


def test_data_in_metres_are_cut_by_their_own_system(tmp_path, out):
    """Their grid mapping names it: nothing has to be said twice."""
    x, y = np.arange(380_000, 520_000, 5000.0), np.arange(6_300_000, 6_420_000, 5000.0)
    ds = xr.Dataset({"z": (("y", "x"), x + y[:, None], {"grid_mapping": "spatial_ref"})}, {"x": x, "y": y})
    ds["spatial_ref"] = xr.DataArray(0, attrs=known("EPSG:32750").to_cf())
    ds.to_netcdf(tmp_path / "utm.nc")
    grid = RegularGrid(x0=116.2, y0=-33.0, dx=0.1, dy=0.1, nx=5, ny=4)
    data = DataGrid(
        source={"model_type": "file", "uri": str(tmp_path / "utm.nc")},
        coords={"x": "x", "y": "y"},
        regrid={"to_crs": "EPSG:4326"},
    )
    written = read(data.get(out, grid))
    east, north = transformer("EPSG:4326", "EPSG:32750").transform(*np.meshgrid(written.lon, written.lat))
    np.testing.assert_allclose(written.z, east + north, rtol=1e-9)


@pytest.mark.parametrize("fill", [None, "nearest", "diffusion"])
def test_land_is_filled_if_that_is_wanted(tmp_path, out, fill):
    lon, lat = np.arange(108, 118, 0.5), np.arange(-38, -28, 0.5)
    values = np.where(lon > 112.4, np.nan, 5.0) + 0 * lat[:, None]
    coords = {"longitude": lon, "latitude": lat}
    xr.Dataset({"z": (("latitude", "longitude"), values)}, coords).to_netcdf(tmp_path / "z.nc")
    data = DataGrid(
        source={"model_type": "file", "uri": str(tmp_path / "z.nc")},
        regrid={"method": "bilinear", "fill": fill},
    )
    written = read(data.get(out, targets()["rows"]))
    if fill is None:
        assert written.z.isnull().any()
    else:
        np.testing.assert_allclose(written.z, 5.0)
