from pathlib import Path

import pytest

from rompy.core.launch import Launch
from rompy.errors import SubmitError, WorkspaceError
from rompy.jobs import supervise
from rompy.jobs.prepare import Order, prepare, supervisor_options
from rompy.jobs.record import JobRecord


def order(**changes):
    launch = Launch(("true",), progress=changes.pop("progress", None))
    return Order("tide", "local", launch, settings={"timeout": 60}, time_limit_s=60.0, **changes)


def test_everything_that_a_run_needs_is_in_the_folder(workspace):
    record = prepare(workspace, order(progress="out/../progress.jsonl"))
    assert workspace.launch_sh.read_text().endswith("exec true\n")
    assert workspace.supervise_py.read_bytes() == Path(supervise.__file__).read_bytes()
    assert JobRecord.read(workspace) == record
    assert record.last.state == "pending"
    assert record.last.progress == "progress.jsonl"


def test_a_folder_that_never_saw_rompy_will_do(tmp_path):
    from rompy.core.workspace import Workspace

    prepare(Workspace(tmp_path), order())
    assert (tmp_path / ".rompy" / "job.json").exists()


def test_what_the_last_attempt_left_is_put_aside(workspace):
    prepare(workspace, order(progress="progress.jsonl"))
    workspace.result_json.write_text("old result")
    workspace.stdout_log.write_text("old output")
    (workspace.root / "progress.jsonl").write_text("old progress")
    workspace.cancel.touch()
    (workspace.hidden / "heartbeat.json").write_text("old")
    record = prepare(workspace, order(progress="progress.jsonl"))
    kept = workspace.hidden / "attempts" / "1"
    assert record.last.number == 2
    assert (kept / "result.json").read_text() == "old result"
    assert (kept / "stdout.log").read_text() == "old output"
    assert (kept / "progress.jsonl").read_text() == "old progress"
    assert not workspace.result_json.exists()
    assert not workspace.cancel.exists()
    assert not (workspace.hidden / "heartbeat.json").exists()
    assert not (workspace.root / "progress.jsonl").exists()


@pytest.mark.parametrize("name", ["../elsewhere.jsonl", "/etc/passwd", "a/../../b"])
def test_progress_outside_the_workspace_is_refused(workspace, name):
    with pytest.raises(SubmitError, match="not inside"):
        prepare(workspace, order(progress=name))


def test_a_folder_that_cannot_be_written_is_told(workspace):
    workspace.launch_sh.mkdir()
    with pytest.raises(WorkspaceError, match="cannot be written"):
        prepare(workspace, order())


def test_options_say_all_that_the_order_says():
    options = supervise.parse(supervisor_options(order(grace_s=2.5, keep_output=False), 3))
    assert (options.time_limit, options.grace, options.attempt, options.inherit_output) == (60, 2.5, 3, True)
