"""The built-in postprocessors keep what rompy.testing demands of every postprocessor."""

# ruff: noqa: F811 - fixtures bear the names of what is imported
import pytest

from rompy.postprocess import NoopPostprocessorConfig
from rompy.testing import PostprocessorSuite
from rompy.testing.fixtures import tiny_period, tiny_run, tiny_workspace  # noqa: F401 - fixtures


class TestNoop(PostprocessorSuite):
    @pytest.fixture
    def settings(self):
        return NoopPostprocessorConfig()

    @pytest.fixture
    def finished_run(self, tiny_run, tiny_workspace):
        (tiny_workspace / "out.nc").write_bytes(b"output")
        return tiny_run
