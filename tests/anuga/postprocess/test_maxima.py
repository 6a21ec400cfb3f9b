import numpy as np

from rompy_anuga.postprocess.maxima import Maxima
from rompy_anuga.postprocess.sww import Block

NAN = np.nan


def block(first, level, depth, speed):
    level, depth, speed = (np.array(values, dtype=float) for values in (level, depth, speed))
    seconds = 10.0 * np.arange(first, first + len(level))
    rows = slice(first, first + len(level))
    return Block(rows, seconds, level, depth, speed, np.zeros_like(speed), ~np.isnan(level))


def test_maxima_and_their_times_run_across_blocks():
    maxima = Maxima(3)
    maxima.update(
        block(0, [[1, NAN, NAN], [3, NAN, NAN]], [[2, 0, 0], [4, 0, 0]], [[0.5, NAN, NAN], [0.1, NAN, NAN]])
    )
    maxima.update(
        block(
            2, [[3, -1, NAN], [2, -2, NAN]], [[4, 1, 0], [3, 0.5, 0.001]], [[0.2, 0.3, NAN], [0.5, 0.4, NAN]]
        )
    )
    np.testing.assert_array_equal(maxima.level, [3, -1, NAN])
    np.testing.assert_array_equal(maxima.level_time, [10, 20, NAN])
    np.testing.assert_array_equal(maxima.depth, [4, 1, 0.001])
    np.testing.assert_array_equal(maxima.speed, [0.5, 0.4, NAN])
    np.testing.assert_array_equal(maxima.speed_time, [0, 30, NAN])
    np.testing.assert_array_equal(maxima.first_wet_time, [0, 20, NAN])
    np.testing.assert_array_equal(maxima.wet_fraction, [1, 0.5, 0])


def test_a_speed_of_zero_on_a_wet_face_is_a_maximum():
    maxima = Maxima(1)
    maxima.update(block(0, [[0.0]], [[1.0]], [[0.0]]))
    np.testing.assert_array_equal(maxima.speed, [0.0])
