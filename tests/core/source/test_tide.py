"""The tide agrees with astronomy worked out another way, covers the period asked for, and states what it is."""

import json
import logging
import sys
from datetime import datetime, timedelta

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from rompy.core.filters import Filter
from rompy.core.source import SourceTide, opened_once
from rompy.core.source.tide_table import TideTable
from rompy.core.types import DatasetCoords, Slice
from rompy.errors import ConfigError, DataError, MissingFileError, PluginError

# V: multiples of 15 degrees an hour and of the mean longitudes s, h, p, then a constant. f and u: mean, cosine and sine
# coefficients of the longitude of the Moon's node. Schureman (1958), Manual of Harmonic Analysis and Prediction of
# Tides, tables 2 and 26, in the rounded form of Pugh (1987), Tides, Surges and Mean Sea Level, table 4.3.
SPECIES = {
    "M2": ((2, -2, 2, 0, 0), (1.0, -0.037), -2.1),
    "S2": ((2, 0, 0, 0, 0), (1.0, 0.0), 0.0),
    "N2": ((2, -3, 2, 1, 0), (1.0, -0.037), -2.1),
    "K2": ((2, 0, 2, 0, 0), (1.024, 0.286), -17.7),
    "K1": ((1, 0, 1, 0, 90), (1.006, 0.115), -8.9),
    "O1": ((1, -2, 1, 0, -90), (1.009, 0.187), 10.8),
    "P1": ((1, 0, -1, 0, -90), (1.0, 0.0), 0.0),
    "Q1": ((1, -3, 1, 1, -90), (1.009, 0.187), 10.8),
}


def longitudes(times):
    """Mean longitudes of Moon, Sun, lunar perigee and lunar node (degrees); Meeus (1998), chapters 25 and 47."""
    centuries = (times - np.datetime64("2000-01-01T12:00")) / np.timedelta64(36525 * 86400, "s")
    start = [218.3164477, 280.46646, 83.3532465, 125.04452]
    rate = [481267.88123421, 36000.76983, 4069.0137287, -1934.136261]
    return [a + b * centuries for a, b in zip(start, rate, strict=True)]


def equilibrium(name, times):
    """Equilibrium argument at Greenwich (degrees)."""
    (hours, *multiples, constant), _, _ = SPECIES[name]
    since_midnight = (times - times.astype("datetime64[D]")) / np.timedelta64(1, "h")
    moved = sum(m * angle for m, angle in zip(multiples, longitudes(times)[:3], strict=True))
    return 15 * hours * since_midnight + moved + constant


def nodal(name, times):
    _, (mean, cosine), sine = SPECIES[name]
    node = np.radians(longitudes(times)[3])
    return mean + cosine * np.cos(node), sine * np.sin(node)


def summed(constituents, times):
    level = np.zeros(times.size)
    for name, (amplitude, phase) in constituents.items():
        f, u = nodal(name, times)
        level += f * amplitude * np.cos(np.radians(equilibrium(name, times) + u - phase))
    return level


def period(start, stop):
    return Filter().within({"time": Slice(start=start, stop=stop)})


@pytest.fixture
def table(tmp_path):
    def write(constituents, **more):
        rows = [{"name": n, "amplitude": a, "phase": g} for n, (a, g) in constituents.items()]
        path = tmp_path / "table.json"
        path.write_text(json.dumps({"latitude": -37.07, "longitude": 149.9, "constituents": rows, **more}))
        return path

    return write


@pytest.mark.parametrize("start", ["1995-03-01", "2006-06-01", "2015-10-01", "2023-02-01"])
def test_the_tide_agrees_with_a_sum_of_harmonics_worked_out_another_way(table, start):
    eden = {
        c.name: (c.amplitude, c.phase) for c in TideTable.read("eden_nsw").constituents if c.name in SPECIES
    }
    assert set(eden) == set(SPECIES)
    begin = datetime.fromisoformat(start)
    source = SourceTide(constituents=table(eden), interval="1h")
    level = source.open(filters=period(begin, begin + timedelta(days=60))).water_level
    difference = level.values - summed(eden, level.time.values)
    # What is left are the rounded nodal terms and UTide's terms of the third degree, under 2 % of the range.
    assert np.sqrt(np.mean(difference**2)) < 0.008
    assert np.abs(difference).max() < 0.025


@pytest.mark.parametrize("name", SPECIES)
def test_each_constituent_has_its_amplitude_phase_and_speed(table, name):
    source = SourceTide(constituents=table({name: (1.0, 40.0)}), interval="10m")
    level = source.open(filters=period(datetime(2015, 10, 1), datetime(2015, 10, 29))).water_level
    times = level.time.values
    f, u = nodal(name, times)
    argument = np.radians(equilibrium(name, times) + u - 40)
    basis = np.column_stack([np.cos(argument), np.sin(argument)])
    (cosine, sine), residual, *_ = np.linalg.lstsq(basis, level.values, rcond=None)
    assert np.hypot(cosine, sine) == pytest.approx(f.mean(), rel=0.03)
    assert np.degrees(np.arctan2(sine, cosine)) == pytest.approx(0, abs=2.5)
    assert np.sqrt(residual[0] / times.size) < 0.01


def test_m2_has_its_period(table):
    source = SourceTide(constituents=table({"M2": (0.5, 0.0)}), interval="3m")
    level = source.open(filters=period(datetime(2023, 1, 1), datetime(2023, 3, 1))).water_level
    rising = np.flatnonzero((level.values[:-1] < 0) & (level.values[1:] >= 0))
    hours = (
        (level.time.values[rising[-1]] - level.time.values[rising[0]])
        / np.timedelta64(1, "h")
        / (rising.size - 1)
    )
    assert hours == pytest.approx(12.4206012, abs=1e-3)


def test_the_node_of_the_moon_modulates_lunar_tides_and_no_solar_ones(table):
    def highest(name, year):
        source = SourceTide(constituents=table({name: (1.0, 0.0)}), interval="5m")
        return float(
            source.open(filters=period(datetime(year, 6, 1), datetime(year, 6, 20))).water_level.max()
        )

    # The node stood at 0 degrees in June 2006 and at 180 degrees in October 2015.
    assert highest("M2", 2006) == pytest.approx(0.963, abs=0.01)
    assert highest("M2", 2015) == pytest.approx(1.037, abs=0.01)
    assert highest("O1", 2006) == pytest.approx(1.18, abs=0.03)
    assert highest("O1", 2015) == pytest.approx(0.81, abs=0.03)
    assert highest("S2", 2006) == pytest.approx(highest("S2", 2015), abs=0.01)


@pytest.fixture
def m2(table):
    return SourceTide(constituents=table({"M2": (0.5, 300.0)}))


@settings(max_examples=25)
@given(
    st.datetimes(datetime(1960, 1, 1), datetime(2060, 1, 1)),
    st.timedeltas(timedelta(0), timedelta(days=2)),
    st.timedeltas(timedelta(minutes=1), timedelta(hours=3)),
)
def test_whole_steps_bracket_the_period(start, length, step):
    source = SourceTide(constituents="eden_nsw", interval=step)
    times = source.open(filters=period(start, start + length)).time.values
    step, start, stop = np.timedelta64(step), np.datetime64(start), np.datetime64(start + length)
    assert times[0] <= start < times[0] + step
    assert times[-1] - step < stop <= times[-1]
    np.testing.assert_allclose(np.diff(times) / step, 1, atol=1e-6)


def test_overlapping_periods_have_the_same_levels_at_the_same_times(m2):
    first = m2.open(filters=period(datetime(2023, 1, 1, 0, 3), datetime(2023, 1, 2)))
    second = m2.open(filters=period(datetime(2023, 1, 1, 12, 7), datetime(2023, 1, 3)))
    xr.testing.assert_allclose(*xr.align(first, second), rtol=1e-9)


def test_all_ranges_of_time_count_and_other_steps_of_the_filter_apply(m2):
    filters = Filter(
        crop={"time": slice("2023-01-01", "2023-01-01T06:00:00")},
        rename={"water_level": "zeta"},
        derived={"derived_variables": {"depth": "zeta + 5"}},
    ).within({"time": Slice(start=datetime(2023, 1, 1, 3), stop=datetime(2023, 1, 5))})
    ds = m2.open(filters=filters)
    assert str(ds.time.values[0])[:16] == "2023-01-01T03:00"
    assert str(ds.time.values[-1])[:16] == "2023-01-01T06:00"
    assert {"zeta", "depth"} == set(ds.data_vars)


def test_time_may_have_another_name(m2):
    filters = Filter(crop={"t": slice("2023-01-01", "2023-01-02")})
    assert m2.open(filters=filters, coords=DatasetCoords(t="t")).water_level.dims == ("t",)


@pytest.mark.parametrize("filters", [None, Filter(), Filter(crop={"time": {"start": "2023-01-01"}})])
def test_without_a_period_there_is_no_tide(m2, filters):
    with pytest.raises(DataError, match="needs a period"):
        m2.open(filters=filters)


def test_periods_that_do_not_meet_are_refused(m2):
    filters = Filter(crop={"time": slice("2023-01-01", "2023-01-02")})
    with pytest.raises(ConfigError, match="leave no period"):
        m2.open(
            filters=filters.within({"time": Slice(start=datetime(2024, 1, 1), stop=datetime(2024, 1, 2))})
        )


def test_coordinates_tell_the_step(m2):
    first, second = m2.coordinates["time"].to_index()[:2]
    assert second - first == timedelta(minutes=10)


def test_variables_are_checked(m2):
    with pytest.raises(DataError, match=r"(?s)no 'level'.*water_level"):
        m2.open(variables=["level"], filters=period(datetime(2023, 1, 1), datetime(2023, 1, 2)))


def test_it_is_worked_out_once_within_a_block(m2):
    with opened_once():
        one, two = (m2.open(filters=period(datetime(2023, 1, 1), datetime(2023, 1, 2))) for _ in range(2))
        assert np.shares_memory(one.water_level.values, two.water_level.values)


DATUMS = {"MSL": 0.864, "LAT": -0.061, "HAT": 1.929}


@pytest.mark.parametrize(
    ("settings_", "mean", "standard_name"),
    [
        ({}, 0, "tidal_sea_surface_height_above_mean_sea_level"),
        ({"datum": "LAT"}, 0.925, "tidal_sea_surface_height_above_lowest_astronomical_tide"),
        ({"datum": "HAT"}, -1.065, "water_surface_height_above_reference_datum"),
        ({"offset": 0.1}, 0.1, "water_surface_height_above_reference_datum"),
        ({"datum": "LAT", "offset": -0.1}, 0.825, "water_surface_height_above_reference_datum"),
    ],
)
def test_levels_count_from_the_datum(table, settings_, mean, standard_name):
    source = SourceTide(constituents=table({"S2": (1.0, 0.0)}, datums=DATUMS), interval="1h", **settings_)
    level = source.open(filters=period(datetime(2023, 1, 1), datetime(2023, 1, 10, 23))).water_level
    assert float(level.mean()) == pytest.approx(mean, abs=1e-3)
    assert level.attrs["standard_name"] == standard_name
    assert level.attrs["units"] == "m"
    datum = None if "offset" in settings_ else settings_.get("datum", "MSL")
    assert level.attrs.get("vertical_datum") == datum


def test_an_unknown_datum_names_the_known_ones(table):
    source = SourceTide(constituents=table({"S2": (1.0, 0.0)}, datums=DATUMS), datum="AHD")
    with pytest.raises(DataError, match=r"(?s)no datum 'AHD'.*It has: HAT, LAT, MSL.*offset"):
        source.open(filters=period(datetime(2023, 1, 1), datetime(2023, 1, 2)))


def test_constituents_that_are_left_out_are_named(table, caplog):
    rows = {
        "M2": (0.5, 0),
        "SA": (0.1, 0),
        "MB2": (0.002, 0),
        "3L2": (0.005, 0),
        "lambda2": (0.005, 0),
        "SGM": (0.01, 0),
    }
    source = SourceTide(constituents=table(rows, name="Eden"))
    with caplog.at_level(logging.WARNING):
        ds = source.open(filters=period(datetime(2023, 1, 1), datetime(2023, 1, 2)))
    assert (
        "Eden: UTide does not know MB2, 3L2, which are left out (amplitudes of 7.0 mm in all)" in caplog.text
    )
    assert ds.attrs["constituents"] == "M2, LAMBDA2, SGM"
    assert ds.attrs["constituents_left_out"] == "MB2, 3L2, SA, SSA"


def test_the_seasonal_cycle_is_left_out_unless_asked_for(table):
    path = table({"M2": (0.5, 0), "SA": (10.0, 0)})
    days = period(datetime(2023, 1, 1), datetime(2023, 1, 3))
    assert abs(SourceTide(constituents=path).open(filters=days).water_level).max() < 0.6
    assert abs(SourceTide(constituents=path, drop=[]).open(filters=days).water_level).max() > 1


def test_a_name_and_its_alias_are_not_added_up(table):
    with pytest.raises(DataError, match="M1 and NO1 are one constituent"):
        SourceTide(constituents=table({"NO1": (1, 0), "M1": (1, 0)})).open(
            filters=period("2023-01-01", "2023-01-02")
        )


def test_eden():
    ds = SourceTide(constituents="eden_nsw").open(filters=period(datetime(2023, 1, 1), datetime(2024, 1, 1)))
    assert float(ds.water_level.max()) == pytest.approx(1.02, abs=0.05)
    assert float(ds.water_level.min()) == pytest.approx(-0.90, abs=0.05)
    assert abs(float(ds.water_level.mean())) < 0.01
    assert "CC-BY-4.0" in ds.attrs["license"]
    assert "TICON-4" in ds.attrs["references"]
    assert float(ds.latitude) == -37.0712
    assert float(ds.longitude) == 149.9083


def test_a_gauge_on_the_equator(table):
    source = SourceTide(constituents=table({"M2": (1.0, 0.0), "K1": (0.5, 0.0)}, latitude=0.0))
    level = source.open(filters=period(datetime(2023, 1, 1), datetime(2023, 1, 3))).water_level
    assert np.isfinite(level).all()


def test_a_missing_utide_says_what_to_install(m2, monkeypatch):
    monkeypatch.setitem(sys.modules, "utide", None)
    with pytest.raises(PluginError, match=r'pip install "rompy\[tide\]"'):
        m2.open(filters=period(datetime(2023, 1, 1), datetime(2023, 1, 2)))


def test_the_description():
    source = SourceTide(constituents="eden_nsw", interval="6m", offset=0.1)
    assert SourceTide(**source.model_dump()) == source
    assert str(source) == "SourceTide(constituents=eden_nsw)"
    with pytest.raises(ValidationError, match="at least a second"):
        SourceTide(constituents="eden_nsw", interval=0)


def test_a_missing_table(tmp_path):
    with pytest.raises(MissingFileError, match=r"no file .*gauge\.json"):
        SourceTide(constituents=tmp_path / "gauge.json").open(filters=period("2023-01-01", "2023-01-02"))


def test_every_constituent_that_utide_knows_has_its_argument():
    from utide import ut_constants
    from utide.harmonics import FUV

    from rompy.core.source.tide import _arguments

    numbers, days = np.arange(146), 738_000 + np.linspace(0, 400, 7)
    theirs = FUV(days, 0.0, numbers, -37.0, [False, True, False, False])[2].T
    difference = (_arguments(numbers, days.astype(np.longdouble)) - theirs + 0.5) % 1 - 0.5
    wrong = ut_constants.const.name[np.abs(difference).max(axis=1) > 1e-9]
    # UTide takes three and a half times what is left of that of M2 within one cycle, so that it jumps by half a cycle.
    assert wrong.tolist() == ["M7"]


def test_levels_hold_no_digits_that_are_noise(m2):
    level = m2.open(filters=Filter(crop={"time": slice("2023-01-01", "2023-01-02")})).water_level.values
    assert np.array_equal(level, level.round(6))
