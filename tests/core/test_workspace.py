"""A workspace is made whole or stays as it was, and nothing foreign is ever deleted."""

import fcntl
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from rompy.core.workspace import Workspace, generating, remove
from rompy.errors import WorkspaceError


def _make(root, text="1", name="INPUT", **options):
    with generating(root, "run_id: a\n", **options) as workspace:
        (workspace.root / name).write_text(text)
    return workspace


def _tree(root):
    return {str(p.relative_to(root)): p.read_text() for p in sorted(Path(root).rglob("*")) if p.is_file()}


def test_the_manifest_lists_every_generated_file_with_its_digest(tmp_path):
    workspace = _make(tmp_path / "out" / "run")
    assert workspace.run_yml.read_text() == "run_id: a\n"
    assert workspace.generated_files() == {
        "INPUT": {"bytes": 1, "sha256": "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b"}
    }
    assert json.loads(workspace.manifest.read_text())["schema"] == 1
    assert not workspace.unfinished.exists()


def test_a_failure_removes_the_folder_and_the_parents_it_made(tmp_path):
    with pytest.raises(RuntimeError), generating(tmp_path / "a" / "b", "") as workspace:
        (workspace.root / "half").write_text("x")
        raise RuntimeError
    assert os.listdir(tmp_path) == []


def test_a_failure_brings_the_former_workspace_back(tmp_path):
    workspace = _make(tmp_path / "run")
    before = _tree(workspace.root)
    with pytest.raises(KeyboardInterrupt), generating(workspace.root, "", replace=True) as again:
        (again.root / "INPUT").write_text("2")
        raise KeyboardInterrupt
    assert _tree(workspace.root) == before
    assert os.listdir(tmp_path) == ["run"]


def test_generating_again_drops_stale_files_and_keeps_those_of_the_user(tmp_path):
    workspace = _make(tmp_path / "run", name="old.txt")
    (workspace.root / "notes").mkdir()
    (workspace.root / "notes" / "mine.txt").write_text("mine")
    _make(workspace.root, name="new.txt")
    assert {k for k in _tree(workspace.root) if not k.startswith(".rompy")} == {"new.txt", "notes/mine.txt"}
    assert list(workspace.generated_files()) == ["new.txt"]


def test_a_run_is_not_overwritten_unless_told_so(tmp_path):
    workspace = _make(tmp_path / "run")
    workspace.job_json.write_text("{}")
    with pytest.raises(WorkspaceError, match="started already") as caught:
        _make(workspace.root)
    assert "delete_existing" in caught.value.hint
    assert workspace.job_json.exists()
    _make(workspace.root, replace=True)
    assert not workspace.job_json.exists()


def test_a_folder_that_rompy_did_not_make_is_never_deleted(tmp_path):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("years")
    with pytest.raises(WorkspaceError, match="not made by rompy"):
        _make(tmp_path / "run", replace=True)
    with pytest.raises(WorkspaceError, match="not made by rompy"):
        remove(tmp_path / "run")
    assert _tree(tmp_path) == {"run/thesis.tex": "years"}


def test_a_failure_in_a_foreign_folder_removes_only_what_was_made(tmp_path):
    (tmp_path / "thesis.tex").write_text("years")
    with pytest.raises(RuntimeError), generating(tmp_path, "") as workspace:
        (workspace.root / "sub").mkdir()
        (workspace.root / "sub" / "half").write_text("x")
        raise RuntimeError
    assert _tree(tmp_path) == {"thesis.tex": "years"}
    assert os.listdir(tmp_path) == ["thesis.tex"]


def test_an_empty_folder_may_be_used_and_replaced(tmp_path):
    (tmp_path / "run").mkdir()
    _make(tmp_path / "run", replace=True)


def test_a_workspace_left_by_a_killed_process_is_recovered(tmp_path):
    workspace = _make(tmp_path / "run", text="good")
    shutil.move(workspace.root, workspace.aside)
    workspace.hidden.mkdir(parents=True)
    workspace.unfinished.write_text("1")
    (workspace.root / "INPUT").write_text("half")
    with pytest.raises(RuntimeError), generating(workspace.root, ""):
        raise RuntimeError
    assert (workspace.root / "INPUT").read_text() == "good"


def test_a_former_workspace_is_not_lost_when_foreign_files_stand_in_its_place(tmp_path):
    workspace = _make(tmp_path / "run")
    shutil.move(workspace.root, workspace.aside)
    workspace.root.mkdir()
    (workspace.root / "thesis.tex").write_text("years")
    with pytest.raises(WorkspaceError, match="waits in"):
        _make(workspace.root)
    assert (workspace.aside / "INPUT").exists()
    assert os.listdir(workspace.root) == ["thesis.tex"]


def test_a_workspace_is_not_replaced_or_removed_under_a_running_model(tmp_path):
    workspace = _make(tmp_path / "run")
    with workspace.lock.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(WorkspaceError, match="a model runs in it"):
            _make(workspace.root, replace=True)
        with pytest.raises(WorkspaceError, match="a model runs in it"):
            remove(workspace.root)
    _make(workspace.root, replace=True)


def test_two_processes_do_not_generate_into_one_folder_at_once(tmp_path):
    with generating(tmp_path / "run", "") as workspace:
        with pytest.raises(WorkspaceError, match="being generated"):
            _make(tmp_path / "run")
        (workspace.root / "a").write_text("x")
    assert list(workspace.generated_files()) == ["a"]


def test_a_file_in_the_way_is_named(tmp_path):
    (tmp_path / "run").write_text("x")
    with pytest.raises(WorkspaceError, match="is a file, not a folder"):
        _make(tmp_path / "run")


def test_a_parent_that_is_a_file_is_named(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(WorkspaceError, match="cannot be used: not a directory"):
        _make(tmp_path / "file" / "run")


def test_a_full_disk_is_reported_and_leaves_nothing(tiny_disk):
    with pytest.raises(WorkspaceError, match="no space left"):
        _make(tiny_disk / "run", text="x" * 400_000)
    assert os.listdir(tiny_disk) == []


def test_a_read_only_disk_is_reported(tiny_disk):
    subprocess.run(["mount", "-o", "remount,ro", str(tiny_disk)], check=True)
    with pytest.raises(WorkspaceError, match="read-only"):
        _make(tiny_disk / "run")


def test_remove_deletes_a_workspace(tmp_path):
    workspace = _make(tmp_path / "run")
    remove(workspace.root)
    assert not workspace.root.exists()


def test_links_are_recorded_as_links(tmp_path):
    with generating(tmp_path / "run", "") as workspace:
        (workspace.root / "link").symlink_to("elsewhere")
    assert Workspace(tmp_path / "run").generated_files() == {"link": {"link": "elsewhere"}}
