from pathlib import Path

import pytest
from pydantic import ValidationError

from rompy.postprocess.config import BasePostprocessorConfig
from rompy_anuga.postprocess import AnugaPostprocessorConfig
from rompy_anuga.postprocess.processor import AnugaPostprocessor


def test_settings_have_defaults_that_need_nothing():
    config = AnugaPostprocessorConfig()
    assert isinstance(config, BasePostprocessorConfig)
    assert (config.type, config.output_dir, config.pictures, config.stations) == ("anuga", None, True, {})
    assert config.get_postprocessor_class() is AnugaPostprocessor


def test_a_dump_makes_the_same_settings_again():
    config = AnugaPostprocessorConfig(
        output_dir="out",
        stations={"lake": {"lon": 149.88, "lat": -36.9}},
        inside="lake",
        attributes={"institution": "X"},
    )
    assert config.output_dir == Path("out")
    assert AnugaPostprocessorConfig(**config.model_dump()) == config
    assert AnugaPostprocessorConfig.model_validate_json(config.model_dump_json()) == config


@pytest.mark.parametrize(
    "given",
    [
        {"dry_depth": 0},
        {"station": {}},
        {"stations": {"": {"x": 0, "y": 0}}},
        {"stations": {"a\n": {"x": 0, "y": 0}}},
    ],
)
def test_wrong_settings_are_refused(given):
    with pytest.raises(ValidationError):
        AnugaPostprocessorConfig(**given)


def test_every_field_explains_itself():
    properties = AnugaPostprocessorConfig.model_json_schema()["properties"]
    own = set(AnugaPostprocessorConfig.model_fields) - set(BasePostprocessorConfig.model_fields) - {"type"}
    assert all(properties[name].get("description") for name in own)
