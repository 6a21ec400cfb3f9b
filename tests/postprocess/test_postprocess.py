from types import SimpleNamespace
from typing import Literal

import pytest
from pydantic import ValidationError

from rompy import plugins
from rompy.errors import ConfigError, MissingFileError
from rompy.postprocess import (
    BasePostprocessorConfig,
    NoopPostprocessor,
    NoopPostprocessorConfig,
    PostprocessResult,
    ProcessorConfig,
    load_processor_config,
    validate_postprocessor_config,
)
from rompy.postprocess.config import _load_processor_config, _load_processor_config_from_dict
from rompy.postprocess.config import validate_postprocessor_config as found_there_too
from rompy.postprocess.result import has_succeeded, message_of


class TransferConfig(BasePostprocessorConfig):
    """As a third party writes it."""

    type: Literal["transfer"] = "transfer"
    destinations: list[str]

    def get_postprocessor_class(self):
        return object


@pytest.fixture
def run(tmp_path):
    return SimpleNamespace(run_id="tide", output_dir=tmp_path, staging_dir=tmp_path / "anywhere")


def test_noop_says_what_it_saw(run):
    run.staging_dir.mkdir()
    (run.staging_dir / ".rompy").mkdir()
    (run.staging_dir / ".rompy" / "job.json").touch()
    (run.staging_dir / "output.nc").touch()
    result = NoopPostprocessor().process(run)
    assert result
    assert dict(result) == {
        "success": True,
        "message": f"no postprocessing was asked for; {run.staging_dir} holds 1 files",
        "run_id": "tide",
        "output_dir": str(run.staging_dir),
        "validated": True,
        "files": 1,
    }


def test_noop_tells_a_missing_folder(run):
    result = NoopPostprocessor().process(run)
    assert not result
    assert result["success"] is False
    assert result["validated"] is False
    assert result["message"] == f"Output directory not found: {run.staging_dir}"


def test_noop_does_not_claim_to_have_looked_when_it_has_not(run):
    result = NoopPostprocessor().process(run, validate_outputs=False)
    assert result["success"] is True
    assert result["validated"] is False


def test_noop_looks_where_it_is_told(run, tmp_path):
    result = NoopPostprocessor().process(run, output_dir=tmp_path, other=1)
    assert result["output_dir"] == str(tmp_path)
    assert result


@pytest.mark.parametrize("wrong", [None, SimpleNamespace()])
def test_noop_refuses_what_is_no_run(wrong):
    with pytest.raises(ValueError, match="model_run"):
        NoopPostprocessor().process(wrong)


def test_noop_settings():
    config = NoopPostprocessorConfig()
    assert (config.type, config.validate_outputs, config.timeout, config.env_vars) == ("noop", True, 3600, {})
    assert config.get_postprocessor_class() is NoopPostprocessor
    assert ProcessorConfig is NoopPostprocessorConfig
    for wrong in (
        {"timeout": 0},
        {"env_vars": {" ": "x"}},
        {"working_dir": "/no/such"},
        {"typo": 1},
        {"type": "x"},
    ):
        with pytest.raises(ValidationError):
            NoopPostprocessorConfig(**wrong)


def test_a_result_is_a_dict_and_true_only_on_success():
    result = PostprocessResult(success=False, message="no file")
    assert isinstance(result, dict)
    assert not result
    assert (result.success, result.message) == (False, "no file")
    assert PostprocessResult(success=True)


class Report:
    """As rompy-ww3 returns it: no dict, no get."""

    def __init__(self, success):
        self.success = success

    def __getitem__(self, key):
        return {"success": self.success}[key]

    def __str__(self):
        return "2 of 3 files transferred"


@pytest.mark.parametrize(
    ("result", "good"),
    [
        ({"success": True}, True),
        ({"success": False}, False),
        ({"files": 3}, True),
        (True, True),
        (False, False),
        (None, True),
        ("done", True),
        (Report(True), True),
        (Report(False), False),
        (SimpleNamespace(success=lambda: False), False),
    ],
)
def test_every_kind_of_result_is_understood(result, good):
    assert has_succeeded(result) is good


def test_every_kind_of_result_may_bring_words():
    assert message_of({"message": "disk full"}) == "disk full"
    assert message_of(Report(False)) == "2 of 3 files transferred"
    assert message_of(SimpleNamespace(message="gone")) == "gone"
    assert message_of(None) == message_of({}) == message_of(True) == ""


@pytest.fixture
def write(tmp_path):
    def write(text, name="processor.yml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write


def test_settings_are_loaded_by_type(write):
    assert load_processor_config(write("type: noop\nvalidate_outputs: false\n")).validate_outputs is False
    assert _load_processor_config(write('{"type": "noop"}', "p.json")) == NoopPostprocessorConfig()
    assert _load_processor_config_from_dict({"type": "noop"}) == NoopPostprocessorConfig()
    assert load_processor_config({"validate_outputs": False}, processor_type="noop").validate_outputs is False


def test_third_parties_are_found_by_their_entry_point():
    with plugins.registered("rompy.postprocess.config", "transfer", TransferConfig):
        config = load_processor_config({"type": "transfer", "destinations": ["s3://x"]})
        assert config == TransferConfig(destinations=["s3://x"])
        with pytest.raises(ConfigError, match="destinations"):
            load_processor_config({"type": "transfer"})


def test_mistakes_are_told(write, tmp_path):
    with pytest.raises(MissingFileError, match="Config file not found"):
        _load_processor_config(tmp_path / "no.yml")
    with pytest.raises(ValueError, match="Config file must contain a 'type' field"):
        _load_processor_config(write("validate_outputs: true\n"))
    with pytest.raises(ValueError, match=r"Unknown processor type: 'noob'\. Available types: .*noop"):
        _load_processor_config(write("type: noob\n"))
    with pytest.raises(ConfigError, match="did you mean 'noop'"):
        load_processor_config(write("type: noob\n"))


def test_a_file_can_be_checked_without_an_exception(write, tmp_path):
    assert found_there_too is validate_postprocessor_config
    good, _, config = validate_postprocessor_config(write("type: noop\n"))
    assert good
    assert config == NoopPostprocessorConfig()
    assert validate_postprocessor_config(write("validate_outputs: true\n"), "noop")[0]
    for path in (write("type: noop\ntypo: 1\n", "a.yml"), write("[", "b.yml"), tmp_path / "no.yml"):
        good, message, config = validate_postprocessor_config(path)
        assert (good, config) == (False, None)
        assert message
