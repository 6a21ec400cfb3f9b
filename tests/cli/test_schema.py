import json
from pathlib import Path

from ruamel.yaml import YAML

from rompy.errors import ConfigError, PluginError


def test_the_schema_of_a_run(rompy):
    schema = json.loads(rompy("schema").stdout)
    assert "run_id" in schema["properties"]


def test_the_schema_of_a_model(rompy):
    schema = json.loads(rompy("schema", "puddle").stdout)
    assert schema["properties"]["depth"]["description"] == "Depth of the water (m)."


def test_the_schema_of_a_class_as_yaml(rompy):
    result = rompy("schema", "rompy.core.types.DatasetCoords", "--format", "yaml")
    assert "latitude" in str(YAML(typ="safe").load(result.stdout)["properties"]["y"])


def test_the_schema_can_be_written_to_a_file(rompy):
    result = rompy("schema", "puddle", "-o", "schemas/puddle.json")
    assert result.stdout == "schemas/puddle.json\n"
    assert "depth" in json.loads(Path("schemas/puddle.json").read_text())["properties"]


def test_unknown_models_are_guessed(rompy):
    result = rompy("schema", "pudle")
    assert result.exit_code == PluginError.exit_status
    assert "Did you mean 'puddle'?" in result.stderr


def test_what_has_no_schema(rompy):
    assert rompy("schema", "rompy.core.types.nothing").exit_code == PluginError.exit_status
    assert rompy("schema", "pathlib.Path").exit_code == ConfigError.exit_status
