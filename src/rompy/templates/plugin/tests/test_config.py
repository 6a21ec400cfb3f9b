"""MyModelConfig keeps what rompy demands of every configuration, and writes what the model reads."""

import pytest
from rompy.testing import ConfigSuite

from rompy_mymodel.config import MyModelConfig


class TestMyModelConfig(ConfigSuite):
    @pytest.fixture
    def config_class(self):
        return MyModelConfig

    @pytest.fixture
    def description(self, wind):
        return {
            "model_type": "mymodel",
            "fetch_m": 20000.0,
            "wind": {"id": "wind", "source": {"model_type": "mymodel_table", "uri": str(wind)}},
        }

    @pytest.fixture
    def refused(self, description, tmp_path):
        nothing = {"model_type": "mymodel_table", "uri": str(tmp_path / "nothing.txt")}
        return {
            "a fetch of no length": {**description, "fetch_m": 0},
            "wind that is not there": {**description, "wind": {"source": nothing}},
        }

    def test_the_control_file_says_what_was_described(self, run):
        assert "fetch_m  20000.0\n" in (run.generate() / "control.txt").read_text()
