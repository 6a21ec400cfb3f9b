"""While a workspace is being written, it is told what is going on, and nothing is called changed."""

import fcntl
import json
import os
import socket

import pytest

from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError
from rompy.jobs import supervise
from rompy.jobs.lock import WorkspaceLock
from rompy.manifest.ending import recording_postprocess
from rompy.provenance.archive import archive
from rompy.provenance.crate import write_crate
from rompy.provenance.diff import compare_runs
from rompy.provenance.reproduce import reproduce
from rompy.provenance.underway import underway
from rompy.provenance.verify import verify


def _is_told(root, other, words, tmp_path):
    (root / "settings.json").write_text("{}")
    found = verify(root)
    assert (bool(found), found.differs, found.findings) == (False, False, ())
    assert words in str(found)
    assert words in found.to_dict()["underway"]
    for use in (
        lambda: archive(root, tmp_path / "a.zip"),
        lambda: write_crate([root], tmp_path / "crate"),
        lambda: compare_runs(root, other),
        lambda: compare_runs(other, root),
        lambda: reproduce(root),
    ):
        with pytest.raises(WorkspaceError, match=words):
            use()
    assert not (tmp_path / "a.zip").exists()


def test_while_input_is_generated(ran, runs, tmp_path):
    workspace = Workspace(ran)
    workspace.manifest.unlink()
    with workspace.unfinished.open("w") as marker:
        fcntl.flock(marker, fcntl.LOCK_EX)
        _is_told(ran, runs.pond, "input is being generated into it", tmp_path)
    _is_told(ran, runs.pond, "generating it was interrupted", tmp_path)


def test_while_a_model_runs(ran, runs, tmp_path):
    workspace = Workspace(ran)
    with WorkspaceLock(workspace):
        _is_told(ran, runs.pond, "a model runs in it", tmp_path)
    workspace.result_json.unlink()
    heartbeat = workspace.hidden / "heartbeat.json"
    values = json.loads(heartbeat.read_text())
    heartbeat.write_text(json.dumps({**values, "boot_id": "another machine's", "host": "node7"}))
    _is_told(ran, runs.pond, f"process {values['model_pid']} on node7", tmp_path)
    own = {"pid": os.getpid(), "pid_start": "1", "boot_id": supervise.boot_id(), "host": socket.gethostname()}
    heartbeat.write_text(json.dumps({**values, **own}))  # which has ended
    assert underway(ran) is None


def test_while_output_is_processed(ran, runs, tmp_path):
    with (
        recording_postprocess(Workspace(ran), "one", {}),
        recording_postprocess(Workspace(ran), "other", {}),
    ):
        _is_told(ran, runs.pond, "its output is being processed", tmp_path)
    assert underway(ran) is None


def test_an_end_that_is_not_recorded_yet_is_told(ran):
    job = Workspace(ran).job_json
    result = Workspace(ran).result_json
    for path in (job, result):
        path.write_text(
            path.read_text().replace('"number": 1', '"number": 2').replace('"attempt": 1', '"attempt": 2')
        )
    told = [str(one) for one in verify(ran).findings]
    assert any("the end of attempt 2 is not recorded: rompy wait does it" in one for one in told)


def test_a_damaged_record_of_the_run_is_named(ran):
    Workspace(ran).job_json.write_text("{")
    found = verify(ran)
    assert found.differs
    assert "unreadable record      .rompy/job.json: the record cannot be relied on" in str(found.findings[0])
