"""The suite for every run backend, on containers that are supervised from inside and from outside."""

import shlex

import pytest

from rompy.backends import DockerConfig
from rompy.jobs import JobState
from rompy.testing.run_backend import RunBackendSuite


class _InContainers(RunBackendSuite):
    same_machine = False
    supervisor = "auto"

    @pytest.fixture
    def make_settings(self, engine):
        def make_settings(command=None, **settings):
            if command is not None:
                settings["executable"] = shlex.join(["sh", "-c", command])
            return DockerConfig(
                image="localhost/rompy-python",
                network="none",
                grace=1,
                supervisor=self.supervisor,
                **settings,
            )

        return make_settings

    def check_gone(self, workspace):
        assert (workspace / "pids").exists()

    def test_what_executes_nothing_does_not_succeed(self, make_settings, run, workspace):
        """The default executable is not in the image."""
        result = run.run(make_settings(), workspace)
        assert result.state is JobState.failed
        assert "/usr/local/bin/run.sh" in result.reason


class TestSupervisedInside(_InContainers):
    supervisor = "inside"


class TestSupervisedOutside(_InContainers):
    supervisor = "outside"
