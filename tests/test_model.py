"""A run is described, generated, and handed to backends and processors; nothing else happens by looking at it."""

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

import rompy.model
from rompy import plugins
from rompy.core.config import BaseConfig
from rompy.core.time import TimeRange
from rompy.errors import DataError, WorkspaceError
from rompy.model import ModelRun

_seen: list[dict[str, Any]] = []


class Writer(BaseConfig):
    """A configuration that writes one file itself and renders nothing."""

    model_type: Literal["writer"] = "writer"
    text: str = "x"
    fail: bool = False

    def __call__(self, runtime: Any) -> Any:
        (Path(runtime.staging_dir) / "out.txt").write_text(f"{self.text} {runtime.period.start:%Y}")
        if self.fail:
            raise DataError("no wind today")

    def render(self, context: dict[str, Any], output_dir: Any) -> None:
        _seen.append(context)


@pytest.fixture(autouse=True)
def _writer_installed():
    with plugins.registered("rompy.config", "writer", Writer):
        yield


@pytest.fixture
def run(tmp_path):
    def make(**fields):
        config = fields.pop("config", {"model_type": "writer"})
        period = {"start": "2023-01-01", "duration": "1d", "interval": "1h"}
        return ModelRun(
            **{"run_id": "r1", "period": period, "output_dir": tmp_path / "out", "config": config, **fields}
        )

    return make


def _files(root):
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_defaults_are_those_that_existing_descriptions_rely_on():
    run = ModelRun()
    assert run.run_id == "run_id"
    assert (run.period.start, run.period.end) == (datetime(2020, 2, 21, 4), datetime(2020, 2, 24, 4))
    assert run.period.interval.total_seconds() == 900
    assert isinstance(run.config, BaseConfig)
    assert run.output_dir == Path("simulations")


def test_looking_at_the_staging_folder_makes_and_deletes_nothing(run, tmp_path):
    assert run().staging_dir == tmp_path / "out" / "r1"
    assert run(run_id_subdir=False).staging_dir == tmp_path / "out"
    assert not (tmp_path / "out").exists()


def test_generate_writes_a_workspace_and_returns_it(run):
    model_run = run()
    folder = model_run.generate()
    assert folder == model_run.staging_dir
    assert (folder / "out.txt").read_text() == "x 2023"
    manifest = json.loads((folder / ".rompy/manifest.json").read_text())
    assert list(manifest["files"]) == ["out.txt"]
    assert manifest["code"]["rompy"]


def test_the_base_template_renders_the_known_input_file(run):
    text = (run(config=BaseConfig())() / "INPUT").read_text()
    assert [line for line in text.splitlines() if not line.startswith("$")] == [
        "",
        "run_id: 'r1'",
        "compute_start: 20230101.000000",
        "compute_interval: 1.0 HR",
        "compute_stop: 20230102.000000",
    ]


def test_templates_see_what_they_rely_on(run):
    run().generate()
    runtime = _seen[-1]["runtime"]
    assert set(runtime) == {
        "model_type", "run_id", "period", "output_dir", "config", "delete_existing", "run_id_subdir", "staging_dir",
        "_generated_at", "_generated_by", "_generated_on", "_datefmt",
    }  # fmt: skip
    assert runtime["period"]["start"] == datetime(2023, 1, 1)
    assert runtime["period"]["interval"].seconds == 3600
    assert isinstance(runtime["staging_dir"], Path)
    assert _seen[-1]["config"] is None


def test_two_generations_are_byte_identical_elsewhere_and_another_day(run, tmp_path, monkeypatch):
    first = _files(run(config=BaseConfig(), output_dir=tmp_path / "one")())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("USER", "somebody")
    second = _files(run(config=BaseConfig(), output_dir=Path("two"))())
    visible = [name for name in first if not name.startswith(".rompy")]
    assert {n: first[n] for n in visible} == {n: second[n] for n in visible}


def test_source_date_epoch_is_the_time_that_templates_see(run, monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "0")
    assert "1970-01-01 00:00:00+00:00" in (run(config=BaseConfig())() / "INPUT").read_text()


def test_generating_does_not_change_the_description(run):
    model_run = run()
    before = model_run.model_dump()
    model_run.generate()
    assert model_run.model_dump() == before
    model_run.generate()


def test_the_recorded_description_makes_the_same_workspace_again(run, tmp_path):
    folder = run(config={"model_type": "writer", "text": "a: 'b' # c"})()
    loaded = YAML(typ="safe").load(folder / ".rompy/run.yml")
    again = ModelRun(**{**loaded, "output_dir": tmp_path / "again"}).generate()
    assert (again / "out.txt").read_bytes() == (folder / "out.txt").read_bytes()


def test_a_literal_dollar_brace_survives_the_recorded_description(run):
    folder = run(config={"model_type": "writer", "text": "$${HOME}"})()
    assert (folder / "out.txt").read_text() == "${HOME} 2023"
    assert ModelRun(**YAML(typ="safe").load(folder / ".rompy/run.yml")).config.text == "${HOME}"


def test_a_failure_leaves_nothing_behind(run, tmp_path):
    with pytest.raises(DataError, match="no wind"):
        run(config={"model_type": "writer", "fail": True})()
    assert not (tmp_path / "out").exists()


def test_a_failure_leaves_the_former_workspace(run):
    folder = run()()
    before = _files(folder)
    with pytest.raises(DataError):
        run(config={"model_type": "writer", "fail": True}, delete_existing=True)()
    assert _files(folder) == before


def test_a_foreign_folder_is_not_replaced(run, tmp_path):
    (tmp_path / "out/r1").mkdir(parents=True)
    (tmp_path / "out/r1/thesis.tex").write_text("years")
    with pytest.raises(WorkspaceError, match="not made by rompy"):
        run(delete_existing=True)()
    assert os.listdir(tmp_path / "out/r1") == ["thesis.tex"]


@pytest.mark.parametrize("run_id", ["../x", "a/b", "..", "", " ", "a\\b", "a\nb"])
def test_a_run_id_cannot_leave_the_output_folder(run, run_id):
    with pytest.raises(ValidationError, match="plain name"):
        run(run_id=run_id)


def test_expressions_are_resolved_from_the_environment(run, monkeypatch):
    monkeypatch.setenv("MY_RUN", "cyclone")
    assert run(run_id="${MY_RUN}_${MY_NR:-7}").run_id == "cyclone_7"


def test_backends_and_processors_must_be_settings_objects(run):
    with pytest.raises(TypeError, match="Backend must be a subclass of BaseBackendConfig, got str"):
        run().run("local")
    with pytest.raises(TypeError, match="processor must be a BasePostprocessorConfig instance, got dict"):
        run().postprocess({})


def test_an_unknown_pipeline_lists_the_known_ones(run):
    with pytest.raises(ValueError, match=r"Unknown pipeline backend: x. Available backends: .*local"):
        run().pipeline("x")


def test_a_workspace_can_be_packed(run):
    import zipfile

    model_run = run()
    folder = model_run.generate()
    archive = model_run.zip()
    assert archive == folder.with_name("r1.zip")
    assert "out.txt" in zipfile.ZipFile(archive).namelist()
    assert not folder.exists()


def test_registries_go_by_short_class_names():
    assert "local" in rompy.model.RUN_BACKENDS
    assert "noop" in rompy.model.POSTPROCESSORS
    assert "local" in rompy.model.PIPELINE_BACKENDS
    with pytest.raises(AttributeError):
        _ = rompy.model.NOTHING


def test_objects_are_accepted_as_they_are(tmp_path):
    config, period = Writer(), TimeRange(start="20230101", end="20230102")
    run = ModelRun(config=config, period=period, output_dir=str(tmp_path))
    assert run.config is config
    assert run.period == period


class Forgetful(BaseConfig):
    """A configuration that assigns its own fields while it is called, as those of published plugins do."""

    model_type: Literal["forgetful"] = "forgetful"
    times: list[str] = []

    def __call__(self, runtime: Any) -> Any:
        assert runtime.config is self
        self.times.append(f"{runtime.period.start:%Y}")
        self._copied = "somewhere"
        return {"times": self.times}


def test_a_configuration_that_assigns_its_fields_when_called_leaves_the_description_alone(run):
    model_run = run(config=Forgetful(template=str(rompy.TEMPLATES_DIR / "base")))
    model_run.generate()
    assert model_run.config.times == []
    assert not hasattr(model_run.config, "_copied")


def test_the_recorded_description_names_a_template_only_if_it_is_not_the_configurations_own(run, tmp_path):
    assert "template" not in _recorded(run().generate())["config"]
    other = tmp_path / "template" / "{{runtime.staging_dir}}"
    other.mkdir(parents=True)
    config = {"model_type": "base", "template": str(other.parent)}
    assert _recorded(run(run_id="r2", config=config).generate())["config"]["template"] == str(other.parent)


def _recorded(folder):
    return YAML(typ="safe").load((folder / ".rompy" / "run.yml").read_text())
