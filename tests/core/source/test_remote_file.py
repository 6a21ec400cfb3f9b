"""Of remote files no more comes than is needed, and not twice while they are the same."""

import numpy as np
import pytest
import xarray as xr

from rompy.core import driver
from rompy.core.filters import Filter
from rompy.core.source import SourceFile, SourceZarr, opened_once
from rompy.errors import CoverageError, MissingFileError
from rompy.fetch import Cache

DAY = Filter(crop={"time": slice("2023-01-03", "2023-01-03"), "lon": slice(3, 5)})


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.delenv("ROMPY_OFFLINE", raising=False)
    return Cache()


@pytest.fixture(scope="module")
def winds():
    """20 days of hourly noise, 20 MB."""
    rng = np.random.default_rng(0)
    axes = {"time": np.datetime64("2023-01-01", "ns") + np.arange(480) * np.timedelta64(1, "h")}
    axes |= {"lat": np.arange(72.0), "lon": np.arange(72.0)}
    values = rng.standard_normal((480, 72, 72)).astype("float32")
    return xr.Dataset(
        {"u10": (("time", "lat", "lon"), values), "v10": (("time", "lat", "lon"), -values)}, axes
    )


@pytest.fixture(scope="module")
def content(winds, tmp_path_factory):
    path = tmp_path_factory.mktemp("winds") / "winds.nc"
    winds.to_netcdf(path, encoding={name: {"chunksizes": (24, 72, 72)} for name in winds.data_vars})
    return path.read_bytes()


def _expected(winds):
    return winds.u10.sel(time="2023-01-03", lon=slice(3, 5))


def test_of_a_large_file_only_the_pieces_come_that_are_used_and_only_once(web, content, winds):
    assert len(content) > driver.SMALL
    url = web.put_version("winds.nc", content)
    source = SourceFile(uri=url)
    with opened_once():
        first = source.open(["u10"], DAY).load()
    np.testing.assert_array_equal(first.u10, _expected(winds))
    assert 0 < web.sent < len(content) / 3
    web.sent, web.requests[:] = 0, []
    with opened_once():
        assert source.open(["u10"], DAY).load().identical(first)
    assert (web.sent, web.requests) == (0, [])


def test_equal_parts_are_opened_once_in_a_run(web, content, monkeypatch):
    source = SourceFile(uri=web.put_version("winds.nc", content))
    with opened_once():
        source.open(["u10"], DAY)
        web.heads.clear()
        web.requests.clear()
        source.open(["u10"], DAY.model_copy())
        assert web.heads == web.requests == []
        source.open(["v10"], DAY)
        assert web.heads != []


def test_a_changed_file_is_never_served_stale(web, content, winds, tmp_path):
    url = web.put_version("winds.nc", content)
    for factor, etag in ((1, '"1"'), (2, '"2"')):
        (winds * factor).to_netcdf(tmp_path / "a.nc")
        web.put_version("winds.nc", (tmp_path / "a.nc").read_bytes(), etag=etag)
        with opened_once():
            np.testing.assert_array_equal(
                SourceFile(uri=url).open(["u10"], DAY).u10, _expected(winds) * factor
            )


def test_a_file_that_changes_while_a_part_of_it_comes_is_read_anew(
    web, content, winds, tmp_path, monkeypatch
):
    url = web.put_version("winds.nc", content)
    (winds * 2).to_netcdf(tmp_path / "b.nc")
    opened = driver.open_dataset

    def change(uri, options=None):
        ds = opened(uri, options).load()
        if str(uri).startswith("http") and web.versions["winds.nc"] == {"ETag": '"1"'}:
            web.put_version("winds.nc", (tmp_path / "b.nc").read_bytes(), etag='"2"')
        return ds

    monkeypatch.setattr("rompy.core.source.remote_file.open_dataset", change)
    with opened_once():
        np.testing.assert_array_equal(SourceFile(uri=url).open(["u10"], DAY).u10, _expected(winds) * 2)


def test_a_small_file_comes_whole_and_is_asked_about_after_that(web, tmp_path, winds):
    winds.isel(time=slice(24), lat=slice(9)).to_netcdf(tmp_path / "a.nc")
    url = web.put_version("a.nc", (tmp_path / "a.nc").read_bytes())
    for _ in range(2):
        with opened_once():
            SourceFile(uri=url).open().load()
    assert web.asked[-1]["If-None-Match"] == '"1"'


def test_without_a_version_a_file_is_read_each_time(web, content, winds, cache):
    url = web.put("winds.nc", content)
    web.ranges.add("winds.nc")
    for _ in range(2):
        web.sent = 0
        with opened_once():
            np.testing.assert_array_equal(SourceFile(uri=url).open(["u10"], DAY).u10, _expected(winds))
        assert web.sent > 0
    assert cache.entries() == []


def test_offline_a_part_comes_from_the_cache_and_nothing_is_asked(web, content, winds, monkeypatch):
    url = web.put_version("winds.nc", content)
    with opened_once():
        SourceFile(uri=url).open(["u10"], DAY).load()
    monkeypatch.setenv("ROMPY_OFFLINE", "1")
    web.requests.clear()
    web.heads.clear()
    with opened_once():
        np.testing.assert_array_equal(SourceFile(uri=url).open(["u10"], DAY).u10, _expected(winds))
    assert web.requests == web.heads == []
    with pytest.raises(MissingFileError, match="not in the cache"):
        SourceFile(uri=url).open(["v10"], DAY)


def test_crop_then_open_equals_open_then_crop(web, content, winds, tmp_path):
    url = web.put_version("winds.nc", content)
    (tmp_path / "winds.nc").write_bytes(content)
    for box in (
        {"time": slice("2023-01-01T00:30", "2023-01-01T05:30")},
        {"lon": slice(70.5, 90), "lat": slice(-3, 2.5)},
    ):
        with opened_once():
            there = SourceFile(uri=url).open(["u10"], Filter(crop=box)).load()
            here = SourceFile(uri=tmp_path / "winds.nc").open(["u10"], Filter(crop=box)).load()
            assert there.identical(here)


def test_a_range_beyond_the_data_and_a_missing_variable_are_explained_as_ever(web, content):
    source = SourceFile(uri=web.put_version("winds.nc", content))
    with pytest.raises(CoverageError, match="they cover 2023-01-01"):
        source.open(["u10"], Filter(crop={"time": slice("2024", "2025")}))
    with pytest.raises(Exception, match="u10, v10"):
        source.open(["w10"], DAY)


def test_a_cache_that_cannot_be_used_is_no_obstacle(web, content, winds, tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(tmp_path / "file"))
    with opened_once():
        ds = SourceFile(uri=web.put_version("winds.nc", content)).open(["u10"], DAY)
        np.testing.assert_array_equal(ds.u10, _expected(winds))


def test_of_a_zarr_store_on_the_web_only_the_chunks_come_that_are_used(web, winds, tmp_path):
    pytest.importorskip("zarr")
    winds.chunk(time=24).to_zarr(tmp_path / "winds.zarr", zarr_format=2, consolidated=True)
    for path in (tmp_path / "winds.zarr").rglob("*"):
        if path.is_file():
            web.put(path.relative_to(tmp_path).as_posix(), path.read_bytes())
    with opened_once():
        ds = SourceZarr(uri=f"{web.url}/winds.zarr").open(["u10"], DAY)
        np.testing.assert_array_equal(ds.u10, _expected(winds))
    assert [
        path for path in web.requests if path.startswith(("winds.zarr/u10/0.", "winds.zarr/v10/0."))
    ] == []
    assert [path for path in web.requests if path.startswith("winds.zarr/u10/2.")] != []
