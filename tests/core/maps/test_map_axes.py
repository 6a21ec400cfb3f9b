"""Maps are figures of their own, in degrees or metres, with a coastline wherever the system is known."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure

from rompy.core.boundary import DataBoundary
from rompy.core.crs import transformer
from rompy.core.data import DataGrid
from rompy.core.grid import RegularGrid, UnstructuredGrid
from rompy.core.maps.coastline import projected_shapes_within, shapes_within
from rompy.core.maps.map_axes import map_axes, system_of, with_margin
from rompy.core.source import SourceFile

BAY = RegularGrid(x0=745_000, y0=5_890_000, dx=3000, dy=3000, nx=10, ny=15)
"""The coast of south-eastern Australia in EPSG:28355."""


def land_on(ax):
    """Outlines of the filled areas on axes."""
    return [c for c in ax.collections if isinstance(c, PolyCollection)]


@pytest.fixture
def field(tmp_path):
    lon, lat = np.arange(148, 152, 0.25), np.arange(-38, -35, 0.25)
    values = xr.DataArray(lon + lat[:, None], dims=("lat", "lon"), attrs={"units": "m"})
    xr.Dataset({"level": values}, {"lat": lat, "lon": lon}).to_netcdf(tmp_path / "level.nc")
    return {"source": SourceFile(uri=tmp_path / "level.nc"), "coords": {"x": "lon", "y": "lat"}}


def test_figures_belong_to_the_caller_alone(field, tmp_path):
    """pyplot would keep each of them in memory, and show them all at the next call of show."""
    grid = RegularGrid(x0=149, y0=-37.5, dx=0.1, dy=0.1, nx=10, ny=12)
    mesh = UnstructuredGrid(x=[149, 150, 150], y=[-37, -37, -36], triangles=[[0, 1, 2]])
    boundary = DataBoundary(id="b", sel_method_kwargs={"method": "nearest"}, **field)
    figures = [
        grid.plot(fscale=3)[0],
        mesh.plot(fscale=3)[0],
        DataGrid(**field).plot("level", fscale=3, model_grid=grid)[0],
        boundary.plot(model_grid=grid, fscale=3)[0],
    ]
    assert all(isinstance(figure, Figure) for figure in figures)
    assert plt.get_fignums() == []
    for number, figure in enumerate(figures):
        figure.savefig(tmp_path / f"{number}.png", dpi=30)


def test_axes_of_somebody_else_are_drawn_on_as_they_are():
    figure = Figure()
    ax = figure.add_subplot(xlim=(0, 1))
    assert BAY.plot(ax=ax) == (figure, ax)
    assert not land_on(ax)


def test_a_map_in_metres_has_the_coast_where_it_lies(tmp_path):
    figure, ax = BAY.plot(fscale=3, crs="EPSG:28355", buffer=2000)
    figure.savefig(tmp_path / "bay.png", dpi=40)
    (land,) = land_on(ax)[:1]
    assert ax.get_xlabel() == "easting (m), GDA94 / MGA zone 55"
    # Merimbula lies on land, the open sea east of it does not.
    east, north = transformer("EPSG:4326", "EPSG:28355").transform([149.85, 150.1], [-36.88, -36.88])
    inside = [any(path.contains_point(p) for path in land.get_paths()) for p in zip(east, north, strict=True)]
    assert inside == [True, False]


def test_without_a_system_a_map_in_metres_has_no_coast():
    _, ax = BAY.plot(fscale=3)
    assert (ax.get_xlabel(), land_on(ax)) == ("x (m)", [])


def test_a_grid_may_say_its_system_itself():
    class Placed(RegularGrid):
        crs: str = "EPSG:28355"

    assert system_of(Placed(**BAY.model_dump())) == "EPSG:28355"
    assert land_on(Placed(**BAY.model_dump()).plot(fscale=3)[1])

    class Misplaced(RegularGrid):
        crs: str = "somewhere"

    assert system_of(Misplaced(**BAY.model_dump())) is None


def test_shapes_in_metres_are_those_in_degrees_moved():
    bounds = (745_000, 5_890_000, 775_000, 5_935_000)
    moved = projected_shapes_within(bounds, "EPSG:28355")
    plain = shapes_within(transformer("EPSG:28355", "EPSG:4326").transform_bounds(*bounds, densify_pts=51))
    assert moved.is_known
    assert len(moved.land) == len(plain.land) > 0
    corners = np.column_stack(transformer("EPSG:4326", "EPSG:28355").transform(*plain.land[0].T))
    assert {tuple(p) for p in corners.round(3)} <= {tuple(p) for p in moved.land[0].round(3)}


def test_a_map_across_the_date_line_is_in_one_piece(tmp_path):
    figure, ax = RegularGrid(x0=175, y0=-20, dx=1, dy=1, nx=11, ny=6).plot(fscale=4)
    figure.savefig(tmp_path / "fiji.png", dpi=40)
    x0, x1 = ax.get_xlim()
    assert x1 - x0 == pytest.approx(10.2, abs=0.5)
    assert land_on(ax)


def test_degrees_of_latitude_are_longer_than_those_of_longitude():
    _, ax = map_axes((4, 59, 6, 61), fscale=3)
    assert ax.get_aspect() == pytest.approx(2.0)
    _, ax = map_axes((-180, -80, 180, 80), fscale=3)
    assert ax.get_aspect() == 1


def test_the_outline_of_a_grid_in_metres_lies_on_a_map_in_degrees(field):
    class Placed(RegularGrid):
        crs: str = "EPSG:28355"

    _, ax = DataGrid(**field).plot("level", model_grid=Placed(**BAY.model_dump()), fscale=3)
    x, y = ax.lines[-1].get_data()
    assert 149 < np.min(x) < np.max(x) < 151
    assert -38 < np.min(y) < np.max(y) < -36


def test_margins_are_part_of_the_longer_side():
    assert with_margin((0, 0, 100, 10), 0.1) == (-10, -10, 110, 20)
