from __future__ import annotations

import math

import anuga
import numpy as np
import pytest

from rompy_anuga.driver.shallow_water.operators import (
    Coriolis,
    PressureGradient,
    Rain,
    Watch,
    WindStress,
    drag_coefficient,
    gradient_weights,
)
from rompy_anuga.driver.shallow_water.problems import ModelDied


def basin(size: float = 100.0, depth: float = 10.0):
    """Still water on 16 cells, open on all sides, in the middle of a step of 2 s that began at 40 s."""
    domain = anuga.rectangular_cross_domain(2, 2, len1=size, len2=size)
    domain.set_store(False)
    domain.set_compute_mode("legacy")
    domain.set_flow_algorithm("DE0")
    domain.set_quantity("elevation", -depth, location="centroids")
    domain.set_quantity("stage", 0.0, location="centroids")
    open_sea = anuga.Transmissive_boundary(domain)
    domain.set_boundary(dict.fromkeys(domain.get_boundary_tags(), open_sea))
    domain.set_time(40.0)
    domain.timestep = 2.0
    return domain


def steady(domain, value: float):
    return lambda time: np.full(len(domain), value)


def test_drag_follows_wu_and_stops_at_its_limit():
    assert drag_coefficient(np.array([0.0, 10.0, 20.0, 41.0])) == pytest.approx(
        [0.8e-3, 1.45e-3, 2.1e-3, 3.465e-3]
    )
    assert drag_coefficient(np.array([42.0, 80.0])).tolist() == [3.5e-3, 3.5e-3]


def test_wind_pushes_the_way_it_blows():
    domain = basin()
    WindStress(domain, steady(domain, 3.0), steady(domain, -4.0))()
    stress = 1.225 * (0.8 + 0.065 * 5) * 1e-3 * 5.0 / 1025.0
    assert domain.quantities["xmomentum"].centroid_values == pytest.approx(2.0 * stress * 3.0)
    assert domain.quantities["ymomentum"].centroid_values == pytest.approx(-2.0 * stress * 4.0)


def test_wind_leaves_thin_films_alone():
    domain = basin(depth=0.04)
    WindStress(domain, steady(domain, 30.0), steady(domain, 0.0))()
    assert not domain.quantities["xmomentum"].centroid_values.any()


def test_forcing_is_that_of_the_middle_of_the_step():
    asked = []
    domain = basin()
    Rain(domain, lambda time: asked.append(time) or np.zeros(len(domain)))()
    assert asked == [41.0]


def test_pressure_pushes_from_high_to_low():
    domain = basin()
    nodes = domain.get_nodes()
    PressureGradient(domain, lambda time: 1e5 + 2.0 * nodes[:, 0] - 3.0 * nodes[:, 1])()
    assert domain.quantities["xmomentum"].centroid_values == pytest.approx(-2.0 * 10.0 / 1025.0 * 2.0)
    assert domain.quantities["ymomentum"].centroid_values == pytest.approx(2.0 * 10.0 / 1025.0 * 3.0)


def test_gradient_weights_are_exact_for_planes():
    nodes = np.array([(0.0, 0.0), (4.0, 1.0), (1.0, 3.0), (7e5, 5.9e6), (7e5 + 3, 5.9e6), (7e5, 5.9e6 + 2)])
    along_x, along_y = gradient_weights(nodes, np.array([(0, 1, 2), (3, 4, 5)]))
    plane = (5.0 - 2.0 * (nodes[:, 0] % 1000) + 0.5 * (nodes[:, 1] % 1000)).reshape(2, 3)
    assert (plane * along_x).sum(axis=1) == pytest.approx([-2.0, -2.0])
    assert (plane * along_y).sum(axis=1) == pytest.approx([0.5, 0.5])


def test_rain_counts_only_the_ranks_own_cells():
    domain = basin()
    domain.tri_full_flag[:4] = 0
    Rain(domain, steady(domain, 3600.0))()
    assert domain.quantities["stage"].centroid_values == pytest.approx(2e-3)
    assert domain.fractional_step_volume_integral == pytest.approx(2e-3 * domain.areas[4:].sum())


@pytest.mark.parametrize(("latitude", "sense"), [(-37.0, 1.0), (52.0, -1.0)])
def test_free_flow_turns_in_an_inertial_circle(latitude, sense):
    """Uniform flow over a flat bed, open all round, turns once in 2 pi/f: left in the south, right in the north."""
    domain = basin(size=80e3)
    domain.set_time(0.0)
    domain.set_quantity("friction", 0.0)
    domain.set_quantity("xmomentum", 1.0, location="centroids")
    operator = Coriolis(domain, latitude)
    period = 2 * math.pi / abs(2 * 7.292115e-5 * math.sin(math.radians(latitude)))
    assert operator.frequency == pytest.approx(-sense * 2 * math.pi / period)
    x, y = (domain.quantities[name].centroid_values for name in ("xmomentum", "ymomentum"))
    circle = [(x.copy(), y.copy()) for _ in domain.evolve(yieldstep=period / 8, finaltime=period)]
    for eighths, (along_x, along_y) in enumerate(circle):
        angle = sense * eighths * math.pi / 4
        assert along_x == pytest.approx(math.cos(angle), abs=1e-9)
        assert along_y == pytest.approx(math.sin(angle), abs=1e-9)


def test_the_watch_names_the_place_where_a_number_was_lost():
    domain = basin()
    watch = Watch(domain)
    domain.flux_timestep = 2.0
    watch()
    domain.quantities["stage"].centroid_values[5] = np.nan
    x, y = domain.centroid_coordinates[5]
    with pytest.raises(
        ModelDied, match=rf"not a number any more at 40.000 s, x {x:.1f} y {y:.1f} \(bed -10.00 m"
    ):
        watch()


def test_the_watch_names_the_fastest_cell_when_the_step_vanishes():
    domain = basin()
    watch = Watch(domain)
    domain.max_speed = np.full(len(domain), 10.0)
    domain.max_speed[7] = 1e8
    domain.flux_timestep = domain.radii[7] / 1e8
    x, y = domain.centroid_coordinates[7]
    with pytest.raises(
        ModelDied, match=rf"time step fell below 1e-05 s, as waves run at 1e\+08 m/s .* x {x:.1f} y {y:.1f}"
    ):
        watch()
