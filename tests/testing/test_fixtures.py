"""The ready fixtures are what they say they are."""

# ruff: noqa: F811 - fixtures bear the names of what is imported
import numpy as np
import pytest
import xarray as xr

from rompy import plugins
from rompy.core.config import BaseConfig
from rompy.testing.fixtures import (  # noqa: F401 - fixtures
    register_plugin,
    tiny_dataset,
    tiny_netcdf,
    tiny_period,
    tiny_run,
    tiny_workspace,
)


def test_the_dataset_covers_the_period_and_no_two_values_are_equal(tiny_dataset, tiny_period):
    assert len(tiny_period.date_range) == tiny_dataset.time.size
    assert np.unique(tiny_dataset.u10).size == tiny_dataset.u10.size


def test_the_file_holds_the_dataset(tiny_dataset, tiny_netcdf):
    with xr.open_dataset(tiny_netcdf) as ds:
        xr.testing.assert_equal(ds, tiny_dataset)


def test_the_workspace_is_a_generated_one(tiny_run, tiny_workspace):
    assert tiny_workspace == tiny_run.staging_dir
    assert (tiny_workspace / ".rompy" / "manifest.json").is_file()


@pytest.mark.parametrize("time", ["first", "second"])
def test_a_plugin_is_registered_until_the_test_ends(time, register_plugin):
    assert "puddle" not in [plugin.name for plugin in plugins.entries("rompy.config")]
    register_plugin("rompy.config", "puddle", BaseConfig)
    assert plugins.load("rompy.config", "puddle") is BaseConfig
