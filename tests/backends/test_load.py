from typing import Literal

import pytest

from rompy import plugins
from rompy.backends import BaseBackendConfig, LocalConfig, SlurmConfig, load_backend_config
from rompy.errors import ConfigError, MissingFileError, PluginError


class CloudConfig(BaseBackendConfig):
    type: Literal["cloud"] = "cloud"
    region: str

    def get_backend_class(self):
        return object


@pytest.fixture
def write(tmp_path):
    def write(text, name="backend.yml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_the_type_chooses_the_class(write):
    config = load_backend_config(write("type: local\ncommand: ./run.sh\ntimeout: 60\n"))
    assert config == LocalConfig(command="./run.sh", timeout=60)
    assert load_backend_config({"type": "slurm", "command": "x"}) == SlurmConfig(command="x")


def test_the_older_key_works_too(write):
    assert load_backend_config({"backend_type": "local", "command": "x"}) == LocalConfig(command="x")


def test_json_is_read_as_well(write):
    path = write('{"type": "local", "command": "x"}', "backend.json")
    assert load_backend_config(path) == LocalConfig(command="x")


def test_a_type_from_outside_serves_files_without_one():
    assert load_backend_config({"command": "x"}, backend_type="local") == LocalConfig(command="x")
    assert load_backend_config({"type": "local", "command": "x"}, backend_type="local").command == "x"


def test_variables_are_resolved_and_numbers_of_the_environment_are_text(write, monkeypatch):
    monkeypatch.setenv("THREADS", "4")
    monkeypatch.setenv("LIMIT", "90")
    text = "type: local\ncommand: x\ntimeout: ${LIMIT}\nenv_vars: {OMP_NUM_THREADS: '${THREADS}', MKL_NUM_THREADS: 2}\n"
    config = load_backend_config(write(text))
    assert config.timeout == 90
    assert config.env_vars == {"OMP_NUM_THREADS": "4", "MKL_NUM_THREADS": "2"}


def test_an_unknown_type_lists_the_known_ones(write):
    with pytest.raises(ConfigError) as caught:
        load_backend_config(write("command: x\ntype: locl\n"))
    text = str(caught.value)
    assert "unknown type 'locl'; did you mean 'local'?" in text
    assert "docker, local, lsf, pbs, sge, slurm" in text
    assert "backend.yml:2" in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("command: x\n", "'type' is missing"),
        ("type: 3\n", "name of a type"),
        ("- type: local\n", "expected keys"),
        ("", "expected keys"),
        ("type: local\ncomand: x\n", "did you mean 'command'"),
        ("type: local\ntimeout: soon\n", "backend.yml:2"),
        ("type: local\nenv_vars: {A: true}\n", "env_vars.A"),
    ],
)
def test_mistakes_are_told_with_their_place(write, text, words):
    with pytest.raises(ConfigError) as caught:
        load_backend_config(write(text))
    assert words in str(caught.value)
    assert "backend.yml" in str(caught.value)


def test_a_missing_file(tmp_path):
    with pytest.raises(MissingFileError):
        load_backend_config(tmp_path / "no.yml")


def test_third_parties_are_found_by_their_entry_point():
    with plugins.registered("rompy.backend.config", "cloud", CloudConfig):
        config = load_backend_config({"type": "cloud", "region": "sydney"})
        assert config == CloudConfig(region="sydney")
        with pytest.raises(ConfigError, match="region"):
            load_backend_config({"type": "cloud"})


def test_a_broken_third_party_breaks_only_itself():
    with plugins.registered("rompy.backend.config", "cloud", ImportError("no kubernetes")):
        assert load_backend_config({"type": "local", "command": "x"})
        with pytest.raises(PluginError, match="no kubernetes"):
            load_backend_config({"type": "cloud"})


def test_something_else_registered_as_settings_is_told():
    with (
        plugins.registered("rompy.backend.config", "odd", object),
        pytest.raises(PluginError, match="subclass"),
    ):
        load_backend_config({"type": "odd"})
