"""Data whose axes cannot be trusted are refused before they are used."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rompy.core.data import DataGrid
from rompy.core.filters import Filter
from rompy.core.source import SourceFile
from rompy.errors import DataError


def data(folder, times=range(4), x=(1, 2, 3, 4), **kwargs):
    hours = pd.Timestamp("2023-01-01") + pd.to_timedelta(list(times), "h")
    ds = xr.Dataset({"h": (("time", "x"), np.ones((4, 4)))}, {"time": hours, "x": list(x)})
    ds.to_netcdf(folder / "a.nc")
    return DataGrid(source=SourceFile(uri=folder / "a.nc"), coords={"x": "x", "y": None}, **kwargs)


@pytest.mark.parametrize(
    ("axes", "message"),
    [
        ({"times": [0, 1, 1, 2]}, "1 of 4 labels along 'time' are there more than once"),
        (
            {"times": [0, 2, 1, 3]},
            "'time' is out of order: 2023-01-01 01:00:00 comes after 2023-01-01 02:00:00",
        ),
        ({"x": [350, 355, 0, 5]}, "'x' neither rises nor falls: 0 comes after 355 at position 2"),
    ],
)
def test_axes_out_of_order_are_refused(tmp_path, axes, message):
    with pytest.raises(DataError, match=message):
        data(tmp_path, **axes).ds  # noqa: B018


def test_axes_may_descend_and_can_be_sorted(tmp_path):
    data(tmp_path, x=[4, 3, 2, 1]).ds.close()
    found = data(tmp_path, times=[0, 2, 1, 3], filter=Filter(sort={"coords": ["time"]})).ds
    assert found.indexes["time"].is_monotonic_increasing
    found.close()
