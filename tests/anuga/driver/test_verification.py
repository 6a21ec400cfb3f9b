"""The model against closed forms, through the driver and its files.

Gravity is ANUGA's 9.8 m/s2 throughout.
"""

from __future__ import annotations

import numpy as np
import pytest

GRAVITY = 9.8


def order(errors: list[float], finer: float = 2.0) -> float:
    """Order of convergence between the last two of a series of ever finer meshes."""
    return float(np.log(errors[-2] / errors[-1]) / np.log(finer))


def seiche_error(case, nx: int) -> float:
    """Mean error, as a part of the amplitude, after one period of the slowest standing wave in a long basin.

    Linear theory: level A cos(kx) cos(kct) with c2 = gh; A/h is a thousandth.
    """
    length, depth, amplitude = 1000.0, 10.0, 0.01
    wavenumber = np.pi / length
    period = 2 * length / np.sqrt(GRAVITY * depth)
    case.mesh(nx, 2, length, 2 * length / nx)
    line = np.linspace(0.0, length, 501)
    case.still("level.nc", "level", lambda x, y: amplitude * np.cos(wavenumber * x), line, [0.0, length])
    case.content |= {
        "initial_level_m": {"file": "level.nc", "variable": "level"},
        "duration_s": period,
        "output": {"interval_s": period},
        "numerics": {"scheme": "DE1"},
    }
    end = case.done().output()
    expected = amplitude * np.cos(wavenumber * end["x"])
    return float(np.average(np.abs(end["stage"][-1] - expected), weights=end["area"]) / amplitude)


def test_seiche_converges_at_second_order(case):
    errors = [seiche_error(case, nx) for nx in (10, 20, 40)]
    assert errors[-1] < 1e-3
    assert order(errors) > 1.8


def thacker_error(case, n: int) -> float:
    """Mean error of the depth, as a part of the mean depth, after one period of water sloshing in a paraboloid.

    Thacker, W. C., 1981: Some exact solutions to the nonlinear shallow-water wave equations. J. Fluid Mech. 107,
    499-508. Here the plane surface that swings along x, which is at rest at the start: over the bed
    h0 (r2/a2 - 1) the depth is h0 (1 - ((x - X)2 + y2)/a2) with X = X0 cos(wt), w2 = 2 g h0/a2. The shore moves.
    """
    radius, depth, swing, half = 3000.0, 10.0, 600.0, 4200.0
    bed = lambda x, y: depth * ((x**2 + y**2) / radius**2 - 1)  # noqa: E731
    period = 2 * np.pi * radius / np.sqrt(2 * GRAVITY * depth)
    case.mesh(n, n, 2 * half, 2 * half, (-half, -half))
    grid = np.linspace(-half, half, 421)
    case.still("bed.nc", "elevation", bed, grid, grid)
    plane = lambda x, y: depth * swing * (2 * x - swing) / radius**2  # noqa: E731
    case.still("level.nc", "level", plane, [-half, half], [-half, half])
    case.content |= {
        "bathymetry": {"file": "bed.nc", "variable": "elevation"},
        "initial_level_m": {"file": "level.nc", "variable": "level"},
        "duration_s": period,
        "output": {"interval_s": period},
        "numerics": {"scheme": "DE1"},
    }
    end = case.done().output()
    expected = np.maximum(depth * (1 - ((end["x"] - swing) ** 2 + end["y"] ** 2) / radius**2), 0.0)
    found = end["stage"][-1] - end["bed"]
    return float(np.sum(np.abs(found - expected) * end["area"]) / np.sum(expected * end["area"]))


def test_thackers_basin_converges_with_a_moving_shore(case):
    errors = [thacker_error(case, n) for n in (16, 32)]
    assert errors[-1] < 1.5e-2
    assert order(errors) > 1.4


def settle(case, last: float, interval: float, duration: float):
    """The level at the cells, averaged over the last part of a run."""
    case.content |= {
        "duration_s": duration,
        "output": {"interval_s": interval},
        "numerics": {"scheme": "DE1"},
    }
    out = case.done().output()
    return out, out["stage"][out["time"] > duration - last + 1e-6].mean(axis=0)


def test_wind_set_up_matches_theory(case):
    """20 m/s along a closed channel: (h0 + eta) d eta/dx = tau/(rho g), water conserved."""
    length, depth, speed = 1000.0, 5.0, 20.0
    period = 2 * length / np.sqrt(GRAVITY * depth)
    case.mesh(20, 2, length, 100.0, bed=lambda x, y: -depth + 0 * x)
    ramp = lambda t, x, y: speed * np.sqrt(np.minimum(t / (6 * period), 1.0))  # noqa: E731
    case.changing(
        "wind.nc",
        [0, length],
        [0, 100],
        np.arange(0, 9 * period, 20.0),
        "m s-1",
        u10=ramp,
        v10=lambda t, x, y: 0,
    )
    case.content["wind"] = {"file": "wind.nc", "x_wind": "u10", "y_wind": "v10"}
    case.content["friction"] = 0.03
    out, level = settle(case, 2 * period, period / 20, 8 * period)
    drag = (0.8 + 0.065 * speed) * 1e-3
    slope = 1.225 * drag * speed**2 / (1025.0 * GRAVITY)
    # h2 = 2 slope x + C; the mean of h over the length is the depth at rest
    constants = np.linspace(20.0, 26.0, 60001)
    means = ((2 * slope * length + constants) ** 1.5 - constants**1.5) / (3 * slope * length)
    expected = np.sqrt(2 * slope * out["x"] + np.interp(depth, means, constants)) - depth
    assert np.sqrt(np.mean((level - expected) ** 2)) < 0.01 * np.ptp(expected)
    assert np.polyfit(expected, level, 1)[0] == pytest.approx(1.0, abs=0.01)


def test_water_rises_under_low_pressure_as_an_inverse_barometer(case):
    """20 hPa below the surroundings over the middle of a closed basin: eta = -(p - mean p)/(rho g)."""
    length, depth = 2000.0, 20.0
    period = 2 * length / np.sqrt(GRAVITY * depth)
    middle, radius = length / 2, 0.2 * length
    case.mesh(20, 20, length, length, bed=lambda x, y: -depth + 0 * x)

    def low(x, y):
        return -2000.0 * np.exp(-((x - middle) ** 2 + (y - middle) ** 2) / radius**2)

    def pressure(t, x, y):
        return 101325.0 + low(x, y) * np.minimum(t / (4 * period), 1.0)

    grid = np.linspace(0.0, length, 101)
    case.changing("met.nc", grid, grid, np.arange(0, 7.01 * period, period / 8), "Pa", msl=pressure)
    case.content["pressure"] = {"file": "met.nc", "variable": "msl"}
    case.content["friction"] = 0.2
    out, level = settle(case, period, period / 10, 6 * period)
    expected = -low(out["x"], out["y"]) / (1025.0 * GRAVITY)
    expected -= np.average(expected, weights=out["area"])
    assert np.sqrt(np.mean((level - expected) ** 2)) < 0.01 * expected.max()
    assert level.max() == pytest.approx(expected.max(), rel=0.01)


@pytest.mark.parametrize("scheme", ["DE0", "DE1"])
def test_a_lake_at_rest_stays_at_rest_over_an_uneven_bed_with_islands(case, scheme):
    rough = lambda x, y: -1.0 + 1.5 * np.sin(0.11 * x) * np.cos(0.23 * y) + 0.3 * np.sin(1.7 * x * y)  # noqa: E731
    case.mesh(12, 10, 100.0, 50.0, bed=rough)
    case.content |= {"duration_s": 60.0, "output": {"interval_s": 20.0}, "numerics": {"scheme": scheme}}
    out = case.done().output()
    wet = out["bed"] < 0.0
    assert 0.05 < (~wet).mean() < 0.5
    assert np.abs(out["stage"][:, wet]).max() < 1e-10
    assert (
        np.abs(out["stage"] - np.maximum(out["bed"], 0.0)).max() < 1e-6
    )  # dry cells: as single precision has it
    assert max(np.abs(out["uh"]).max(), np.abs(out["vh"]).max()) < 1e-10
    assert case.progress[-1]["max_speed_m_s"] < 1e-10


@pytest.mark.parametrize("scheme", ["DE0", "DE1"])
def test_rain_is_conserved_on_wet_and_dry_ground(case, scheme):
    case.mesh(8, 6, 1000.0, 600.0, bed=lambda x, y: -3.0 + 0.006 * x)
    falling = lambda t, x, y: 30.0 * (t / 600.0) * (x / 1000.0)  # noqa: E731
    case.changing("rain.nc", [1000, 0], [600, 0], [0, 200, 600], "mm h-1", rain_rate=falling)
    case.content |= {
        "rain": {"file": "rain.nc", "variable": "rain_rate"},
        "friction": 0.03,
        "duration_s": 600.0,
        "output": {"interval_s": 100.0},
        "numerics": {"scheme": scheme},
    }
    balance = case.done().record["mass_balance"]
    fallen = 30e-3 / 3600 * 600 / 2 / 2 * 600e3  # m3: half the peak in time, half in space, over the area
    assert balance["operator_inflow_m3"] == pytest.approx(fallen, rel=1e-12)
    assert balance["final_volume_m3"] - balance["initial_volume_m3"] == pytest.approx(fallen, rel=1e-9)
    assert balance["max_abs_error_m3"] < 1e-6


def test_water_through_the_boundary_is_conserved(case):
    case.mesh(10, 4, 1000.0, 400.0, bed=lambda x, y: -4.0 + 0.005 * x)
    case.series("tide.nc", np.arange(0, 1201, 60), 0.5 * np.sin(np.arange(21) / 3))
    case.content["boundaries"]["west"] = {"type": "water_level", "file": "tide.nc", "variable": "water_level"}
    case.content |= {"friction": 0.03, "duration_s": 1200.0, "output": {"interval_s": 200.0}}
    balance = case.done().record["mass_balance"]
    assert abs(balance["boundary_inflow_m3"]) > 1e4
    assert balance["max_abs_error_m3"] < 1e-6


@pytest.mark.parametrize("scheme", ["set_level", "flather", "characteristic"])
def test_a_slow_tide_comes_in_through_an_open_boundary(case, scheme):
    """A bay much shorter than the tide's wave fills evenly. Where waves may leave, what fills it costs a little head:
    eta inside = eta outside - u sqrt(h/g) with u h = L d eta/dt, which is the tide delayed by L/sqrt(gh).
    """
    length, depth, period = 1000.0, 10.0, 3600.0
    tide = lambda t: 0.5 * (1 - np.cos(2 * np.pi * np.maximum(t, 0.0) / period))  # noqa: E731
    case.mesh(10, 2, length, 200.0)
    case.series("tide.nc", np.arange(0, 3601, 60), tide(np.arange(0, 3601, 60)))
    case.content["boundaries"]["west"] = {
        "type": "water_level",
        "file": "tide.nc",
        "variable": "water_level",
        "scheme": scheme,
    }
    case.content |= {"friction": 0.01, "duration_s": period, "output": {"interval_s": 120.0}}
    out = case.done().output()
    inside = out["stage"][:, out["x"] < 100].mean(axis=1)
    delay = 0.0 if scheme == "set_level" else length / np.sqrt(GRAVITY * depth)
    assert np.abs(inside - tide(out["time"] - delay)).max() < 0.01


@pytest.mark.parametrize(
    ("scheme", "left"), [("flather", 1e-3), ("characteristic", 1e-3), ("transmissive", 1e-2)]
)
def test_waves_leave_through_an_open_boundary(case, scheme, left):
    case.mesh(50, 2, 1000.0, 40.0)
    case.series("still.nc", [0, 1000], [0.0, 0.0])
    line = np.linspace(0, 1000, 201)
    case.still("level.nc", "level", lambda x, y: 0.1 * np.exp(-(((x - 500) / 100) ** 2)), line, [0, 40])
    case.content["boundaries"]["east"] = (
        {"type": "transmissive"}
        if scheme == "transmissive"
        else {"type": "water_level", "file": "still.nc", "variable": "water_level", "scheme": scheme}
    )
    case.content |= {
        "initial_level_m": {"file": "level.nc", "variable": "level"},
        "duration_s": 200.0,
        "output": {"interval_s": 200.0},
        "numerics": {"scheme": "DE1"},
    }
    out = case.done().output()
    energy = ((GRAVITY * out["stage"] ** 2 + (out["uh"] ** 2 + out["vh"] ** 2) / 10.0) * out["area"]).sum(
        axis=1
    )
    assert energy[-1] < left * energy[0]
