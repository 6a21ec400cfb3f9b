import pytest

from rompy.core.describing.description import Description
from rompy.core.describing.run_file import RunFile, read_description
from rompy.errors import ConfigError, MissingFileError
from rompy.templating import TemplateError

RUN = "run_id: tide\nperiod: {start: 2023-02-01}\nconfig: {model_type: base}\n"
NESTED = "config:\n  run_id: tide\n  config: {model_type: base}\n"
EXTRA = "backend: {type: local, command: '${NO_SUCH:-run}'}\npostprocessor: {type: noop}\n"


def parts(text):
    return RunFile.of(Description.from_text(text, name="tide.yml"))


def test_a_run_alone():
    source = parts(RUN)
    assert source.run.data["run_id"] == "tide"
    assert source.backend is None
    assert source.postprocessor is None


@pytest.mark.parametrize("text", [RUN + EXTRA, NESTED + EXTRA])
def test_sections_beside_a_run_or_around_it(text):
    source = parts(text)
    assert source.run.data["run_id"] == "tide"
    assert "backend" not in source.run.data
    assert source.backend.data == {"type": "local", "command": "run"}
    assert source.postprocessor.data == {"type": "noop"}


def test_places_are_those_of_the_whole_file():
    source = parts(NESTED + EXTRA)
    assert str(source.run.error("is bad", ("run_id",))) == "tide.yml:2: config.run_id: is bad"
    assert str(source.backend.error("is bad", ("command",))) == "tide.yml:4: backend.command: is bad"


def test_a_run_without_anything_of_its_own_is_still_a_run():
    assert parts("config: {model_type: base}").run.data == {"config": {"model_type": "base"}}


def test_an_unknown_section_is_guessed():
    with pytest.raises(ConfigError, match="tide.yml:4: backnd: unknown section; did you mean 'backend'"):
        parts(NESTED + "backnd: {type: local}\n")


def test_a_section_must_be_a_mapping():
    with pytest.raises(
        ConfigError, match=r"tide\.yml:4: backend: expected keys with values, but found a str"
    ):
        parts(RUN + "backend: local\n")


def test_expressions_in_sections_are_resolved_with_their_place():
    with pytest.raises(
        TemplateError, match=r"tide\.yml:4: backend\.command: the variable NO_SUCH_VARIABLE is not set"
    ):
        parts(RUN + "backend: {command: '${NO_SUCH_VARIABLE}'}\n")


def test_files_texts_and_variables(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.yml").write_text("x: 1\n")
    monkeypatch.setenv("CONTENT", "x: 1")
    monkeypatch.setenv("A_PATH", "a.yml")
    monkeypatch.setenv("BAD", "x: [1,")
    assert read_description("a.yml").locate(("x",)) == ("a.yml", 1)
    assert read_description("x: 1").data == {"x": 1}
    assert read_description('{"x": 1}').data == {"x": 1}
    assert read_description("", env_var="CONTENT").locate(("x",)) == ("CONTENT", 1)
    assert read_description("", env_var="A_PATH").data == {"x": 1}
    with pytest.raises(ConfigError, match="^BAD:1: not YAML"):
        read_description("", env_var="BAD")
    with pytest.raises(ConfigError, match="UNSET_VARIABLE is not set"):
        read_description("", env_var="UNSET_VARIABLE")
    with pytest.raises(MissingFileError, match="the file tide.yml does not exist"):
        read_description("tide.yml")


def test_a_file_whose_name_looks_like_yaml(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "run: 1.yml").write_text("x: 1\n")
    assert read_description("run: 1.yml").data == {"x": 1}
