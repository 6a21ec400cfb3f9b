"""Digests of values in memory change exactly when a value, a name, a type or a shape does."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from rompy.digest.values import values_sha256


def _dataset():
    return xr.Dataset(
        {"u": (("time", "x"), np.arange(6.0).reshape(3, 2))},
        {
            "time": pd.date_range("2023-01-01", periods=3),
            "x": [1, 2],
            "name": ("x", np.array(["a", "b"], object)),
        },
    )


def test_equal_datasets_have_equal_digests():
    assert values_sha256(_dataset()) == values_sha256(_dataset().copy(deep=True))
    assert values_sha256(_dataset())[0] > 48


@pytest.mark.parametrize(
    "change",
    [
        lambda ds: ds.assign(u=ds.u + 1e-12),
        lambda ds: ds.assign(u=ds.u.astype("f4")),
        lambda ds: ds.rename(u="v"),
        lambda ds: ds.assign_coords(x=[1, 3]),
        lambda ds: ds.assign_coords(time=ds.time + np.timedelta64(1, "s")),
        lambda ds: ds.transpose(),
        lambda ds: ds.assign_coords(name=("x", np.array(["a", "c"], object))),
    ],
)
def test_every_change_changes_the_digest(change):
    assert values_sha256(change(_dataset())) != values_sha256(_dataset())


def test_tables_series_and_arrays_have_digests():
    frame = pd.DataFrame({"a": [1.0, 2.0]}, index=pd.date_range("2023", periods=2))
    found = {values_sha256(one)[1] for one in (frame, frame.a, frame.a.to_numpy(), frame + 1, _dataset().u)}
    assert len(found) >= 4
    assert None not in found


def test_what_is_still_to_be_read_has_none():
    assert values_sha256(_dataset().chunk()) == (None, None)
