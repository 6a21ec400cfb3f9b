"""Conformance suites for plugins, to be subclassed in a plugin's own tests. Needs pytest.

Each suite is a class of tests that hold for every good plugin of its kind. A subclass whose name starts with ``Test``
supplies a few fixtures and inherits the tests::

    from rompy.testing import ConfigSuite

    class TestMyConfig(ConfigSuite):
        @pytest.fixture
        def config_class(self):
            return MyConfig

        @pytest.fixture
        def description(self):
            return {"model_type": "mymodel", "friction": 0.02}

==================  =====================  ==========================================================================
suite               for the group          fixtures to supply
==================  =====================  ==========================================================================
ConfigSuite         rompy.config           ``config_class``, ``description``
SourceSuite         rompy.source           ``source_class``, ``description``
RunBackendSuite     rompy.run              ``make_settings``
PostprocessorSuite  rompy.postprocess      ``settings``, ``finished_run``
TransferSuite       rompy.transfer         ``transfer``, ``root``, ``seed``
==================  =====================  ==========================================================================

Each has more fixtures and flags with defaults, documented where they stand; a test that a plugin cannot take part in
is skipped with its reason. A test that does not fit may be overridden, best with the reason in its docstring.

``rompy.testing.fixtures`` is a pytest plugin (``pytest_plugins = ["rompy.testing.fixtures"]`` in ``conftest.py``) with
small ready things: a dataset, a workspace, and the registration of a plugin that is not installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from rompy.exports import on_demand

_HOME_OF = {
    "ConfigSuite": "config",
    "PostprocessorSuite": "postprocessor",
    "RunBackendSuite": "run_backend",
    "SourceSuite": "source",
    "TransferSuite": "transfer",
    "contents": "folder",
    "faked_plugins": "entry_points",
}

__all__ = [
    "ConfigSuite",
    "PostprocessorSuite",
    "RunBackendSuite",
    "SourceSuite",
    "TransferSuite",
    "contents",
    "faked_plugins",
]

if TYPE_CHECKING:
    from rompy.testing.config import ConfigSuite
    from rompy.testing.entry_points import faked_plugins
    from rompy.testing.folder import contents
    from rompy.testing.postprocessor import PostprocessorSuite
    from rompy.testing.run_backend import RunBackendSuite
    from rompy.testing.source import SourceSuite
    from rompy.testing.transfer import TransferSuite

# The suites' own assertions shall be explained like those of a test file; to be said before they are imported.
pytest.register_assert_rewrite(*(f"{__name__}.{module}" for module in sorted(set(_HOME_OF.values()))))

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
