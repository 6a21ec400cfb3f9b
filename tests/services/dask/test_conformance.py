"""The suite for every run backend, on a real scheduler with real workers."""

import pytest

from rompy.backends.dask import DaskConfig
from rompy.testing.run_backend import RunBackendSuite


class TestDask(RunBackendSuite):
    @pytest.fixture
    def make_settings(self, shared_cluster):
        def make_settings(command=None, **settings):
            return DaskConfig(command=command, grace=1, **shared_cluster.settings, **settings)

        return make_settings
