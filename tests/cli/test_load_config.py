from pathlib import Path

import click
import pytest

from rompy.cli import load_config
from rompy.templating import render_templates
from rompy.utils import load_config as load_config_of_utils


def test_a_file_with_includes_and_variables(folder, monkeypatch):
    monkeypatch.setenv("CYCLE", "20230201")
    Path("inner.yml").write_text("x: ${CYCLE}\n")
    Path("a.yml").write_text("run_id: run_${CYCLE}\ninner: !include inner.yml\n")
    expected = {"run_id": "run_20230201", "inner": {"x": "20230201"}}
    assert load_config("a.yml") == expected
    assert load_config_of_utils("a.yml") == expected


@pytest.mark.parametrize("text", ['{"a": "${N:-1}"}', "a: ${N:-1}\nb: 2\n"])
def test_a_text(folder, text):
    assert load_config(text)["a"] == 1


def test_the_environment_is_rendered_also_from_json(folder, monkeypatch):
    monkeypatch.setenv("ROMPY_CONFIG", '{"a": "${N:-1}"}')
    monkeypatch.setenv("OTHER", "a: other\n")
    assert load_config("", from_env=True) == {"a": 1}
    with pytest.raises(click.UsageError, match="the file other does not exist"):
        monkeypatch.setenv("OTHER", "other")
        load_config("", from_env=True, env_var="OTHER")


def test_what_a_shell_shall_see_survives_a_second_resolution(folder):
    Path("a.yml").write_text("command: echo $${HOME}\n")
    assert render_templates(load_config("a.yml")) == {"command": "echo ${HOME}"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: b: c", "Config is not valid JSON or YAML: .*mapping values"),
        ("a: ${NO_SUCH_VARIABLE}", "Template rendering error: .*NO_SUCH_VARIABLE is not set"),
        ("nope.yml", r"the file nope\.yml does not exist"),
    ],
)
def test_failures_are_usage_errors(folder, text, message):
    with pytest.raises(click.UsageError, match=message):
        load_config(text)


def test_a_variable_that_is_not_set(folder, monkeypatch):
    monkeypatch.delenv("ROMPY_CONFIG", raising=False)
    with pytest.raises(click.UsageError, match="Environment variable ROMPY_CONFIG is not set"):
        load_config("", from_env=True)
