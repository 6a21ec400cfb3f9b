"""The index of all runs: found again from the folders, and safe with several processes."""

import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError
from rompy.jobs.record import JobRecord
from rompy.jobs.result import RunResult
from rompy.jobs.state import JobState
from rompy.jobs.store import JobStore, note_in_index


@pytest.fixture
def store(tmp_path):
    return JobStore(tmp_path / "state" / "jobs.sqlite")


@pytest.fixture
def new_workspace(tmp_path):
    def new_workspace(name, state=JobState.succeeded):
        workspace = Workspace(tmp_path / "runs" / name)
        workspace.hidden.mkdir(parents=True)
        record = JobRecord(name)
        record.begin("local", ["true"], settings={})
        if state.is_final:
            record.close(RunResult(state, workspace.root, exit_code=0, reason="as it is"))
        record.write(workspace)
        return workspace

    return new_workspace


def test_without_a_file_there_are_no_runs(store):
    assert store.rows() == []
    assert not store.path.exists()


def test_what_is_noted_is_found(store, new_workspace):
    store.note([new_workspace("a 'b\" ö")])
    (row,) = store.rows()
    assert (row.run_id, row.state, row.backend, row.attempt, row.exit_code) == (
        "a 'b\" ö",
        "succeeded",
        "local",
        1,
        0,
    )
    assert row.is_final
    assert not row.is_stale


def test_a_record_that_has_changed_is_read_again(store, new_workspace):
    workspace = new_workspace("a", JobState.pending)
    store.note([workspace])
    with JobRecord.changing(workspace) as record:
        record.close(RunResult(JobState.failed, workspace.root, exit_code=3, reason="no mesh"))
    assert [(row.state, row.exit_code, row.reason) for row in store.fresh_rows()] == [
        ("failed", 3, "no mesh")
    ]


def test_it_is_made_again_from_the_folders(store, new_workspace, tmp_path):
    names = ["a", "b", "deep/er/c"]
    spaces = [new_workspace(name) for name in names]
    assert store.rescan(tmp_path / "runs") == 3
    store.path.unlink()
    assert store.rescan(tmp_path / "runs") == 3
    assert sorted(row.run_id for row in store.rows()) == names
    shutil.rmtree(spaces[0].root)
    assert store.rescan(tmp_path / "runs") == 2
    assert sorted(row.run_id for row in store.rows()) == names[1:]


def test_other_folders_are_left_alone_by_a_rescan(store, new_workspace, tmp_path):
    store.note([new_workspace("a/x"), new_workspace("b/y")])
    shutil.rmtree(tmp_path / "runs" / "b")
    store.rescan(tmp_path / "runs" / "a")
    assert len(store.rows()) == 2


def test_one_that_cannot_be_read_is_put_aside(store, new_workspace, caplog):
    store.path.parent.mkdir()
    store.path.write_bytes(b"this is no database" * 100)
    store.note([new_workspace("a")])
    assert len(store.rows()) == 1
    assert "could not be read" in caplog.text
    assert store.path.with_suffix(".unreadable").exists()


@pytest.mark.parametrize(
    "change",
    [
        "alter table job drop column reason",
        "alter table job rename to job_of_a_later_rompy",
        "pragma writable_schema = on; update sqlite_master set rootpage = 99 where name = 'job'",
    ],
)
def test_a_table_that_is_not_ours_is_put_aside_too(store, new_workspace, change):
    store.note([new_workspace("a")])
    with closing(sqlite3.connect(store.path)) as connection:
        connection.executescript(change)
    store.note([new_workspace("b")])
    assert [row.run_id for row in store.rows()] == ["b"]


@pytest.mark.parametrize("column", ["workspace", "state", "submitted", "attempt", "stamp", "exit_code"])
def test_a_row_with_values_of_other_types_is_passed_over(store, new_workspace, column):
    store.note([new_workspace("a"), new_workspace("b")])
    with closing(sqlite3.connect(store.path)) as connection, connection:
        connection.execute(f"update job set {column} = x'00ff' where run_id = 'a'")
    assert [row.run_id for row in store.fresh_rows()] == ["b"]


def test_what_is_no_file_is_neither_waited_for_nor_removed(store, new_workspace):
    store.path.parent.mkdir()
    os.mkfifo(store.path)
    for use in (store.rows, lambda: store.note([new_workspace("a")])):
        with pytest.raises(WorkspaceError, match="no regular file"):
            use()
    assert store.path.is_fifo()


def test_a_workspace_whose_record_is_damaged_is_told_and_left_out(store, new_workspace, caplog, tmp_path):
    new_workspace("a")
    new_workspace("b").job_json.write_text("{}")
    assert store.rescan(tmp_path / "runs") == 1
    assert "b/.rompy/job.json: the record cannot be relied on: run_id: it is missing" in caplog.text


def test_two_processes_write_at_once_and_nothing_is_lost(store, new_workspace, tmp_path):
    for i in range(40):
        new_workspace(f"r{i}")
    program = (
        "import sys; from pathlib import Path; from rompy.jobs.store import JobStore; from rompy.core.workspace import "
        "Workspace\nfor i in range(int(sys.argv[3]), 40, 2): "
        "JobStore(Path(sys.argv[1])).note([Workspace(f'{sys.argv[2]}/r{i}')])"
    )
    arguments = [sys.executable, "-c", program, str(store.path), str(tmp_path / "runs")]
    for process in [subprocess.Popen([*arguments, start]) for start in "01"]:
        assert process.wait(120) == 0
    assert len(store.rows()) == 40


def test_an_index_that_cannot_be_written_is_a_warning(new_workspace, monkeypatch, caplog, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("ROMPY_STATE_DIR", str(tmp_path / "file" / "below"))
    note_in_index(new_workspace("a"))
    assert "was not put into the index" in caplog.text


def test_a_busy_index_is_not_taken_for_a_broken_one(store, new_workspace, monkeypatch):
    monkeypatch.setattr("rompy.jobs.store.PATIENCE", 0.1)
    store.note([new_workspace("a")])
    holder = sqlite3.connect(store.path, isolation_level=None)
    holder.execute("begin exclusive")
    with pytest.raises(WorkspaceError, match="locked"):
        store.note([new_workspace("b")])
    holder.execute("rollback")
    holder.close()
    assert len(store.rows()) == 1
