import json
import logging
from pathlib import Path
from typing import Literal

import pytest

from rompy import plugins
from rompy.backends import LocalConfig
from rompy.core.workspace import Workspace
from rompy.errors import DataError
from rompy.jobs import JobEnded, JobState, StageEnded, StageStarted
from rompy.model import ModelRun
from rompy.pipeline import LocalPipelineBackend, PipelineResult
from rompy.postprocess import BasePostprocessorConfig, NoopPostprocessorConfig


class Processor:
    """Returns or raises what its settings say."""

    outcome: object = None

    def process(self, model_run, **settings):
        outcome = settings.get("instead", type(self).outcome)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


class ProcessorConfig(BasePostprocessorConfig):
    type: Literal["telling"] = "telling"

    def get_postprocessor_class(self):
        return Processor


@pytest.fixture
def processor(monkeypatch):
    def processor(outcome):
        monkeypatch.setattr(Processor, "outcome", outcome)
        return ProcessorConfig()

    return processor


@pytest.fixture
def run(tmp_path):
    return ModelRun(run_id="tide", output_dir=tmp_path / "runs")


def execute(run, command="true", processor=None, **kwargs):
    processor = processor or NoopPostprocessorConfig()
    return LocalPipelineBackend().execute(run, LocalConfig(command=command), processor, **kwargs)


def test_all_stages_succeed(run):
    events = []
    result = execute(run, command="echo 1 > output.txt", on_event=events.append)
    assert result
    assert isinstance(result, dict)
    assert result["success"] is True
    assert result["run_id"] == "tide"
    assert result["stages_completed"] == ["generate", "run", "postprocess"]
    assert (result["backend"], result["processor"]) == ("local", "noop")
    assert result["staging_dir"] == str(run.staging_dir)
    assert result["run_success"] is True
    assert result["postprocess_results"]["validated"] is True
    assert result["message"] == "Pipeline completed successfully"
    assert not {"stage", "error"} & set(result)
    assert result.run_result.state is JobState.succeeded
    assert [stage.seconds > 0 for stage in result.stages] == [True] * 3
    assert result.exit_status == 0
    stages = [event for event in events if isinstance(event, (StageStarted, StageEnded))]
    assert [(type(e), e.stage) for e in stages[:2]] == [(StageStarted, "generate"), (StageEnded, "generate")]
    assert all(event.ok for event in stages[1::2])
    assert sum(isinstance(event, JobEnded) for event in events) == 1


def test_it_is_the_registered_pipeline(run):
    result = run.pipeline(backend_config=LocalConfig(command="true"), processor=NoopPostprocessorConfig())
    assert isinstance(result, PipelineResult)
    assert result


def test_a_failure_to_generate_names_stage_and_cause(run, monkeypatch):
    def generate(self):
        raise DataError("wind does not cover the period")

    monkeypatch.setattr(ModelRun, "generate", generate)
    result = execute(run)
    assert not result
    assert (result["stage"], result["stages_completed"]) == ("generate", [])
    assert result["message"] == "Input file generation failed: wind does not cover the period"
    assert result["error"] == "wind does not cover the period"
    assert isinstance(result.cause, DataError)
    assert result.exit_status == DataError.exit_status


def test_a_model_that_fails_names_stage_and_cause(run):
    events = []
    result = execute(run, command="echo no mesh >&2; exit 3", on_event=events.append)
    assert not result
    assert (result["stage"], result["run_success"], result.exit_status) == ("run", False, 8)
    assert result["stages_completed"] == ["generate"]
    assert result["message"].startswith("Model run failed: exit code 3")
    assert "no mesh" in result["message"]
    assert "error" not in result
    assert result["postprocess_results"] is None
    assert result.run_result.exit_code == 3
    assert events[-1].stage == "run"
    assert not events[-1].ok


def test_a_run_that_cannot_start_is_an_error_of_its_stage(run):
    result = LocalPipelineBackend().execute(run, LocalConfig(), NoopPostprocessorConfig())
    assert result["stage"] == "run"
    assert result["message"].startswith("Model run error: ")
    assert "nothing to execute" in result["error"]
    assert result.exit_status == 7


def test_a_postprocessor_that_reports_failure_fails_the_pipeline(run, processor):
    result = execute(run, processor=processor({"success": False, "message": "no output"}))
    assert not result
    assert (result["stage"], result["run_success"], result.exit_status) == ("postprocess", True, 9)
    assert result["message"] == "Postprocessing failed: no output"
    assert result["postprocess_results"] == {"success": False, "message": "no output"}


def test_a_postprocessor_that_raises_fails_the_pipeline(run, processor):
    result = execute(run, processor=processor(RuntimeError("broken")))
    assert result["message"] == "Postprocessing error: broken"
    assert (result["error"], result["stage"], result.exit_status) == ("broken", "postprocess", 9)
    assert isinstance(result.cause, RuntimeError)


def test_a_result_that_is_no_dict_is_kept(run, processor):
    class Report:
        success = True

        def __str__(self):
            return "3 files transferred"

    report = Report()
    result = execute(run, processor=processor(report))
    assert result
    assert result["postprocess_results"] is report
    assert json.loads(json.dumps(result.to_dict()))["postprocess_results"] == {
        "success": True,
        "message": "3 files transferred",
    }


def test_settings_of_the_processor_may_be_overridden(run, processor):
    result = execute(run, processor=processor(True), process_kwargs={"instead": False})
    assert result["stage"] == "postprocess"


def test_the_whole_result_is_json(run):
    values = json.loads(json.dumps(execute(run, command="exit 3").to_dict()))
    assert values["run_result"]["state"] == "failed"
    assert [stage["ok"] for stage in values["stages"]] == [True, False]
    assert values["exit_status"] == 8


def test_a_backend_that_returns_a_bool_is_understood(run):
    class Plain:
        def run(self, model_run, config, workspace_dir=None):
            return False

    class PlainConfig(LocalConfig):
        def get_backend_class(self):
            return Plain

    result = LocalPipelineBackend().execute(run, PlainConfig(), NoopPostprocessorConfig())
    assert result["message"] == "Model run failed"
    assert result["backend"] == "plain"
    assert result.run_result is None


def test_clean_up_removes_what_this_pipeline_made(run):
    result = execute(run, command="exit 1", cleanup_on_failure=True)
    assert not result
    assert not run.staging_dir.exists()


def test_nothing_is_removed_unless_asked_for_or_after_success(run, tmp_path):
    execute(run, command="exit 1")
    assert run.staging_dir.exists()
    other = ModelRun(run_id="other", output_dir=tmp_path)
    assert execute(other, cleanup_on_failure=True)
    assert other.staging_dir.exists()


def test_clean_up_never_touches_what_was_there_before(run, caplog):
    run.staging_dir.mkdir(parents=True)
    (run.staging_dir / ".rompy").mkdir()
    (run.staging_dir / ".rompy" / "job.json").write_text("{}")  # a run: generate refuses
    (run.staging_dir / "precious.nc").touch()
    result = execute(run, command="exit 1", cleanup_on_failure=True)
    assert result["stage"] == "generate"
    assert (run.staging_dir / "precious.nc").exists()


def test_clean_up_leaves_a_folder_that_another_run_uses(run, caplog):
    from rompy.jobs import WorkspaceLock

    class Busy:
        def run(self, model_run, config, workspace_dir=None):
            self.lock = WorkspaceLock(Workspace(Path(workspace_dir))).acquire()
            locks.append(self.lock)
            return False

    class BusyConfig(LocalConfig):
        def get_backend_class(self):
            return Busy

    locks = []
    with caplog.at_level(logging.WARNING):
        LocalPipelineBackend().execute(run, BusyConfig(), NoopPostprocessorConfig(), cleanup_on_failure=True)
    assert run.staging_dir.exists()
    assert "another run uses it" in caplog.text
    locks[0].release()


def test_wrong_arguments_are_refused(run):
    pipeline = LocalPipelineBackend()
    config, processor = LocalConfig(command="true"), NoopPostprocessorConfig()
    with pytest.raises(ValueError, match="model_run"):
        pipeline.execute(None, config, processor)
    with pytest.raises(ValueError, match="backend_config is required"):
        pipeline.execute(run, processor=processor)
    with pytest.raises(ValueError, match="processor configuration is required"):
        pipeline.execute(run, config)
    with pytest.raises(TypeError, match="got dict"):
        pipeline.execute(run, {"type": "local"}, processor)
    with pytest.raises(TypeError, match="got str"):
        pipeline.execute(run, config, "noop")
    assert not run.staging_dir.exists()


def test_the_old_way_to_name_a_backend_still_works_with_a_warning(run):
    with pytest.warns(DeprecationWarning, match="run_backend"):
        result = LocalPipelineBackend().execute(
            run, processor=NoopPostprocessorConfig(), run_backend="local", run_kwargs={"command": "true"}
        )
    assert result


def test_third_party_pipelines_are_found(run):
    class Cloud:
        def execute(self, model_run, **settings):
            return {"success": True, **settings}

    with plugins.registered("rompy.pipeline", "cloud", Cloud):
        assert run.pipeline("cloud", a=1) == {"success": True, "a": 1}
