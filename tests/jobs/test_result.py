import json
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from rompy.errors import ModelError
from rompy.jobs.result import Resources, RunResult, parse_time, read_result
from rompy.jobs.state import JobState

BEGUN = datetime(2023, 2, 1, 6, 0, 0, 250000, tzinfo=timezone.utc)


@pytest.fixture
def failed(tmp_path):
    return RunResult(
        JobState.failed,
        tmp_path,
        exit_code=2,
        reason="exit code 2; its last words on stderr:\n  no bathymetry",
        submitted=BEGUN,
        started=BEGUN + timedelta(seconds=1),
        ended=BEGUN + timedelta(seconds=201),
        host="node7",
        backend="local",
        attempt=3,
        resources=Resources(200.0, 390.0, 5.0, 200 * 2**20),
        stdout_log=tmp_path / ".rompy" / "stdout.log",
        stderr_log=tmp_path / ".rompy" / "stderr.log",
        notes=("1 process(es) that the model left behind were ended",),
    )


@pytest.mark.parametrize("state", list(JobState))
def test_only_success_is_true(state):
    assert bool(RunResult(state, Path())) is (state is JobState.succeeded)


def test_it_survives_json(failed):
    assert RunResult.from_json(failed.to_json()) == failed
    assert json.loads(failed.to_json())["started"] == "2023-02-01T06:00:01.250000Z"


def test_it_reads_as_a_sentence(failed):
    text = str(failed)
    assert text.startswith(
        "failed after 3 min 20 s (CPU 6 min 35 s, peak memory 200 MiB): exit code 2; its last words on stderr:\n"
        "  no bathymetry\n"
    )
    assert "left behind" in text
    assert str(failed.stderr_log) in text
    assert failed.summary == "exit code 2; its last words on stderr"


def test_check_raises_what_the_command_line_understands(failed):
    with pytest.raises(ModelError, match="no bathymetry") as caught:
        failed.check()
    assert str(failed.stdout_log) in caught.value.hint
    good = RunResult(JobState.succeeded, Path())
    assert good.check() is good


def test_the_job_s_own_word_is_read_with_its_paths(workspace, model):
    model.shell("exit 4").run("--attempt", "2")
    result = read_result(workspace.root)
    assert (result.state, result.exit_code, result.attempt) == (JobState.failed, 4, 2)
    assert result.stdout_log == workspace.stdout_log
    assert result.started.tzinfo is timezone.utc
    assert result.ended >= result.started
    assert read_result(workspace.root, attempt=1) is None
    assert read_result(workspace.root, attempt=2) == result


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", "{}", "[" * 99999, '{"state": "odd"}', '{"state": "failed", "attempt": 1, "sta',
     '{"state": "failed", "attempt": 1, "logs": "x"}'],
)  # fmt: skip
def test_a_broken_result_is_none(workspace, content):
    workspace.result_json.write_text(content)
    assert read_result(workspace.root) is None


def test_times_of_records_are_utc():
    assert parse_time("2023-02-01T06:00:00.250Z") == BEGUN
    assert parse_time(None) is None
