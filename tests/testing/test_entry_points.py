"""Plugins that are not installed can be used as if they were, for as long as a test wants."""

from typing import Literal

import pytest

from rompy import plugins
from rompy.core.config import BaseConfig
from rompy.errors import PluginError, UnknownPluginError
from rompy.model import ModelRun
from rompy.testing import faked_plugins


class Puddle(BaseConfig):
    model_type: Literal["puddle"] = "puddle"


def test_a_faked_plugin_is_used_by_its_tag_and_gone_afterwards():
    with faked_plugins({"rompy.config": {"puddle": Puddle}}) as (plugin,):
        assert plugin.state == "loaded"
        assert type(ModelRun(config={"model_type": "puddle"}).config) is Puddle
    with pytest.raises(UnknownPluginError):
        plugins.load("rompy.config", "puddle")


def test_it_is_gone_after_a_failure_too():
    with pytest.raises(RuntimeError), faked_plugins({"rompy.config": {"puddle": Puddle}}):
        raise RuntimeError
    assert "puddle" not in plugins.known_tags("rompy.config")


def test_an_exception_stands_for_a_plugin_that_cannot_be_imported():
    with faked_plugins({"rompy.config": {"puddle": ImportError("no water")}}):
        with pytest.raises(PluginError, match="no water"):
            plugins.load("rompy.config", "puddle")
        assert type(ModelRun().config) is BaseConfig


def test_two_packages_can_be_made_to_conflict():
    points = {"rompy.config": {"puddle": Puddle}}
    with (
        faked_plugins(points, distribution="one"),
        faked_plugins(points, distribution="two"),
        pytest.raises(PluginError, match="one 0, two 0"),
    ):
        plugins.load("rompy.config", "puddle")
