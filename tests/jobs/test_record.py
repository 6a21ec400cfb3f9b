import json
from pathlib import Path

import pytest

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


@pytest.mark.parametrize(
    "content",
    [
        None,
        "",
        "{}",
        "[1]",
        "[" * 99999,
        '{"run_id": "x", "attempts": [{}]}',
        '{"run_id": "x", "attempts": [null]}',
    ],
)
def test_what_cannot_be_read_is_no_record(workspace, content):
    if content is not None:
        workspace.job_json.write_text(content)
    assert JobRecord.read(workspace) is None
