"""A field's class is chosen by its tag, and only the chosen plugin is imported."""

from typing import Annotated, Any, Literal

import pytest
from pydantic import ValidationError

from rompy import plugins
from rompy.core.config import BaseConfig
from rompy.core.tagged import Tagged
from rompy.core.types import DatasetCoords, RompyBaseModel
from rompy.errors import PluginError


class Wave(BaseConfig):
    model_type: Literal["wave"] = "wave"
    height: float = 1.0


class Holder(RompyBaseModel):
    config: Annotated[Any, Tagged("rompy.config")] = BaseConfig()


@pytest.fixture(autouse=True)
def _wave_installed():
    with plugins.registered("rompy.config", "wave", Wave):
        yield


@pytest.mark.parametrize("key", ["model_type", "type"])
def test_the_tag_chooses_the_class(key):
    config = Holder(config={key: "wave", "height": 2}).config
    assert isinstance(config, Wave)
    assert config.height == 2


def test_instances_are_kept_even_of_classes_nobody_registered():
    class Mine(BaseConfig):
        pass

    mine = Mine()
    assert Holder(config=mine).config is mine


def test_errors_inside_the_plugin_keep_their_place():
    with pytest.raises(ValidationError) as caught:
        Holder(config={"model_type": "wave", "height": "tall"})
    assert caught.value.errors()[0]["loc"] == ("config", "height")


def test_an_unknown_tag_says_who_provides_it():
    with pytest.raises(ValidationError, match="provided by the package rompy-ww3") as caught:
        Holder(config={"model_type": "shel"})
    assert caught.value.errors()[0]["type"] == "union_tag_invalid"


def test_a_missing_tag_lists_the_known_ones():
    with pytest.raises(ValidationError, match="model_type is missing; it is one of: .*wave") as caught:
        Holder(config={"height": 1})
    assert caught.value.errors()[0]["type"] == "union_tag_not_found"


@pytest.mark.parametrize("value", [3, "wave", [1], DatasetCoords()])
def test_anything_else_is_refused(value):
    with pytest.raises(ValidationError, match="expected a"):
        Holder(config=value)


def test_a_broken_plugin_is_named_when_its_tag_is_used():
    with (
        plugins.registered("rompy.config", "wreck", ImportError("boom")),
        pytest.raises(PluginError, match="boom"),
    ):
        Holder(config={"model_type": "wreck"})


def test_dumps_are_those_of_the_chosen_class():
    assert Holder(config={"model_type": "wave"}).model_dump()["config"]["height"] == 1.0


def test_the_schema_is_the_union_of_all_plugins():
    schema = Holder.model_json_schema()
    assert {"Wave", "BaseConfig"} <= set(schema["$defs"])
