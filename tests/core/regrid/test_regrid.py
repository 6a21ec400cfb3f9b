"""Datasets on other grids: of other shapes, in other systems, with gaps, lazy."""

import dask
import numpy as np
import pytest
import xarray as xr
from pydantic import ValidationError

from rompy.core.grid import RegularGrid
from rompy.core.grids.unstructured import UnstructuredGrid
from rompy.core.regrid import Rectangular, Regridding, Scattered, Triangles, regrid
from rompy.core.regrid.conservative import conservative
from rompy.core.regrid.fields import weights_between
from rompy.core.regrid.fill import filled
from rompy.core.regrid.places import places_of
from rompy.errors import ConfigError, CoverageError, DataError

MGA55 = "EPSG:28355"


@pytest.fixture
def globe():
    """Fields over the globe, latitude descending, as forecasts come; ``a`` is linear in latitude."""
    lon, lat, time = np.arange(0, 360, 2.0), np.arange(80, -81, -2.0), np.arange(3)
    a = (lat[None, :, None] + time[:, None, None] + 0 * lon).astype("f4")
    ds = xr.Dataset(
        {"a": (("time", "lat", "lon"), a, {"units": "m", "grid_mapping": "gone"}), "n": ("time", time)},
        {"time": time, "lat": ("lat", lat, {"units": "degrees_north"}), "lon": lon},
        {"title": "fields"},
    )
    ds["u"], ds["v"] = 0 * ds.a, 0 * ds.a + 10
    return ds


def grid(**kwargs):
    return RegularGrid(**{"x0": 148, "y0": -38, "dx": 0.25, "dy": 0.5, "nx": 5, "ny": 4, **kwargs})


MESH = UnstructuredGrid(x=[148, 152, 152, 148], y=[-38, -38, -34, -34], triangles=[[0, 1, 2], [0, 2, 3]])


@pytest.mark.parametrize(
    ("target", "dims"),
    [
        (grid(), ("lat", "lon")),
        (grid(rot=30), ("row", "column")),
        (MESH, ("node",)),
        (Scattered([148.0, 149], [-37.0, -36]), ("site",)),
    ],
    ids=["regular", "rotated", "triangles", "points"],
)
def test_all_kinds_of_targets(globe, target, dims):
    found = regrid(globe, target)
    assert found.a.dims == ("time", *dims)
    np.testing.assert_allclose(
        found.a.isel(time=1), found.lat.broadcast_like(found.a.isel(time=1)) + 1, rtol=1e-6
    )
    assert found.a.dtype == "f4"
    assert found.a.attrs == {"units": "m"}
    assert found.lat.attrs == {"units": "degrees_north"}
    assert found.attrs == globe.attrs
    xr.testing.assert_identical(found.n, globe.n)


def test_grids_across_the_end_of_the_longitudes(globe):
    globe["a"] = globe.a * 0 + np.cos(np.radians(globe.lon))
    found = regrid(globe, grid(x0=-1.5, dx=1, nx=4))
    expected = np.interp([-1.5, -0.5, 0.5, 1.5], [-2, 0, 2], np.cos(np.radians([-2, 0, 2])))
    np.testing.assert_allclose(found.a[0], np.broadcast_to(expected, (4, 4)), rtol=1e-6)
    mean = regrid(globe, grid(x0=-1, dx=2, nx=2), "conservative")
    np.testing.assert_allclose(mean.a[0], (1 + np.cos(np.radians(2))) / 2, rtol=1e-6)


def test_the_mean_over_cells_is_that_of_many_samples():
    x, y = np.arange(0.5, 12), np.arange(0.5, 9)
    values = np.random.default_rng(1).normal(size=(y.size, x.size))
    nodes = np.array([(1.0, 1), (10, 2), (9, 8), (2, 7), (5, 4)])
    triangles = np.array([[0, 1, 4], [1, 2, 4], [2, 3, 4], [3, 0, 4]])
    target = Triangles(nodes[:, 0], nodes[:, 1], triangles, crs=MGA55, at="triangles")
    found = conservative(Rectangular(x, y, crs=MGA55), target).apply(values)
    share = np.random.default_rng(2).dirichlet([1, 1, 1], 200_000)  # even over a triangle
    for corners, mean in zip(nodes[triangles], found, strict=True):
        column, row = np.floor(share @ corners).astype(int).T
        assert mean == pytest.approx(values[row, column].mean(), abs=0.01)


def test_a_projected_target(globe):
    target = grid(x0=600_000, y0=5_900_000, dx=10_000, dy=10_000)
    found = regrid(globe, target, to_crs=MGA55)
    assert found.a.dims == ("time", "y", "x")
    assert found.x.attrs == {"standard_name": "projection_x_coordinate", "units": "m"}
    assert found.a.attrs["grid_mapping"] == "crs"
    assert found.crs.attrs["grid_mapping_name"] == "transverse_mercator"
    from pyproj import Transformer

    x, y = np.meshgrid(found.x, found.y)
    _, lat = Transformer.from_crs(MGA55, "EPSG:4326", always_xy=True).transform(x, y)
    np.testing.assert_allclose(found.a[0], lat, rtol=1e-6)
    mean = regrid(globe, target, "conservative", to_crs=MGA55)
    assert mean.a.dims == found.a.dims
    back = regrid(found, Scattered([148.3], [-36.9]))
    np.testing.assert_allclose(back.a[0], -36.9, atol=1e-4)


def test_vectors_are_turned_by_the_convergence(globe):
    target = grid(x0=700_000, y0=5_900_000, dx=10_000, dy=10_000)
    globe.v.attrs["standard_name"] = "northward_wind"
    found = regrid(globe, target, to_crs=MGA55, vectors=[("u", "v")])
    np.testing.assert_allclose(np.hypot(found.u, found.v), 10, rtol=1e-6)
    # East of the central meridian (147) in the south, true north lies clockwise from grid north:
    # tan(convergence) = tan(lon - lon0) sin(-lat), here 2.2 degrees of longitude at 37 S.
    x, y = np.meshgrid(found.x, found.y)
    from pyproj import Transformer

    lon, lat = Transformer.from_crs(MGA55, "EPSG:4326", always_xy=True).transform(x, y)
    expected = np.arctan(np.tan(np.radians(lon - 147)) * np.sin(np.radians(-lat)))
    np.testing.assert_allclose(np.arctan2(found.u[0], found.v[0]), expected, atol=2e-5)
    assert found.v.attrs["standard_name"] == "y_wind"
    with pytest.raises(DataError, match="no variables w"):
        regrid(globe, target, to_crs=MGA55, vectors=[("u", "w")])


def test_one_missing_value_among_those_used_is_enough_unless_less_is_asked_for(globe):
    data = globe.a.isel(time=0).copy()
    data.loc[{"lat": -38.0, "lon": 148.0}] = np.nan
    at = Scattered([148.2, 148.2, 150.0], [-38.0, -37.2, -38.0])
    assert np.isnan(regrid(data, at).values).tolist() == [True, True, False]
    found = regrid(data, at, least=0.2)
    assert np.isnan(found.values).tolist() == [True, False, False]
    np.testing.assert_allclose(found[1:], [-(36 * 0.4 + 38 * 0.06) / 0.46, -38.0], atol=1e-4)
    mean = regrid(data, grid(x0=148, y0=-37, dx=2, dy=4, nx=2, ny=2), "conservative")
    assert mean[0, 0] == pytest.approx(-36.01, abs=0.05)


def test_land_is_filled_before_it_can_spread():
    x = np.arange(6.0)
    field = xr.DataArray(np.tile(x, (5, 1)), {"y": np.arange(5.0), "x": x}, ("y", "x"))
    gappy = field.where((field.x < 2) | (field.x > 3) | (field.y == 0))
    at = Scattered([2.5, 1.5], [2.0, 4.0], crs=MGA55)
    assert np.isnan(regrid(gappy, at, crs=MGA55)).all()
    assert regrid(gappy, at, crs=MGA55, fill="nearest").values == pytest.approx([2.5, 1.0])
    assert regrid(gappy, at, crs=MGA55, fill="diffusion").values == pytest.approx([2.5, 1.5])
    np.testing.assert_array_equal(filled(gappy.values, Rectangular(x, x[:5], crs=MGA55), "nearest")[0], x)
    empty = np.full((5, 6), np.nan)
    assert np.isnan(filled(empty, Rectangular(x, x[:5], crs=MGA55), "diffusion")).all()
    points = Scattered([0.0, 1, 9], [0.0, 0, 0], crs=MGA55)
    assert filled(np.array([[1.0, np.nan, 3]]), points, "nearest").tolist() == [[1, 1, 3]]
    with pytest.raises(ConfigError, match="rows and columns"):
        filled(np.array([1.0, np.nan, 3]), points, "diffusion")
    with pytest.raises(ConfigError, match=r"no fill 'magic'"):
        filled(np.array([1.0, np.nan, 3]), points, "magic")


@pytest.mark.parametrize("chunks", [{"time": 1}, {"time": 2, "lat": 10}])
def test_lazy_data_stay_lazy_and_give_the_same(globe, chunks):
    for method in ("bilinear", "conservative", "nearest"):
        with dask.config.set(scheduler="synchronous"):
            found = regrid(globe.chunk(chunks), grid(), method, fill="nearest")
            assert found.a.chunks[0][0] == chunks["time"]
            xr.testing.assert_equal(found.compute(), regrid(globe, grid(), method))


def test_files_are_read_in_blocks_and_only_when_used(globe, tmp_path, monkeypatch):
    from rompy.core.regrid import fields

    globe.to_netcdf(tmp_path / "a.nc", encoding={"a": {"chunksizes": (2, 81, 180)}}, engine="netcdf4")
    monkeypatch.setattr(fields, "_PIECE", 1)
    with xr.open_dataset(tmp_path / "a.nc", engine="netcdf4") as ds:
        found = regrid(ds, grid())
        assert found.a.chunks[0] == (2, 1)
        assert found.u.chunks[0] == (1, 1, 1)
        xr.testing.assert_equal(found.compute(), regrid(globe, grid()))


def test_triangles_as_a_source():
    data = xr.Dataset(
        {"z": ("nodes", MESH.x + 2 * MESH.y)}, {"lon": ("nodes", MESH.x), "lat": ("nodes", MESH.y)}
    )
    source = places_of(MESH)
    found = regrid(data, grid(), source=source)
    np.testing.assert_allclose(found.z, (found.lon + 2 * found.lat).transpose(*found.z.dims))
    with pytest.raises(ConfigError, match="values of triangles"):
        regrid(data, grid(), "conservative", source=source)


def test_an_area_outside_the_data_is_refused_with_numbers(globe, caplog):
    some = globe.sel(lon=slice(100, 120), lat=slice(-20, -40))
    with pytest.raises(
        CoverageError, match=r"lon 148 to 149, lat -38 to -36.5, lies within the data: lon 100 to 120"
    ):
        regrid(some, grid())
    for method in ("bilinear", "nearest", "conservative"):
        caplog.clear()
        found = regrid(some, grid(x0=119.75, dx=2), method)
        assert "of the grid, lon 119.75 to" in caplog.text
        assert 0 < np.isfinite(found.a).sum() < found.a.size


def test_what_does_not_fit_is_explained(globe):
    with pytest.raises(ConfigError, match="no method 'cubic'"):
        regrid(globe, grid(), "cubic")
    with pytest.raises(DataError, match=r"no coordinates 'longitude' and 'latitude'"):
        regrid(globe.rename(lon="east", lat="north"), grid())
    with pytest.raises(DataError, match="no latitude"):
        regrid(globe.assign_coords(lat=globe.lat * 1000), grid())
    with pytest.raises(DataError, match="neither ascends nor descends"):
        regrid(globe.isel(lat=[3, 1, 2]), grid())
    with pytest.raises(ConfigError, match=r"needs two rows .* \(1, 180\)"):
        regrid(globe.isel(lat=[50]), grid())
    with pytest.raises(DataError, match="nothing says how wide"):
        regrid(globe.isel(lat=[50]), grid(), "conservative")
    with pytest.raises(ConfigError, match="scattered points have none"):
        regrid(globe, Scattered([148.0], [-38.0]), "conservative")
    with pytest.raises(DataError, match="nothing to regrid"):
        regrid(globe[["n"]].assign_coords(lon=globe.lon, lat=globe.lat), grid())


def test_costly_weights_are_made_once_and_known_by_what_they_are_made_of(cache, monkeypatch, caplog):
    source, target = Rectangular(np.arange(140.0, 160), np.arange(-40.0, -30)), places_of(grid(rot=10))
    first = weights_between(source, target, "conservative")
    (kept,) = (cache / "weights").iterdir()
    monkeypatch.setattr("rompy.core.regrid.fields.conservative", None)
    again = weights_between(Rectangular(source.x.copy(), source.y), target, "conservative")
    assert (first.matrix != again.matrix).nnz == 0
    with pytest.raises(TypeError):
        weights_between(Rectangular(source.x + 1e-9, source.y), target, "conservative")
    monkeypatch.undo()
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(cache))
    kept.write_bytes(kept.read_bytes()[:-30])
    assert (first.matrix != weights_between(source, target, "conservative").matrix).nnz == 0
    assert "made again" in caplog.text
    monkeypatch.setattr("rompy.core.regrid.weights_cache.LIMIT", 1)
    weights_between(source, places_of(grid(rot=11)), "conservative")
    assert len(list((cache / "weights").iterdir())) == 1
    monkeypatch.setenv("ROMPY_CACHE_DIR", str(kept))
    kept.parent.joinpath(kept.name).write_text("in the way")
    assert (first.matrix != weights_between(source, target, "conservative").matrix).nnz == 0
    assert "cannot be kept" in caplog.text


def test_settings_do_the_same(globe):
    settings = Regridding(method="nearest", fill="nearest")
    xr.testing.assert_identical(settings(globe, grid()), regrid(globe, grid(), "nearest", fill="nearest"))
    with pytest.raises(ValidationError):
        Regridding(least=0)
