"""Files hold exactly what they should, always in the same bytes, and never half of it."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rompy.core import netcdf, netcdf_encoding
from rompy.core.netcdf import write_netcdf
from rompy.errors import CoverageError, WorkspaceError


@pytest.fixture
def field():
    rng = np.random.default_rng(3)
    return xr.Dataset(
        {
            "u": (("time", "y", "x"), rng.random((6, 30, 40), dtype="float32"), {"units": "m s-1"}),
            "depth": (("y", "x"), rng.random((30, 40)) * 100),
            "flag": (("y", "x"), rng.integers(0, 3, (30, 40), dtype="int8")),
            "name": ("time", list("abcdef")),
        },
        coords={
            "time": pd.date_range("2023-01-01", periods=6, freq="h"),
            "x": np.arange(40.0),
            "y": np.arange(30.0),
            "lead": ("time", np.arange(6)),
        },
        attrs={"title": "test"},
    )


def read(path):
    with xr.open_dataset(path) as ds:
        return ds.load()


def test_what_is_written_is_read_back(field, tmp_path):
    path = write_netcdf(field, tmp_path / "a.nc")
    xr.testing.assert_identical(read(path), field)
    assert path == tmp_path / "a.nc"


@pytest.mark.parametrize("piece", [200, 3000, 40_000])
@pytest.mark.parametrize("chunk", [64, 1000, 2**20])
def test_writing_in_pieces_makes_no_difference(field, tmp_path, monkeypatch, piece, chunk):
    monkeypatch.setattr(netcdf_encoding, "_CHUNK", chunk)
    monkeypatch.setattr(netcdf_encoding, "_COMPRESSED_FROM", 1000)
    whole = write_netcdf(field, tmp_path / "whole.nc")
    monkeypatch.setattr(netcdf, "_PIECE", piece)
    parts = write_netcdf(field, tmp_path / "parts.nc")
    xr.testing.assert_identical(read(parts), read(whole))
    for name in ("u", "depth"):
        ours, theirs = (read(path)[name].encoding for path in (parts, whole))
        assert {k: ours.get(k) for k in ("zlib", "chunksizes", "dtype", "coordinates")} == {
            k: theirs.get(k) for k in ("zlib", "chunksizes", "dtype", "coordinates")
        }


@pytest.mark.parametrize("piece", [2**25, 3000])
def test_the_bytes_are_always_the_same(field, tmp_path, monkeypatch, piece):
    monkeypatch.setattr(netcdf, "_PIECE", piece)
    monkeypatch.setattr(netcdf_encoding, "_COMPRESSED_FROM", 1000)
    first = write_netcdf(field, tmp_path / "a.nc").read_bytes()
    again = write_netcdf(field.copy(deep=True), tmp_path / "b.nc").read_bytes()
    lazy = write_netcdf(field.chunk(time=2, x=7), tmp_path / "c.nc").read_bytes()
    assert first == again == lazy


@settings(max_examples=40)
@given(
    hnp.array_shapes(min_dims=1, max_dims=4, max_side=40),
    st.integers(1, 4096),
    st.integers(1, 8192),
    st.sampled_from([1, 4, 8]),
    st.integers(1, 50),
)
def test_pieces_cover_everything_once_and_in_order(shape, chunk, piece, itemsize, together):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(netcdf_encoding, "_CHUNK", chunk)
        patch.setattr(netcdf, "_PIECE", piece)
        chunks = netcdf_encoding.chunks_for(shape, itemsize)
        parts = list(netcdf._split(shape, chunks, itemsize, together))
    assert all(1 <= c <= size for c, size in zip(chunks, shape, strict=True))
    count = np.zeros(shape, dtype=int)
    for part in parts:
        count[part] += 1
        assert all(s.start in (None, 0) or s.start % c == 0 for s, c in zip(part, chunks, strict=True))
        assert count[part].size * itemsize <= max(3 * piece, 2 * itemsize * int(np.prod(chunks)))
    assert (count == 1).all()


def test_large_lazy_variables_are_never_held_whole(tmp_path, monkeypatch):
    import dask.array as da

    monkeypatch.setattr(netcdf, "_PIECE", 160_000)
    monkeypatch.setattr(netcdf_encoding, "_CHUNK", 10_000)
    read_blocks = []
    data = da.zeros((50, 100, 100), chunks=(5, 100, 100))
    data = data.map_blocks(lambda block: read_blocks.append(1) or block, meta=np.zeros((0, 0, 0)))
    ds = xr.Dataset({"u": (("t", "y", "x"), data)})
    load = xr.Variable.load

    def watched(self, **kwargs):
        assert self.nbytes <= 3 * 160_000
        return load(self, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(xr.Variable, "load", watched)
        write_netcdf(ds, tmp_path / "a.nc")
    assert read(tmp_path / "a.nc").u.shape == (50, 100, 100)
    assert len(read_blocks) <= 11  # each of the ten once, and the first for a sample


@pytest.mark.parametrize(
    ("units", "dtype"),
    [
        ("hours since 1900-01-01", "int32"),
        ("days since 1990-01-01", "float64"),
        ("minutes since 2023-01-01 00:00:00", "int16"),
        ("seconds since 1970-01-01", "int64"),
    ],
)
def test_times_keep_the_units_of_their_source(field, tmp_path, units, dtype):
    field.time.encoding = {"units": units, "dtype": np.dtype(dtype), "calendar": "standard"}
    field.to_netcdf(tmp_path / "source.nc")
    with xr.open_dataset(tmp_path / "source.nc") as source:
        path = write_netcdf(source.isel(time=slice(2, 5)), tmp_path / "a.nc")
    with xr.open_dataset(path, decode_times=False) as raw:
        assert units.startswith(raw.time.attrs["units"])
        assert raw.time.dtype == dtype
        assert raw.time.attrs["calendar"] in ("standard", "proleptic_gregorian")
    np.testing.assert_array_equal(read(path).time, field.time[2:5])


@pytest.mark.parametrize(
    ("step", "units"), [("h", "seconds"), ("s", "seconds"), ("ms", "milliseconds"), ("us", "microseconds")]
)
def test_times_without_units_are_whole_numbers_of_the_coarsest_that_fits(tmp_path, step, units):
    times = pd.date_range("2023-01-01T00:00:01", periods=4, freq=f"7{step}")
    path = write_netcdf(xr.Dataset({"u": ("time", np.ones(4))}, coords={"time": times}), tmp_path / "a.nc")
    with xr.open_dataset(path, decode_times=False) as raw:
        assert raw.time.attrs["units"] == f"{units} since 1970-01-01"
        assert raw.time.dtype == "int64"
    np.testing.assert_array_equal(read(path).time, times)


def test_units_too_coarse_for_the_times_become_fractions(tmp_path):
    ds = xr.Dataset(
        {"u": ("time", [1.0, 2.0])}, coords={"time": pd.date_range("2023-01-01", periods=2, freq="6h")}
    )
    ds.time.encoding = {"units": "days since 2023-01-01", "dtype": np.dtype("int32")}
    path = write_netcdf(ds, tmp_path / "a.nc")
    with xr.open_dataset(path, decode_times=False) as raw:
        assert raw.time.values.tolist() == [0, 0.25]


def test_missing_times_survive(tmp_path):
    ds = xr.Dataset({"t": ("x", np.array(["2023-01-01", "NaT"], dtype="datetime64[ns]"))})
    np.testing.assert_array_equal(read(write_netcdf(ds, tmp_path / "a.nc")).t, ds.t)


@pytest.fixture
def packed(field, tmp_path):
    encoding = {"dtype": "int16", "scale_factor": 0.001, "add_offset": 0.5, "_FillValue": -32767}
    field.to_netcdf(tmp_path / "packed.nc", encoding={"u": encoding})
    with xr.open_dataset(tmp_path / "packed.nc") as source:
        yield source


def test_packed_data_stay_packed(packed, tmp_path):
    path = write_netcdf(packed.isel(x=slice(5)), tmp_path / "a.nc")
    assert read(path).u.encoding["dtype"] == "int16"
    xr.testing.assert_identical(read(path).u, packed.u.isel(x=slice(5)).load())


def test_values_that_no_longer_fit_their_packing_are_written_plain(packed, tmp_path):
    packed = packed.load()
    packed["u"].values = packed.u.values * 1e6
    path = write_netcdf(packed, tmp_path / "a.nc")
    np.testing.assert_array_equal(read(path).u, packed.u)


def test_files_are_compressed_like_their_source(field, tmp_path, monkeypatch):
    monkeypatch.setattr(netcdf_encoding, "_COMPRESSED_FROM", 1000)
    for zlib in (True, False):
        field.to_netcdf(tmp_path / "source.nc", encoding={"u": {"zlib": zlib}})
        with xr.open_dataset(tmp_path / "source.nc") as source:
            assert read(write_netcdf(source, tmp_path / "a.nc")).u.encoding["zlib"] is zlib
    assert read(write_netcdf(field, tmp_path / "a.nc")).u.encoding["zlib"] is True


def test_coordinates_of_dimensions_have_no_fill_value_and_there_is_no_unlimited_dimension(field, tmp_path):
    field.encoding["unlimited_dims"] = {"time"}
    path = write_netcdf(field, tmp_path / "a.nc")
    with xr.open_dataset(path) as ds:
        assert not ds.encoding["unlimited_dims"]
        assert "_FillValue" not in ds.x.encoding
        assert np.isnan(ds.u.encoding["_FillValue"])


def test_attributes_that_netcdf_cannot_hold_are_written_out(tmp_path):
    ds = xr.Dataset(
        {"u": ("x", [1.0], {"a": None, "b": True, "c": {"d": 1}, "e": [1, 2]})}, attrs={"f": None}
    )
    attrs = read(write_netcdf(ds, tmp_path / "a.nc")).u.attrs
    assert attrs["b"] == "True"
    assert attrs["c"] == "{'d': 1}"
    assert attrs["e"].tolist() == [1, 2]
    assert "a" not in attrs


def test_the_dataset_itself_is_left_as_it_was(field, tmp_path):
    field.u.encoding["dtype"] = np.dtype("float64")
    write_netcdf(field, tmp_path / "a.nc")
    assert field.u.encoding == {"dtype": np.dtype("float64")}


def test_one_array_is_written_under_its_name(field, tmp_path):
    assert "depth" in read(write_netcdf(field.depth, tmp_path / "a.nc"))
    assert "data" in read(write_netcdf(field.depth.rename(None), tmp_path / "a.nc"))


def test_nothing_to_write_is_an_error(field, tmp_path):
    with pytest.raises(CoverageError, match=r"nothing is left along time to write to a\.nc"):
        write_netcdf(field.isel(time=slice(0)), tmp_path / "a.nc")
    with pytest.raises(WorkspaceError, match="no folder"):
        write_netcdf(field, tmp_path / "nowhere" / "a.nc")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_old_file_and_nothing_else(field, tmp_path, monkeypatch):
    import dask.array as da

    path = write_netcdf(field, tmp_path / "a.nc")
    before = path.read_bytes()
    monkeypatch.setattr(netcdf, "_PIECE", 100)

    def fail(block):
        raise RuntimeError("the disk is full")

    broken = xr.Dataset({"v": ("x", da.ones(100).map_blocks(fail, dtype=float))})
    with pytest.raises(RuntimeError):
        write_netcdf(broken, path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.nc"]


def test_floats_are_stored_wider_where_that_is_asked_for_and_never_narrower(field, tmp_path):
    field.u.encoding["dtype"] = np.dtype("float64")
    field.depth.encoding["dtype"] = np.dtype("float32")
    written = read(write_netcdf(field, tmp_path / "field.nc"))
    assert (written.u.dtype, written.depth.dtype) == ("float64", "float64")
    np.testing.assert_array_equal(written.u, field.u)


def test_threads_write_at_once_the_same_bytes_as_one_after_the_other(tmp_path):
    from rompy.core.workers import at_once

    rng = np.random.default_rng(1)
    times = np.datetime64("2023-01-01", "ns") + np.arange(50) * np.timedelta64(1, "h")
    fields = [
        xr.Dataset(
            {"u": (("time", "y", "x"), rng.standard_normal((50, 60, 70)))},
            {"time": times, "y": np.arange(60.0), "x": np.arange(70.0)},
        )
        for _ in range(8)
    ]

    def write(workers, folder):
        folder.mkdir()
        lazy = [ds.chunk(time=10) for ds in fields]
        at_once(
            [lambda i=i, ds=ds: write_netcdf(ds, folder / f"{i}.nc") for i, ds in enumerate(lazy)], workers
        )

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rompy.core.netcdf._PIECE", 300_000)  # piece by piece, as what is large
        write(1, tmp_path / "one")
        write(4, tmp_path / "four")
    for i in range(8):
        assert (tmp_path / "one" / f"{i}.nc").read_bytes() == (tmp_path / "four" / f"{i}.nc").read_bytes()
