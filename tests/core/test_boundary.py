"""Boundaries get the data at their points: fields by xarray, spectra as wavespectra takes them from all stations."""

import logging
import os
import re
from typing import Literal

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import shapely
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st
from pydantic import PrivateAttr, ValidationError

from rompy.core.boundary import BoundaryWaveStation, DataBoundary, find_minimum_distance
from rompy.core.crs import transformer
from rompy.core.data import DataBase, DataBlob, DataGrid
from rompy.core.grid import BaseGrid, RegularGrid, UnstructuredGrid
from rompy.core.source import SourceBase, SourceFile
from rompy.core.time import TimeRange
from rompy.core.types import RompyBaseModel
from rompy.errors import ConfigError, CoverageError, DataError, WorkspaceError

GRID = RegularGrid(x0=111, y0=-34, dx=0.25, dy=0.25, nx=9, ny=7)
PERIOD = TimeRange(start="2023-01-01T06", end="2023-01-01T18", interval="3h")

pytestmark = pytest.mark.usefixtures("stable_wavespectra")


@pytest.fixture
def out(tmp_path):
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def read(path):
    with xr.open_dataset(path) as ds:
        return ds.load()


# Fields


@pytest.fixture
def ocean(tmp_path):
    lat, lon = np.arange(-40, -19.5, 0.5), np.arange(105, 125.5, 0.5)
    time, depth = pd.date_range("2023-01-01", periods=9, freq="3h"), [0.0, 10.0, 50.0]
    values = (
        lon
        + 1000 * lat[:, None]
        + np.arange(3)[:, None, None] * 1e5
        + np.arange(9)[:, None, None, None] * 1e6
    )
    ds = xr.Dataset(
        {"temp": (("time", "depth", "lat", "lon"), values)},
        coords={"time": time, "depth": depth, "lat": lat, "lon": lon},
    )
    ds.to_netcdf(tmp_path / "ocean.nc")
    return tmp_path / "ocean.nc"


def boundary(path, **kwargs):
    fields = {"id": "bnd", "source": SourceFile(uri=path), "coords": {"x": "lon", "y": "lat", "z": "depth"}}
    return DataBoundary(**{**fields, "sel_method_kwargs": {"method": "nearest"}, **kwargs})


def test_the_field_at_the_points_keeps_its_order_of_dimensions(ocean):
    selected = boundary(ocean)._sel_boundary(GRID)
    x = GRID.boundary_points()[0]
    assert selected.temp.dims == ("time", "depth", "site")
    np.testing.assert_allclose(selected.x, np.round(x * 2) / 2, atol=0.26)
    np.testing.assert_array_equal(selected.temp[0, 0], selected.x + 1000 * selected.y)
    assert selected.sizes["site"] == x.size


def test_values_between_the_points_of_the_data(ocean):
    selected = boundary(ocean, sel_method="interp", sel_method_kwargs={}, spacing=0.3)._sel_boundary(GRID)
    x, y = GRID.boundary_points(spacing=0.3)
    np.testing.assert_allclose(selected.temp[0, 0], x + 1000 * y)
    np.testing.assert_array_equal(selected.x, x)


def test_the_file_is_cut_in_time_but_not_in_space(ocean, out):
    data = boundary(ocean, sel_method="interp", sel_method_kwargs={})
    grid = RegularGrid(
        x0=111.1, y0=-34.1, dx=0.25, dy=0.25, nx=9, ny=7
    )  # its neighbours in the data lie outside it
    path = data.get(out, grid, PERIOD)
    written = read(path)
    assert path == out / "bnd.nc"
    assert written.sizes["time"] == 5
    assert written.temp.notnull().all()
    assert data.ds.sizes["time"] == 9
    before = path.read_bytes()
    assert data.get(out, grid, PERIOD).read_bytes() == before


@pytest.mark.parametrize(("spacing", "points"), [(None, 5), (0.25, 28), ("parent", 14), (2, 4)])
def test_spacing(ocean, spacing, points):
    data = boundary(ocean, spacing=spacing)
    assert data._source_grid_spacing() == 0.5
    assert data._sel_boundary(GRID).sizes["site"] == points


@pytest.mark.parametrize("spacing", [0, -1.0, "child"])
def test_spacing_must_be_a_length(ocean, spacing):
    with pytest.raises(ValidationError, match="spacing"):
        boundary(ocean, spacing=spacing)


def test_points_outside_the_data_are_refused_or_said(ocean, caplog):
    far = RegularGrid(x0=-111, y0=-34, dx=0.25, dy=0.25, nx=9, ny=7)
    with pytest.raises(
        CoverageError, match=r"boundary lies in lon -111 to -109, outside the data: lon 105 to 125"
    ):
        boundary(ocean)._sel_boundary(far)
    half = RegularGrid(x0=124, y0=-34, dx=0.5, dy=0.5, nx=9, ny=7)
    with pytest.raises(CoverageError, match="2 of 5 boundary points"):
        boundary(ocean)._sel_boundary(half)
    with caplog.at_level(logging.WARNING):
        boundary(ocean, checks={"coverage": "warn"})._sel_boundary(half)
    assert "2 of 5 boundary points lie outside the data: lon 105 to 125" in caplog.text


def test_points_between_those_of_the_data_need_a_method(ocean):
    with pytest.raises(DataError, match=r"(?s)no values at the very points.*method: nearest"):
        boundary(ocean, sel_method_kwargs={}, spacing=0.3)._sel_boundary(GRID)


def test_wrong_names_of_coordinates_name_the_right_ones(ocean):
    with pytest.raises(DataError, match=r"(?s)no coordinate 'longitude'.*depth, lat, lon, time"):
        boundary(ocean, coords={"x": "longitude", "y": "lat"})._sel_boundary(GRID)


def test_the_outline_of_triangles(ocean):
    grid = UnstructuredGrid(x=[111, 113, 113, 111], y=[-34, -34, -32, -32], triangles=[[0, 1, 2], [0, 2, 3]])
    assert boundary(ocean, spacing=1.0)._sel_boundary(grid).sizes["site"] == 8


def test_grids_of_plugins_give_their_points_by_spacing_only(ocean):
    class Own:
        def boundary_points(self, spacing=None):
            return [111.0, 112.0], [-33.0, -32.5]

    assert boundary(ocean)._sel_boundary(Own()).temp[0, 0].values.tolist() == [111 - 33000, 112 - 32500]


def test_a_dump_makes_the_same_boundary_again(ocean):
    data = boundary(ocean, spacing="parent")
    assert data.model_type == "data_boundary"
    assert DataBoundary(**data.model_dump()) == data
    assert boundary(ocean, model_type="boundary").model_type == "boundary"


def test_an_id_is_needed(ocean):
    with pytest.raises(ValidationError, match="id"):
        DataBoundary(source=SourceFile(uri=ocean))


class Lagoon(BaseGrid):
    """A curved grid without points in one corner and on an island of one point in its middle."""

    @property
    def x(self):
        x = np.meshgrid(np.arange(8.0), np.arange(7.0))[0] * 0.25 + 112 + 0.02 * np.arange(7.0)[:, None]
        x[:3, :3] = x[4, 4] = np.nan
        return x

    @property
    def y(self):
        return np.where(np.isnan(self.x), np.nan, np.arange(7.0)[:, None] * 0.25 - 33)


def test_points_lie_on_the_wet_outline_of_a_grid_with_land(ocean):
    grid = Lagoon()
    x, y = boundary(ocean, spacing=0.1)._boundary_points(grid)
    outline = grid.boundary()
    assert 6 * 7 * 0.25**2 - outline.area == pytest.approx((9 + 4) * 0.25**2, rel=0.01)
    assert len(outline.interiors) == 1
    assert np.all(shapely.distance(shapely.points(x, y), outline.exterior) < 1e-9)
    more = boundary(ocean, spacing=0.1, islands=True)._sel_boundary(grid)
    assert more.sizes["site"] == x.size + np.ceil(outline.interiors[0].length / 0.1)
    more_x, more_y = boundary(ocean, spacing=0.1, islands=True)._boundary_points(grid)
    onshore = shapely.points(more_x[x.size :], more_y[x.size :])
    assert np.all(shapely.distance(onshore, outline.interiors[0]) < 1e-9)


def test_of_separate_waters_the_largest_counts_and_the_others_are_told(caplog):
    class Ponds(Lagoon):
        @property
        def x(self):
            x = super().x
            x[:, 5] = np.nan
            return x

    with caplog.at_level(logging.WARNING):
        outline = Ponds().boundary()
    assert outline.geom_type == "Polygon"
    assert "separate parts; the outline is that of the largest, without" in caplog.text


def test_points_along_the_edges_with_a_tag_of_a_mesh(ocean):
    mesh = UnstructuredGrid(
        x=[111, 113, 113, 111], y=[-34, -34, -32, -32], triangles=[[0, 1, 2], [0, 2, 3]],
        boundary_tags={"open": [[0, 1]], "wall": [[1, 2], [2, 3], [3, 0]]},
    )  # fmt: skip
    selected = boundary(ocean, spacing=0.5, tag="open")._sel_boundary(mesh)
    assert selected.y.values.tolist() == [-34] * 4
    assert set(selected.x.values) <= {111, 111.5, 112, 112.5, 113}
    with pytest.raises(ConfigError, match=r"(?s)no edges are tagged 'river'.*Tags: open, wall"):
        boundary(ocean, tag="river")._sel_boundary(mesh)


@pytest.mark.parametrize("wanted", [{"tag": "open"}, {"islands": True}])
def test_parts_that_a_grid_does_not_tell_apart_are_refused(ocean, wanted):
    class Own(RegularGrid):
        def boundary_points(self, spacing=None):
            return np.array([111.0]), np.array([-33.0])

    with pytest.raises(ConfigError, match="parts of the boundary that a Own does not tell apart"):
        boundary(ocean, **wanted)._sel_boundary(Own(**GRID.model_dump()))


@pytest.fixture
def coast(tmp_path):
    """A field linear in its coordinates, with land east of 112.5."""
    lat, lon = np.arange(-36, -29.5, 0.5), np.arange(108, 118.5, 0.5)
    values = np.where(lon > 112.5, np.nan, 2 * lon + 3 * lat[:, None])
    field = xr.Dataset({"level": (("lat", "lon"), values)}, coords={"lat": lat, "lon": lon})
    field.to_netcdf(tmp_path / "coast.nc")
    return tmp_path / "coast.nc"


def test_points_on_land_are_told_dropped_or_refused(coast, caplog):
    with caplog.at_level(logging.WARNING):
        assert boundary(coast, spacing=0.5)._sel_boundary(GRID).level.isnull().any()
    assert re.search(r"\d of 14 boundary points, x 113 to 113, .*lie on the land of the data", caplog.text)
    wet = boundary(coast, spacing=0.5, on_land="drop")._sel_boundary(GRID)
    assert wet.level.notnull().all()
    assert 0 < wet.sizes["site"] < 14
    assert wet.x.max() <= 112.5
    with pytest.raises(DataError, match=r"(?s)lie on the land.*on_land: drop.*fill: nearest"):
        boundary(coast, spacing=0.5, on_land="raise")._sel_boundary(GRID)
    inland = RegularGrid(x0=114, y0=-34, dx=0.5, dy=0.5, nx=4, ny=4)
    with pytest.raises(DataError, match="have no value of any variable"):
        boundary(coast, on_land="drop")._sel_boundary(inland)


def test_values_of_the_nearest_water_reach_points_on_land(coast, out):
    plain = boundary(
        coast, spacing=0.25, regrid={"method": "bilinear", "fill": "nearest"}, sel_method_kwargs={}
    )
    written = read(plain.get(out, GRID))
    assert written.level.notnull().all()
    wet = written.x <= 112.5
    np.testing.assert_allclose(written.level[wet], (2 * written.x + 3 * written.y)[wet])
    np.testing.assert_allclose(written.level[~wet], (2 * 112.5 + 3 * written.y)[~wet], atol=0.76)


def test_data_in_degrees_reach_the_boundary_of_a_grid_in_metres(coast):
    east, north = transformer("EPSG:4326", "EPSG:32750").transform(110.0, -33.0)
    grid = RegularGrid(x0=east, y0=north, dx=10_000, dy=10_000, nx=11, ny=6)
    data = boundary(coast, spacing=20_000, regrid={"to_crs": "EPSG:32750"}, sel_method_kwargs={})
    selected = data._sel_boundary(grid)
    lon, lat = transformer("EPSG:32750", "EPSG:4326").transform(selected.x.values, selected.y.values)
    np.testing.assert_allclose(selected.level, 2 * lon + 3 * lat)
    assert selected.x.values.tolist() == grid.boundary_points(spacing=20_000)[0].tolist()


@pytest.fixture
def globe(tmp_path):
    lat, lon = np.arange(40, 61.0), np.arange(0, 360.0)
    values = np.broadcast_to(np.sin(np.radians(lon)), (lat.size, lon.size))
    xr.Dataset({"level": (("lat", "lon"), values)}, coords={"lat": lat, "lon": lon}).to_netcdf(
        tmp_path / "g.nc"
    )
    return tmp_path / "g.nc"


@pytest.mark.parametrize("x0", [-3.0, 357.0])
def test_a_boundary_across_the_first_meridian_finds_data_on_both_sides(globe, x0):
    grid = RegularGrid(x0=x0, y0=49, dx=0.3, dy=0.5, nx=21, ny=5)
    x, _ = grid.boundary_points(spacing=0.7)
    near = boundary(globe, spacing=0.7)._sel_boundary(grid)
    assert np.abs(near.x - x).max() <= 0.5 + 1e-9
    np.testing.assert_allclose(near.level, np.sin(np.radians(near.x)), atol=1e-9)
    smooth = boundary(globe, spacing=0.7, regrid={"method": "bilinear"}, sel_method_kwargs={})._sel_boundary(
        grid
    )
    np.testing.assert_allclose(smooth.level, np.sin(np.radians(x)), atol=1e-4)
    inter = boundary(globe, spacing=0.7, sel_method="interp", sel_method_kwargs={})
    with pytest.raises(CoverageError, match="between the last longitude of the data, 359, and the first, 0"):
        inter._sel_boundary(grid)


def test_a_boundary_counted_the_other_way_finds_its_data(globe):
    grid = RegularGrid(x0=-70, y0=45, dx=1, dy=1, nx=5, ny=5)
    selected = boundary(globe, spacing=1.0)._sel_boundary(grid)
    np.testing.assert_allclose(selected.level, np.sin(np.radians(selected.x)), atol=1e-9)
    assert selected.x.min() == -70


def test_stations_cannot_be_regridded(ocean):
    with pytest.raises(ValidationError, match="spectra come from stations"):
        BoundaryWaveStation(id="w", source=SourceFile(uri=ocean), regrid={"method": "bilinear"})


# Spectra


def stations(times=9, nx=14, ny=12, seed=0):
    """Stations half a degree apart, in no order, with their positions as variables: distances tie everywhere."""
    lon, lat = (v.ravel() for v in np.meshgrid(108 + 0.5 * np.arange(nx), -37 + 0.5 * np.arange(ny)))
    rng = np.random.default_rng(seed)
    order = rng.permutation(lon.size)
    return xr.Dataset(
        {
            "efth": (("time", "site", "freq", "dir"), rng.random((times, lon.size, 3, 4)).astype("float32")),
            "lon": ("site", lon[order].astype("float32")),
            "lat": ("site", lat[order].astype("float32")),
            "wspd": (("time", "site"), rng.random((times, lon.size))),
        },
        coords={
            "time": pd.date_range("2023-01-01", periods=times, freq="3h"),
            "site": np.arange(lon.size) * 4,
            "freq": [0.05, 0.1, 0.2],
            "dir": [0.0, 90.0, 180.0, 270.0],
        },
    )


@pytest.fixture
def waves(tmp_path):
    ds = stations()
    ds.to_netcdf(tmp_path / "waves.nc", encoding={"efth": {"zlib": True}})
    return tmp_path / "waves.nc"


def wave_boundary(path, cls=BoundaryWaveStation, **kwargs):
    return cls(**{"id": "waves", "source": SourceFile(uri=path), **kwargs})


@pytest.mark.parametrize("method", ["idw", "nearest"])
@pytest.mark.parametrize("cropped", ["not", "in time", "in space", "in both"])
@pytest.mark.parametrize(
    "kwargs", [{}, {"buffer": 0.1}, {"spacing": 0.25}, {"sel_method_kwargs": {"tolerance": 1.1}}]
)
def test_spectra_are_those_of_a_selection_from_all_stations_to_the_last_bit(waves, method, cropped, kwargs):
    data = wave_boundary(waves, sel_method=method, **kwargs)
    if cropped in ("in time", "in both"):
        data._filter_time(PERIOD)
    if cropped in ("in space", "in both"):
        data._filter_grid(GRID)
    ours = data._sel_boundary(GRID)

    everything = read(waves)[["efth", "lon", "lat"]]
    if cropped in ("in time", "in both"):
        everything = everything.sel(time=slice(PERIOD.start, PERIOD.end))
    x, y = GRID.boundary_points(spacing=kwargs.get("spacing"))
    theirs = everything.spec.sel(lons=x, lats=y, method=method, **kwargs.get("sel_method_kwargs", {}))
    xr.testing.assert_identical(ours, theirs)
    assert ours.efth.values.tobytes() == theirs.efth.values.tobytes()


def test_leaving_far_stations_out_first_gives_the_same_spectra(waves):
    everything = read(waves)[["efth", "lon", "lat"]]
    near = np.flatnonzero((abs(everything.lon - 112) < 3.5) & (abs(everything.lat + 33) < 3))
    x, y = GRID.boundary_points(spacing=0.25)
    from_all = everything.spec.sel(lons=x, lats=y, method="idw", tolerance=1.1)
    from_near = everything.isel(site=near).spec.sel(lons=x, lats=y, method="idw", tolerance=1.1)
    np.testing.assert_array_equal(from_all.efth, from_near.efth)


def test_the_dataset_is_cut_to_the_stations_around_the_grid(waves):
    data = wave_boundary(waves)
    assert data.ds.sizes["site"] == 168
    data._filter_grid(GRID)
    cut = data.ds
    assert cut.sizes["site"] < 168
    assert (cut.lon.min(), cut.lon.max(), cut.lat.min()) == (109, 114.5, -36)
    assert set(cut.data_vars) == {"efth", "lon", "lat"}


def test_the_file_is_in_the_format_of_wavespectra(waves, out):
    import wavespectra

    data, twin = wave_boundary(waves), wave_boundary(waves)
    path = data.get(out, GRID, PERIOD)
    with wavespectra.read_wavespectra(path) as ds:
        assert ds.sizes == {"time": 5, "site": 5, "freq": 3, "dir": 4}
        xr.testing.assert_allclose(ds.efth.load(), data._sel_boundary(GRID).efth[2:7], atol=1e-5)
    assert path == out / "waves.nc"
    assert os.listdir(out) == ["waves.nc"]
    assert data == twin
    assert data.ds.sizes["time"] == 9
    before = path.read_bytes()
    assert data.get(out, GRID, PERIOD).read_bytes() == before


def test_no_crop_when_none_is_wanted(waves, out):
    with xr.open_dataset(wave_boundary(waves, crop_data=False).get(out, GRID, PERIOD)) as ds:
        assert ds.sizes["time"] == 9


@pytest.mark.parametrize("variables", [[], ["efth"], ["hs", "tp"], None])
def test_variables_are_always_those_of_spectra(waves, variables):
    data = wave_boundary(waves, variables=variables)
    assert data.variables == ["efth", "lon", "lat"]
    data.variables.append("wspd")
    assert wave_boundary(waves).variables == ["efth", "lon", "lat"]


class Component(BoundaryWaveStation):
    """A boundary as plugins make them: with private attributes, its own points, and its own way to use the spectra."""

    model_type: Literal["component"] = "component"
    _ds: None
    _count: int = PrivateAttr(default=0)

    def model_post_init(self, context):
        self._count += 1

    @property
    def ds(self):
        ds = super().ds
        for name in ds.data_vars:
            ds[name].encoding.pop("scale_factor", None)
        return ds

    def _boundary_points(self, grid):
        assert self._set_spacing(grid) is None
        return [grid.x.mean()], [grid.y.mean()]

    def get(self, destdir, grid, time=None):
        self._filter_time(time)
        self._filter_grid(grid)
        ds = self._sel_boundary(grid).sortby("dir")
        ds["lon"].values = [0.0]
        self._ds = ds.isel(site=0, drop=True)
        return "file", self._ds.spec.stats(["hs", "tp"]).to_pandas()


def test_plugins_may_build_on_it(waves, tmp_path):
    data = wave_boundary(waves, cls=Component)
    assert data._count == 1
    assert data.variables == ["efth", "lon", "lat"]
    name, table = data.get(tmp_path, GRID, PERIOD)
    assert name == "file"
    assert len(table) == 5


def test_stations_far_from_the_grid_are_refused_with_numbers(waves, out):
    far = RegularGrid(x0=170, y0=-34, dx=0.25, dy=0.25, nx=9, ny=7)
    with pytest.raises(
        CoverageError, match=r"no 'lon' of the data lies in 168 to 174: they cover 108 to 114.5"
    ):
        wave_boundary(waves).get(out, far, PERIOD)
    with pytest.raises(CoverageError, match="fewer than two stations within 2 degrees"):
        wave_boundary(waves, crop_data=False).get(out, far)
    with pytest.raises(CoverageError, match="2025-01-01T00:00:00 to"):
        wave_boundary(waves).get(out, GRID, TimeRange(start="2025-01-01", duration="1d"))
    with pytest.raises(WorkspaceError, match="no folder"):
        wave_boundary(waves).get(out / "nowhere", GRID)
    assert os.listdir(out) == []


def test_longitudes_of_stations_may_count_from_elsewhere(tmp_path, out):
    ds = stations()
    ds.assign(lon=ds.lon - 360).to_netcdf(tmp_path / "west.nc")
    ds.to_netcdf(tmp_path / "east.nc")
    west, east = (
        wave_boundary(tmp_path / f"{name}.nc", id=name).get(out, GRID, PERIOD) for name in ("west", "east")
    )
    np.testing.assert_array_equal(read(west).efth, read(east).efth)


def test_spacing_of_the_stations(waves):
    data = wave_boundary(waves, spacing="parent")
    assert data._source_grid_spacing(GRID) == 0.5
    assert data._set_spacing(GRID) == 0.5
    assert data._sel_boundary(GRID).sizes["site"] == 14


def test_a_missing_variable_of_spectra_is_named(tmp_path):
    stations().drop_vars("lat").to_netcdf(tmp_path / "a.nc")
    with pytest.raises(DataError, match=r"no 'lat'"):
        _ = wave_boundary(tmp_path / "a.nc").ds


def test_nothing_left_is_an_error(waves):
    data = wave_boundary(waves)
    data.source = _Empty(model_type="empty")
    with pytest.raises(ValueError, match="Empty dataset after applying filter"):
        _ = data.ds


class _Empty(SourceFile):
    model_type: Literal["empty"] = "empty"
    uri: str = ""

    def _open(self):
        return stations().isel(time=slice(0))


def test_a_dump_makes_the_same_stations_again(waves):
    data = wave_boundary(waves, sel_method="nearest", buffer=1)
    assert BoundaryWaveStation(**data.model_dump()) == data


def test_real_spectra(real_data, out):
    grid = RegularGrid(x0=112, y0=-34, dx=0.5, dy=0.5, nx=5, ny=5)
    data = BoundaryWaveStation(
        id="waves",
        source={"model_type": "intake", "dataset_id": "ausspec", "catalog_uri": real_data / "catalog.yaml"},
        sel_method_kwargs={"tolerance": 5.0},
    )
    period = TimeRange(start="2023-01-01", duration="12h")
    path = data.get(out, grid, period)
    with xr.open_dataset(real_data / "aus-20230101.nc") as source:
        everything = source[["efth", "lon", "lat"]].sel(time=slice(period.start, period.end)).load()
    x, y = grid.boundary_points()
    theirs = everything.spec.sel(lons=x, lats=y, method="idw", tolerance=5.0)
    np.testing.assert_allclose(read(path).efth, theirs.efth, atol=1e-5)
    xr.testing.assert_identical(data._sel_boundary(grid).sel(time=theirs.time), theirs)


# Pictures and distances


def test_pictures(waves, ocean, tmp_path):
    for data in (wave_boundary(waves), boundary(ocean)):
        figure, ax = data.plot(model_grid=GRID, fscale=3)
        figure.savefig(tmp_path / "a.png")
        assert len(ax.collections) >= 2
        assert data.plot_boundary(GRID, ax=ax)[1] is ax
        plt.close(figure)
        plt.close(data.scatter_plot(fscale=3)[0])


@given(
    st.lists(st.tuples(st.integers(-180, 180), st.integers(-900, 900)), min_size=2, max_size=30).filter(
        lambda points: len(set(points)) > 1
    )
)
def test_the_least_distance_is_that_of_all_pairs(points):
    places = list(set(points))
    pairs = [np.hypot(a[0] - b[0], a[1] - b[1]) for i, a in enumerate(places) for b in places[i + 1 :]]
    assert find_minimum_distance(points) == pytest.approx(min(pairs), rel=1e-9)


def test_one_point_has_no_distance():
    with pytest.raises(DataError, match="no two points"):
        find_minimum_distance([(1, 1), (1, 1)])


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (BaseGrid, "grid_type x y minx maxx miny maxy bbox boundary boundary_points plot"),
        (
            SourceBase,
            "model_type adapter open coordinates named_files around cuts_exactly is_settled is_service",
        ),
        (DataBase, "model_type id get"),
        (DataBlob, "model_type id get source link"),
        (
            DataGrid,
            "model_type id get source filter variables coords crop_data buffer time_buffer checks regrid ds "
            "outfile plot",
        ),
    ],
)
def test_base_classes_have_no_public_names_but_those_that_plugins_know(cls, names):
    own = {
        name for name in {*dir(cls), *cls.model_fields} - set(dir(RompyBaseModel)) if not name.startswith("_")
    }
    assert own == set(names.split())
