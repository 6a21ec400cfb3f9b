import json
from pathlib import Path

import pytest

from rompy.cli.backends import example_of
from rompy.errors import ConfigError


def test_list_names_what_can_be_used_in_files(rompy):
    lines = [line.split() for line in rompy("backends", "list").stdout.splitlines()]
    assert ["local", "settings", "of", "run", "backends"] in [line[:5] for line in lines]
    assert ["noop", "settings", "of", "postprocessors"] in [line[:4] for line in lines]


@pytest.mark.parametrize(
    "text", ["type: local", "backend_type: local", "type: slurm\ncommand: ./run.sh", "type: noop"]
)
def test_good_settings(rompy, text):
    Path("x.yml").write_text(text)
    options = ["--processor-type", "noop"] if "noop" in text else []
    result = rompy("backends", "validate", "x.yml", *options)
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith("valid: x.yml (")


def test_a_file_with_a_type_is_fine_together_with_the_option(rompy):
    Path("x.yml").write_text("type: local\n")
    assert rompy("backends", "validate", "x.yml", "--backend-type", "local").exit_code == 0
    Path("x.yml").write_text("command: ./run.sh\n")
    assert rompy("backends", "validate", "x.yml", "--backend-type", "local").exit_code == 0


def test_bad_settings_are_explained(rompy):
    Path("x.yml").write_text("type: local\ncomand: ./run.sh\n")
    result = rompy("backends", "validate", "x.yml")
    assert result.exit_code == ConfigError.exit_status
    assert "x.yml:2: comand: unknown key; did you mean 'command'?" in result.stderr


def test_schema_of_one_and_of_all(rompy):
    one = json.loads(rompy("backends", "schema", "--backend-type", "local", "--examples").stdout)
    assert "timeout" in one["properties"]
    assert one["examples"][0]["type"] == "local"
    assert set(json.loads(rompy("backends", "schema").stdout)) >= {"local", "docker", "slurm"}


@pytest.mark.parametrize("kind", ["local", "docker", "slurm", "dask"])
@pytest.mark.parametrize("form", ["yaml", "json"])
@pytest.mark.parametrize("more", [(), ("--with-examples",)])
def test_a_created_file_is_valid(rompy, kind, form, more):
    name = f"{kind}.{form.replace('yaml', 'yml')}"
    result = rompy("backends", "create", "--backend-type", kind, "--format", form, "--output", name, *more)
    assert result.stdout == f"{name}\n"
    result = rompy("backends", "validate", name)
    assert result.exit_code == 0, result.stderr


def test_an_example_can_be_complete():
    assert "stream_output" in example_of("local", complete=True)
    assert "stream_output" not in example_of("local", complete=False)
