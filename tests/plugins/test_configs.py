"""The built-in configurations keep what rompy.testing demands of every configuration."""

import pytest

from rompy.core.config import BaseConfig
from rompy.testing import ConfigSuite


class TestBaseConfig(ConfigSuite):
    @pytest.fixture
    def config_class(self):
        return BaseConfig

    @pytest.fixture
    def description(self):
        return {"model_type": "base"}

    @pytest.fixture
    def refused(self):
        return {"a template that does not exist": {"model_type": "base", "template": "no/such/folder"}}
