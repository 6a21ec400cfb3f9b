"""Spectra at points are the very same that wavespectra takes from the whole dataset, but read once."""

import logging

import numpy as np
import pandas as pd
import pytest
import wavespectra  # noqa: F401
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from rompy.core import stations
from rompy.core.stations import select_spectra
from rompy.errors import CoverageError, DataError

pytestmark = pytest.mark.usefixtures("stable_wavespectra")


def spectra(lons, lats, times=4, seed=0, dtype="float32", dims=("time", "site", "freq", "dir")):
    """Stations with spectra in wavespectra's conventions."""
    sizes = {"time": times, "site": len(lons), "freq": 3, "dir": 4}
    values = np.random.default_rng(seed).random([sizes[dim] for dim in dims]).astype(dtype)
    return xr.Dataset(
        {"efth": (dims, values), "lon": ("site", np.asarray(lons)), "lat": ("site", np.asarray(lats))},
        coords={
            "time": pd.date_range("2023-01-01", periods=times, freq="3h"),
            "site": np.arange(len(lons)),
            "freq": [0.05, 0.1, 0.2],
            "dir": [0.0, 90.0, 180.0, 270.0],
        },
        attrs={"source": "test"},
    )


def lattice(step=0.5, west=110.0, south=-35.0, nx=12, ny=11):
    """Positions of stations on a regular lattice, where distances tie all the time."""
    lon, lat = np.meshgrid(west + step * np.arange(nx), south + step * np.arange(ny))
    return lon.ravel(), lat.ravel()


def same(ours, theirs):
    xr.testing.assert_identical(ours, theirs.load())
    assert ours.efth.values.tobytes() == theirs.efth.values.tobytes()


ON_LATTICE = st.integers(0, 40).map(lambda i: i * 0.25)  # corners, sides and centres of its cells


@settings(max_examples=30)
@given(
    st.lists(
        st.tuples(ON_LATTICE | st.floats(-1, 12), ON_LATTICE | st.floats(-1, 12)), min_size=1, max_size=12
    ),
    st.sampled_from([{}, {"tolerance": 0.8}, {"max_sites": 3}, {"tolerance": 5.0, "max_sites": 7}]),
    st.integers(0, 1000),
)
def test_weighting_is_that_of_wavespectra_to_the_last_bit_also_where_distances_tie(points, options, seed):
    lon, lat = lattice()
    order = np.random.default_rng(seed).permutation(lon.size)  # ties are decided by the order of the stations
    ds = spectra(lon[order], lat[order], seed=seed)
    lons, lats = np.array(points).T + np.array([[110.0], [-35.0]])
    theirs = ds.spec.sel(lons=lons, lats=lats, method="idw", **options)
    missing = int(theirs.efth.isnull().all(["time", "freq", "dir"]).sum())
    if missing > len(points) / 2:
        with pytest.raises(CoverageError):
            select_spectra(ds, lons, lats, "idw", **options)
    else:
        same(select_spectra(ds, lons, lats, "idw", **options), theirs)


@settings(max_examples=30)
@given(st.lists(st.tuples(ON_LATTICE, ON_LATTICE), min_size=1, max_size=8), st.booleans())
def test_the_nearest_is_that_of_wavespectra(points, unique):
    ds = spectra(*lattice())
    lons, lats = np.minimum(np.array(points).T, 5) + np.array([[110.0], [-35.0]])
    theirs = ds.spec.sel(lons=lons, lats=lats, method="nearest", unique=unique)
    same(select_spectra(ds, lons, lats, "nearest", unique=unique), theirs)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "dims",
    [("time", "site", "freq", "dir"), ("site", "time", "freq", "dir"), ("freq", "dir", "site", "time")],
)
@pytest.mark.parametrize("piece", [1, 500, 2**25])
def test_order_of_dimensions_precision_and_pieces_make_no_difference(dims, dtype, piece, monkeypatch):
    monkeypatch.setattr(stations, "_PIECE", piece)
    ds = spectra(*lattice(), dims=dims, dtype=dtype)
    lons, lats = [110.1, 112.25, 113.0], [-34.2, -33.25, -33.0]
    theirs = ds.spec.sel(lons=lons, lats=lats, method="idw")
    same(select_spectra(ds, lons, lats, "idw"), theirs)
    same(select_spectra(ds.chunk(time=3), lons, lats, "idw"), theirs)


def test_positions_may_be_coordinates():
    ds = spectra(*lattice())
    lons, lats = [110.1, 112.3], [-34.2, -33.3]
    same(
        select_spectra(ds.set_coords(["lon", "lat"]), lons, lats, "idw"),
        ds.spec.sel(lons=lons, lats=lats, method="idw"),
    )


@pytest.mark.parametrize(("shift", "points"), [(0, [-150.2, -148.9]), (-360, [209.8, 211.1])])
def test_longitudes_of_the_points_may_count_from_elsewhere(shift, points):
    lon, lat = lattice(west=205.0)
    ds, lats = spectra(lon + shift, lat), [-34.1, -33.3]
    ours = select_spectra(ds, points, lats, "idw")
    theirs = ds.spec.sel(lons=points, lats=lats, method="idw")
    assert ours.lon.values.tolist() == points
    assert ours.efth.values.tobytes() == theirs.efth.values.tobytes()
    np.testing.assert_allclose(theirs.lon, points)


@pytest.mark.parametrize("method", ["idw", "nearest"])
def test_only_the_stations_that_are_needed_are_read_and_only_once(tmp_path, monkeypatch, method):
    lon, lat = lattice(nx=40, ny=40)
    path = tmp_path / "stations.nc"
    spectra(lon, lat, times=20).to_netcdf(
        path, encoding={"efth": {"zlib": True, "chunksizes": (5, 100, 3, 4)}}
    )
    monkeypatch.setattr(stations, "_PIECE", 50_000)
    read = []
    from xarray.backends.netCDF4_ import NetCDF4ArrayWrapper

    real = NetCDF4ArrayWrapper._getitem

    def counted(self, key):
        values = real(self, key)
        if self.variable_name == "efth":
            read.append(values.size)
        return values

    monkeypatch.setattr(NetCDF4ArrayWrapper, "_getitem", counted)
    with xr.open_dataset(path) as ds:
        select_spectra(ds, [113.1, 113.3, 113.6], [-32.2, -32.4, -32.3], method)
        assert sum(read) < ds.efth.size / 5


def test_other_variables_are_taken_along():
    ds = spectra(*lattice())
    ds["hs"] = ("time", "site"), np.random.default_rng(1).random((4, ds.sizes["site"]))
    ds["depth"] = "site", np.arange(float(ds.sizes["site"]))
    ds["step"] = "time", np.arange(4.0)
    ours = select_spectra(ds, [110.2], [-34.2], "idw")
    theirs = ds.spec.sel(lons=[110.2], lats=[-34.2], method="idw")
    for name in ("hs", "depth"):
        xr.testing.assert_equal(ours[name], theirs[name])
    assert ours.step.values.tolist() == [0, 1, 2, 3]  # weights must not touch what has no stations


def test_the_result_is_in_memory_and_free_to_change():
    out = select_spectra(spectra(*lattice()).chunk(), [110.2, 110.4], [-34.2, -34.4], "idw")
    out["lon"].values = [1.0, 2.0]
    assert out.sortby("dir").isel(site=0).spec.hs().shape == (4,)
    assert out.mean("site").efth.dims == ("time", "freq", "dir")


def test_points_far_from_all_stations_are_missing_and_said_so(caplog):
    ds = spectra(*lattice())
    with caplog.at_level(logging.WARNING):
        out = select_spectra(ds, [110.2, 150.0], [-34.2, -34.2], "idw")
    assert "1 of 2 points have fewer than two stations within 2 degrees, such as lon 150.000" in caplog.text
    assert out.efth.isel(site=1).isnull().all()
    assert out.efth.isel(site=0).notnull().all()


def test_a_tolerance_that_leaves_most_points_without_stations_is_an_error():
    """A model runs cleanly without waves along two thirds of its boundary: with a third of the energy."""
    ds = spectra(*lattice())
    lons, lats = [110.2, 117.0, 118.0], [-34.2] * 3
    with pytest.raises(CoverageError, match=r"(?s)2 of 3 points have fewer.*tolerance: 2.52}") as error:
        select_spectra(ds, lons, lats, "idw", tolerance=1.0)
    assert "lon 117.000, lat -34.200: the stations lie in lon 110 to 115.5, lat -35 to -30" in str(
        error.value
    )
    assert select_spectra(ds, lons, lats, "idw", tolerance=2.53).efth.notnull().all()


def test_no_station_near_any_point_is_an_error():
    ds = spectra(*lattice())
    with pytest.raises(CoverageError, match=r"all 1 points have .* lie in lon 110 to 115.5, lat -35 to -30"):
        select_spectra(ds, [150.0], [-34.0], "idw")
    with pytest.raises(CoverageError, match=r"no stations for the points: .*the tolerance is 2"):
        select_spectra(ds, [150.0], [-34.0], "nearest")


def test_spectra_on_a_grid_are_refused():
    ds = xr.Dataset(
        {"efth": (("lat", "lon", "freq", "dir"), np.ones((2, 2, 2, 2)))},
        coords={"lat": [1, 2], "lon": [1, 2], "freq": [0.1, 0.2], "dir": [0, 180]},
    )
    with pytest.raises(DataError, match="lat, lon, freq, dir, not at stations along 'site'"):
        select_spectra(ds, [1], [1], "idw")


def test_an_exact_match_may_be_required():
    ds = spectra(*lattice())
    out = select_spectra(ds, [110.5], [-34.5], "nearest", exact=True)
    assert out.sizes["site"] == 1
    with pytest.raises(
        CoverageError, match="no station lies at lon 110.6, lat -34.5; the nearest is 0.1 degrees off"
    ):
        select_spectra(ds, [110.6], [-34.5], "nearest", exact=True)


@pytest.mark.parametrize("points", [[359.9, 0.1, 0.4], [-0.1, 0.1, 0.4]])
@pytest.mark.parametrize("method", ["idw", "nearest"])
def test_stations_on_both_sides_of_the_first_meridian_count(points, method):
    """Elsewhere the stations beyond it are 360 degrees away, and half of the waves are missing without a word."""
    lon, lat = lattice(west=-3.0)
    lats = [-34.1, -33.3, -33.6]
    across, away = spectra(lon % 360, lat), spectra(lon + 100, lat)
    ours = select_spectra(across, points, lats, method)
    theirs = away.spec.sel(
        lons=[lon + 100 if lon < 1 else lon - 260 for lon in points], lats=lats, method=method
    )
    np.testing.assert_allclose(ours.efth, theirs.efth, rtol=1e-6)


def test_what_is_not_near_a_station_may_be_left_out():
    ds = spectra(*lattice())
    out = select_spectra(ds, [110.5, 150.0], [-34.5, -34.5], "nearest", missing="ignore")
    assert out.lon.values.tolist() == [110.5]


@pytest.mark.parametrize("dims", [("time", "site", "freq", "dir"), ("freq", "dir", "site", "time")])
def test_pieces_are_whole_chunks_of_the_file_and_small(tmp_path, dims):
    ds = spectra(*lattice(), times=40, dims=dims)
    sizes = {"time": 10, "site": 50, "freq": 3, "dir": 2}
    encoding = {"efth": {"zlib": True, "chunksizes": tuple(sizes[dim] for dim in dims)}}
    ds.to_netcdf(tmp_path / "stations.nc", encoding=encoding)
    with xr.open_dataset(tmp_path / "stations.nc") as lazy:
        others = [dim for dim in dims if dim != "site"]
        steps = stations._steps(lazy.efth.variable, others, slice(0, 132))
        assert all(step % min(sizes[d], ds.sizes[d]) == 0 for step, d in zip(steps, others, strict=True))


def test_of_stations_at_equal_distances_the_first_are_taken():
    lons, lats = lattice()
    ours = select_spectra(spectra(lons, lats), [112.25], [-33.0], "idw", max_sites=4)
    by_distance = np.argsort(np.hypot(lons - 112.25, lats + 33.0).round(9), kind="stable")
    kept = spectra(lons, lats).isel(site=np.sort(by_distance[:4]))
    theirs = select_spectra(kept, [112.25], [-33.0], "idw", max_sites=4)
    np.testing.assert_allclose(ours.efth, theirs.efth)
