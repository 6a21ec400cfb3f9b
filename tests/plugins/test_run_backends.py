"""The built-in backends keep what rompy.testing demands of every run backend."""

import pytest

from rompy.backends import LocalConfig
from rompy.testing import RunBackendSuite


class TestLocalRunBackend(RunBackendSuite):
    @pytest.fixture
    def make_settings(self):
        return LocalConfig
