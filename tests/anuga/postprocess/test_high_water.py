import numpy as np
import pytest

from rompy_anuga.postprocess.high_water import TIDAL_PERIOD_S, high_waters, highest, paired_high_waters

PERIOD = TIDAL_PERIOD_S


def tide(hours, lag=0.0, amplitude=1.0, step=600.0):
    """A tide with its first high water at a quarter of the period plus the lag."""
    seconds = np.arange(0.0, hours * 3600 + 1, step)
    return seconds, amplitude * np.sin(2 * np.pi * (seconds - lag) / PERIOD)


def test_high_water_is_found_between_samples():
    (high,) = high_waters(*tide(12.4))
    assert high.seconds == pytest.approx(PERIOD / 4, abs=2.0)
    assert high.level == pytest.approx(1.0, abs=1e-5)


def test_the_parabola_is_exact_for_uneven_samples():
    seconds = np.array([0.0, 100.0, 130.0, 400.0])
    (high,) = high_waters(seconds, 2.0 - (seconds - 117.0) ** 2 / 1e4)
    assert (high.seconds, high.level) == (pytest.approx(117.0), pytest.approx(2.0))


def test_two_equal_samples_at_the_top_share_the_time():
    (high,) = high_waters(np.arange(4.0), np.array([0.0, 1.0, 1.0, 0.0]))
    assert high.seconds == pytest.approx(1.5)


@pytest.mark.parametrize(
    "level", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 1, 1], [np.nan, 1, np.nan, np.nan], [0, 1]]
)
def test_ends_level_stretches_and_gaps_are_no_high_waters(level):
    assert highest(np.arange(float(len(level))), np.array(level, dtype=float)) is None


def test_the_same_tide_is_compared_outside_and_inside():
    outside, inside = tide(40), tide(40, lag=2 * 3600, amplitude=0.4)
    high_out, high_in = paired_high_waters(outside, inside)
    assert high_in.seconds - high_out.seconds == pytest.approx(2 * 3600, abs=5)


def test_a_high_water_that_arrives_after_the_end_is_passed_over():
    seconds, level = tide(17)  # high waters at 3.1 h and 15.5 h; the second one would arrive at 17.5 h
    outside = seconds, level + 0.1 * seconds / PERIOD
    high_out, high_in = paired_high_waters(outside, tide(17, lag=2 * 3600, amplitude=0.4))
    assert high_out.seconds < PERIOD / 2
    assert high_in.seconds > high_out.seconds


def test_no_arrival_gives_no_pair():
    seconds, _ = outside = tide(12.4)
    assert paired_high_waters(outside, (seconds, np.zeros_like(seconds))) is None
