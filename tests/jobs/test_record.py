import json
from pathlib import Path

import pytest

from rompy.core.record_file import RecordError
from rompy.jobs.record import JobRecord
from rompy.jobs.result import RunResult
from rompy.jobs.state import JobState


def test_it_survives_the_disk(workspace):
    record = JobRecord("tide")
    record.begin(
        "local", ["sh", "-c", "run"], settings={"timeout": 60}, time_limit_s=60, progress="progress.jsonl"
    )
    record.note(JobState.running, native_id="123")
    record.close(RunResult(JobState.failed, Path(), reason="exit code 2; its last words:\n  x"))
    record.write(workspace)
    assert JobRecord.read(workspace) == record
    assert [entry["state"] for entry in record.last.history] == ["pending", "running", "failed"]
    assert record.last.history[-1]["reason"] == "exit code 2; its last words"
    assert record.last.native_id == "123"


def test_attempts_are_counted(workspace):
    record = JobRecord("tide")
    assert record.last is None
    numbers = [record.begin("local", ["true"], settings={}).number for _ in range(3)]
    assert numbers == [1, 2, 3]


def test_no_secret_gets_into_it(workspace):
    record = JobRecord("tide")
    record.begin("local", ["curl", "https://u:hunter2@x.org"], settings={"env_vars": {"API_KEY": "hunter2"}})
    record.write(workspace)
    assert "hunter2" not in workspace.job_json.read_text()
    assert json.loads(workspace.job_json.read_text())["attempts"][0]["settings"] == {
        "env_vars": {"API_KEY": "***"}
    }


def test_a_workspace_that_has_never_been_run_has_none(workspace):
    assert JobRecord.read(workspace) is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("", "no JSON"),
        ("[1]", "no JSON object"),
        ("[" * 99999, "nested too deeply"),
        ("{}", "run_id: it is missing"),
        ('{"run_id": "x"}', "no attempt"),
        ('{"run_id": "x", "run_id": "y"}', "given twice"),
        ('{"run_id": "x", "format": "rompy-job/2"}', "of the layout 'rompy-job/2'"),
        ('{"run_id": "x", "attempts": [{}]}', r"attempts\[0\].number: it is missing"),
        ('{"run_id": "x", "attempts": [null]}', r"attempts\[0\]: None is no object"),
    ],
)
def test_one_that_cannot_be_relied_on_is_told_and_stays_as_it_is(workspace, content, reason):
    workspace.job_json.write_text(content)
    with pytest.raises(RecordError, match=reason) as caught:
        JobRecord.read(workspace)
    assert caught.value.file == workspace.job_json
    with pytest.raises(RecordError), JobRecord.changing(workspace):
        pass
    assert workspace.job_json.read_text() == content
