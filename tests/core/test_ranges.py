"""Ranges are told in several ways, and held as plain values."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest

from rompy.core.ranges import as_slice
from rompy.errors import ConfigError


@pytest.mark.parametrize("limits", [None, 5, [1, 2], {"from": 1}, {}])
def test_what_is_no_range_is_refused(limits):
    with pytest.raises(ConfigError, match="must have a start and a stop"):
        as_slice(limits, "x")


def test_ranges_hold_plain_values():
    made = as_slice(slice(np.float32(1.5), np.int64(2)))
    assert [type(made.start), type(made.stop)] == [float, float]
    made = as_slice({"start": np.datetime64("2023-01-01"), "stop": pd.Timestamp("2023-01-02")})
    assert [type(made.start), type(made.stop)] == [datetime, datetime]
