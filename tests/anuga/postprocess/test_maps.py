from dataclasses import replace

import numpy as np
import pytest
from matplotlib.collections import PolyCollection

from rompy_anuga.postprocess.case_file import read_case
from rompy_anuga.postprocess.face_maps import read_face_maps
from rompy_anuga.postprocess.figure import save_picture
from rompy_anuga.postprocess.maps import Boundary, maxima_map, mesh_map
from rompy_anuga.postprocess.mesh_boundary import boundary_edges
from rompy_anuga.postprocess.station_point import StationPoint
from rompy_anuga.postprocess.stations import place_stations


@pytest.fixture
def case(finished_channel):
    return read_case(finished_channel)


@pytest.fixture
def maps(ugrid_file):
    return read_face_maps(ugrid_file)


@pytest.fixture
def boundary(case, maps):
    return Boundary(*boundary_edges(case, maps.nodes, maps.faces))


@pytest.fixture
def stations(case):
    return place_stations(case, {"beach": StationPoint(x=760_700.0, y=5_912_200.0)})


def coloured(axes):
    return next(c for c in axes.collections if isinstance(c, PolyCollection))


def texts(axes):
    return [text.get_text() for text in axes.texts]


def test_the_mesh_map_shows_bed_boundaries_and_stations(case, maps, boundary, stations):
    figure = mesh_map(case, maps, boundary, stations)
    axes = figure.axes[0]
    np.testing.assert_array_equal(coloured(axes).get_array(), maps.bed_level)
    assert figure.axes[0].get_title(loc="left") == "Tidal channel: mesh and bathymetry"
    legend = [text.get_text() for text in figure.legends[0].get_texts()]
    assert legend == ["exterior (wall)", "open (water level)"]
    assert "beach" in texts(axes)
    assert axes.get_aspect() == 1.0


def test_axes_are_in_kilometres_and_colour_bars_have_units(case, maps, boundary, stations):
    figure = mesh_map(case, maps, boundary, stations)
    axes = figure.axes[0]
    assert axes.get_xlabel() == "Easting (km), GDA94 / MGA zone 55"
    assert 758.5 < axes.get_xlim()[0] < 759.0
    (bar,) = axes.child_axes
    assert bar.get_ylabel() == "Bed level (m MSL, positive up)"


def test_the_maxima_are_mapped_and_land_that_stays_dry_is_blank(case, maps, boundary, stations):
    figure = maxima_map(case, maps, boundary, stations)
    depth, speed = (coloured(axes).get_array() for axes in figure.axes)
    never = maps.wet_fraction == 0
    assert never.any()
    np.testing.assert_array_equal(np.ma.getmaskarray(depth), never)
    np.testing.assert_array_equal(np.ma.getmaskarray(speed), never)
    np.testing.assert_array_equal(speed.compressed(), maps.max_speed[~never])
    assert figure.legends[0].get_texts()[0].get_text() == "never wet"


def test_a_wide_mesh_stacks_its_panels_and_a_tall_one_sets_them_side_by_side(case, maps, boundary):
    wide = maxima_map(case, maps, boundary, [])
    tall = maxima_map(case, replace(maps, nodes=maps.nodes[:, ::-1]), boundary, [])
    assert wide.axes[0].get_subplotspec().get_gridspec().nrows == 2
    assert tall.axes[0].get_subplotspec().get_gridspec().ncols == 2


def test_a_run_that_never_gets_wet_can_be_drawn(case, maps, boundary, tmp_path):
    nothing = np.full_like(maps.max_speed, np.nan)
    dry = replace(maps, max_speed=nothing, max_depth=0 * maps.max_depth, wet_fraction=0 * maps.wet_fraction)
    assert save_picture(maxima_map(case, dry, boundary, []), tmp_path / "dry.png").stat().st_size > 10_000


def test_pictures_are_byte_identical(case, maps, boundary, stations, tmp_path):
    first, second = (
        save_picture(mesh_map(case, maps, boundary, stations), tmp_path / name).read_bytes()
        for name in ("a.png", "b.png")
    )
    assert first == second
