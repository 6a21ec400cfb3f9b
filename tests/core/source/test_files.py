"""Of many files only those that are needed are opened, and together they are one dataset."""

import httpx
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from pydantic import ValidationError

from rompy import plugins
from rompy.core.data import DataGrid
from rompy.core.filters import Filter
from rompy.core.netcdf import write_netcdf
from rompy.core.source import SourceFiles, opened_once
from rompy.core.source import files as module
from rompy.core.time import TimeRange
from rompy.errors import CoverageError, DataError, MissingFileError, TransferError
from rompy.testing import SourceSuite
from rompy.transfer import asking


def winds(first, periods=24, **attrs):
    times = pd.date_range(first, periods=periods, freq="h")
    hours = (times - pd.Timestamp("2023-01-01")) / pd.Timedelta("1h")
    values = hours.to_numpy()[:, None] + np.arange(3.0)
    return xr.Dataset({"u10": (("time", "x"), values, attrs)}, {"time": times, "x": [0, 1, 2]})


@pytest.fixture
def folder(tmp_path):
    for day in pd.date_range("2022-12-30", periods=5):
        winds(day).to_netcdf(tmp_path / f"wind_{day:%Y%m%d}.nc")
    return tmp_path


@pytest.fixture
def opened(monkeypatch):
    names = []
    real = module.open_dataset
    monkeypatch.setattr(
        module, "open_dataset", lambda name, options: names.append(name) or real(name, options)
    )
    return names


class TestFiles(SourceSuite):
    @pytest.fixture(autouse=True)
    def known(self):
        with plugins.registered("rompy.source", "files", SourceFiles):
            yield

    @pytest.fixture
    def source_class(self):
        return SourceFiles

    @pytest.fixture
    def description(self, folder):
        return {"model_type": "files", "uri": f"{folder}/wind_{{time:%Y%m%d}}.nc"}

    @pytest.fixture
    def missing(self, folder):
        return {"model_type": "files", "uri": f"{folder}/waves_*.nc"}


def test_one_day_of_ten_thousand_files_opens_one(tmp_path, opened):
    for day in pd.date_range("2000-01-01", periods=10_000):
        (tmp_path / f"{day:%Y-%m-%d}.nc").touch()  # whoever opens these fails
    winds("2020-05-17").to_netcdf(tmp_path / "2020-05-17.nc")
    source = SourceFiles(uri=tmp_path / "{time:%Y-%m-%d}.nc")
    filters = Filter(crop={"time": slice("2020-05-17T00", "2020-05-17T23")})
    with opened_once():
        assert source.open(filters=filters).sizes["time"] == 24
    assert [name.rpartition("/")[2] for name in opened] == ["2020-05-17.nc"]


def test_data_objects_pass_their_period_on(folder, opened, tmp_path):
    source = SourceFiles(uri=folder / "wind_{time:%Y%m%d}.nc")
    data = DataGrid(id="wind", source=source, coords={"x": "x", "y": None}, time_buffer=[1, 1])
    period = TimeRange(start="2023-01-01T03", end="2023-01-01T06", interval="1h")
    out = tmp_path / "out"
    out.mkdir()
    with xr.open_dataset(data.get(out, time=period)) as ds:
        assert [str(t)[:13] for t in ds.time.values[[0, -1]]] == ["2023-01-01T02", "2023-01-01T07"]
    # The first two are looked at for the step of the buffer.
    assert {name.rpartition("_")[2] for name in opened} == {"20221230.nc", "20221231.nc", "20230101.nc"}


def test_cutting_before_and_after_joining_is_the_same(folder):
    timed, untimed = SourceFiles(uri=folder / "wind_{time:%Y%m%d}.nc"), SourceFiles(uri=folder / "wind_*.nc")
    filters = Filter(crop={"time": slice("2022-12-31T20:30", "2023-01-02T03")})
    with opened_once():
        assert timed.open(filters=filters).load().identical(untimed.open(filters=filters).load())
        assert timed.open().load().identical(untimed.open().load())


def test_a_file_that_is_named_after_its_end_is_found_all_the_same(tmp_path):
    for day in pd.date_range("2023-01-01", periods=4):
        winds(day - pd.Timedelta("23h")).to_netcdf(tmp_path / f"{day:%Y%m%d}.nc")
    with opened_once():
        filters = Filter(crop={"time": slice("2023-01-02T06", "2023-01-02T12")})
        assert SourceFiles(uri=tmp_path / "{time:%Y%m%d}.nc").open(filters=filters).sizes["time"] == 7


def test_folders_by_year_and_month_and_names_without_time_in_the_file(tmp_path):
    for month in ("2022-12", "2023-01", "2023-02"):
        place = tmp_path / month[:4] / month[5:]
        place.mkdir(parents=True)
        winds(month, periods=1).isel(time=0, drop=True).to_netcdf(place / "mean.nc")
    with opened_once():
        ds = SourceFiles(uri=tmp_path / "{time:%Y}/{time:%m}/mean.nc").open()
        assert ds.indexes["time"].equals(pd.DatetimeIndex(["2022-12-01", "2023-01-01", "2023-02-01"]))


def test_files_that_overlap_are_refused_until_it_is_said_which_counts(tmp_path):
    for i, first in enumerate(("2023-01-01", "2023-01-02")):
        (winds(first, periods=30) * 0 + i).to_netcdf(tmp_path / f"{i}.nc")
    source = SourceFiles(uri=tmp_path / "*.nc")
    with (
        opened_once(),
        pytest.raises(DataError, match="6 labels along 'time' are in more than one.*2023-01-02"),
    ):
        source.open()
    for which, value in (("first", 0), ("last", 1)):
        with opened_once():
            ds = SourceFiles(uri=tmp_path / "*.nc", overlap=which).open()
            assert ds.sizes["time"] == 54
            assert set(ds.u10.sel(time=slice("2023-01-02T00", "2023-01-02T05")).values.ravel()) == {value}


def test_files_packed_each_in_its_own_way_keep_their_values(tmp_path):
    for i, scale in enumerate((0.001, 1.0)):
        ds = winds("2023-01-01", periods=2) * 0 + (1 if i == 0 else 20_000)
        ds = ds.assign_coords(time=ds.time + np.timedelta64(i, "D"))
        ds.to_netcdf(
            tmp_path / f"{i}.nc", encoding={"u10": {"dtype": "i2", "scale_factor": scale, "_FillValue": -1}}
        )
    with opened_once():
        out = write_netcdf(SourceFiles(uri=tmp_path / "*.nc").open(), tmp_path / "out.nc")
    with xr.open_dataset(out) as ds:
        assert set(ds.u10.values.ravel()) == {1.0, 20_000.0}


def test_files_of_different_grids_or_variables_are_named(tmp_path):
    winds("2023-01-01").to_netcdf(tmp_path / "a.nc")
    winds("2023-01-02").rename(u10="v10").to_netcdf(tmp_path / "b.nc")
    with opened_once(), pytest.raises(DataError, match=r"a\.nc and .*b\.nc.*differ in u10, v10"):
        SourceFiles(uri=tmp_path / "*.nc").open()
    winds("2023-01-02").assign_coords(x=[5, 6, 7]).to_netcdf(tmp_path / "b.nc")
    with opened_once(), pytest.raises(DataError, match="do not fit together"):
        SourceFiles(uri=tmp_path / "*.nc").open()


def test_periods_without_files_say_what_there_is(folder):
    source = SourceFiles(uri=folder / "wind_{time:%Y%m%d}.nc")
    with opened_once(), pytest.raises(CoverageError, match="begins at 2022-12-30"):
        source.open(filters=Filter(crop={"time": slice("2020-01-01", "2020-01-02")}))
    with opened_once(), pytest.raises(CoverageError, match="cover .* to 2023-01-03T23:00:00"):
        source.open(filters=Filter(crop={"time": slice("2023-02-01", "2023-02-02")}))
    with pytest.raises(MissingFileError, match="no file fits"):
        SourceFiles(uri=folder / "{time:%Y}.nc").open()


@pytest.mark.parametrize("text", ["{time:%m}.nc", "{time:%Q%Y}.nc", "{tide:%Y}.nc", "{time:}.nc"])
def test_patterns_that_make_no_sense_are_refused(text):
    with pytest.raises(ValidationError, match="year|known|braces"):
        SourceFiles(uri=text)


def test_a_web_server_is_asked_for_names_of_the_period_only(web, folder):
    for path in folder.glob("wind_*.nc"):
        web.put(path.name, path.read_bytes())
    source = SourceFiles(uri=f"{web.url}/wind_{{time:%Y%m%d}}.nc")
    with opened_once():
        ds = source.open(filters=Filter(crop={"time": slice("2023-01-01T02", "2023-01-02T02")}))
        assert ds.load().sizes["time"] == 25
    assert set(web.requests) == {"wind_20230101.nc", "wind_20230102.nc"}
    with pytest.raises(DataError, match="cannot be listed"):
        source.open()


def test_a_web_server_that_fails_is_not_one_that_has_nothing(web, folder, monkeypatch):
    for path in folder.glob("wind_*.nc"):
        web.put(path.name, path.read_bytes())
    monkeypatch.setattr(asking, "PAUSES", ())
    asked = asking.ask

    def fail(url, **kwargs):
        if url.endswith("20230102.nc"):
            raise httpx.ReadTimeout("silence")
        return asked(url, **kwargs)

    monkeypatch.setattr(asking, "ask", fail)
    source = SourceFiles(uri=f"{web.url}/wind_{{time:%Y%m%d}}.nc")
    with pytest.raises(TransferError, match="silence"):
        source.open(filters=Filter(crop={"time": slice("2023-01-01", "2023-01-03")}))


def test_objects_of_s3_can_be_many(s3, folder):
    s3.put(str(folder) + "/", "bucket/", recursive=True)
    source = SourceFiles(uri="s3://bucket/wind_{time:%Y%m%d}.nc")
    with opened_once():
        assert (
            source.open(filters=Filter(crop={"time": slice("2023-01-01T02", "2023-01-02T02")})).sizes["time"]
            == 25
        )
