"""Small ready fixtures: ``pytest_plugins = ["rompy.testing.fixtures"]`` in a ``conftest.py`` brings them all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from rompy.core.time import TimeRange
from rompy.model import ModelRun
from rompy.plugins import Plugin
from rompy.testing.entry_points import faked_plugins

if TYPE_CHECKING:
    import xarray as xr


@pytest.fixture
def tiny_period() -> TimeRange:
    """Six hours of the first of January 2023, hourly."""
    return TimeRange(start=datetime(2023, 1, 1), end=datetime(2023, 1, 1, 6), interval=timedelta(hours=1))


@pytest.fixture
def tiny_dataset() -> xr.Dataset:
    """Wind over ten by ten degrees, 7 hours x 6 latitudes (descending, as weather centres have it) x 5 longitudes.

    ``u10`` and ``v10`` (m s-1) blow towards east and north; every value is different.
    """
    import numpy as np
    import pandas as pd
    import xarray as xr

    shape = (7, 6, 5)
    steps = np.arange(np.prod(shape), dtype="float32").reshape(shape)
    dims = ("time", "latitude", "longitude")
    return xr.Dataset(
        {
            "u10": (dims, steps / 10, {"standard_name": "eastward_wind", "units": "m s-1"}),
            "v10": (dims, -steps / 20, {"standard_name": "northward_wind", "units": "m s-1"}),
        },
        {
            "time": pd.date_range("2023-01-01", periods=7, freq="h"),
            "latitude": ("latitude", np.linspace(-30, -40, 6), {"units": "degrees_north"}),
            "longitude": ("longitude", np.linspace(145, 155, 5), {"units": "degrees_east"}),
        },
    )


@pytest.fixture
def tiny_netcdf(tiny_dataset: xr.Dataset, tmp_path: Path) -> Path:
    """The same as a netCDF file."""
    path = tmp_path / "tiny.nc"
    tiny_dataset.to_netcdf(path)
    return path


@pytest.fixture
def tiny_run(tiny_period: TimeRange, tmp_path: Path) -> ModelRun:
    """A run of the base configuration, not generated yet."""
    return ModelRun(run_id="tiny", period=tiny_period, output_dir=tmp_path / "runs")


@pytest.fixture
def tiny_workspace(tiny_run: ModelRun) -> Path:
    """Its generated workspace."""
    return tiny_run.generate()


@pytest.fixture
def register_plugin() -> Iterator[Callable[..., Plugin]]:
    """A function ``(group, name, obj, distribution="test-plugin")`` that makes a plugin known until the test ends."""
    with ExitStack() as stack:

        def register(group: str, name: str, obj: Any, distribution: str = "test-plugin") -> Plugin:
            (plugin,) = stack.enter_context(faked_plugins({group: {name: obj}}, distribution=distribution))
            return plugin

        yield register
