"""Whatever stands in the records of a run, or in their place: an answer in words, nothing waited for or overwritten."""

import copy
import json
import os
import shutil
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rompy.backends import LocalConfig
from rompy.core.record_file import RecordError
from rompy.core.workspace import Workspace
from rompy.errors import RompyError
from rompy.jobs.record import JobRecord
from rompy.jobs.store import JobStore
from rompy.provenance.verify import verify
from rompy.run.job import Job
from rompy.run.local import LocalRunBackend
from rompy.run.resume import decide

ODD = [
    *(
        None,
        True,
        -1,
        2**70,
        10**400,
        1.5,
        float("nan"),
        float("inf"),
        "",
        "x",
        "a\0b",
        "caf\udce9",
        "\x1b[2J",
    ),
    *("../../etc/passwd", "2026-99-99T00:00:00Z", "0001-01-01T00:00:00", [], [1], {}, {"x": {"y": []}}),
]
GONE = object()
NAMES = ("job.json", "result.json", "heartbeat.json", "programs.json")


def _places(value, path=()):
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from _places(value[key], (*path, key))


def _changed(record, place, value):
    if not place:
        return None if value is GONE else value
    changed = copy.deepcopy(record)
    inner = changed
    for key in place[:-1]:
        inner = inner[key]
    if value is GONE:
        del inner[place[-1]]
    else:
        inner[place[-1]] = value
    return changed


@pytest.fixture
def ran(new_run, tmp_path):
    """A run that has ended, and where its records are kept as they were."""
    run = new_run("sh", "-c", "echo 1; echo '{\"model_time_s\": 1}' >> p.jsonl", progress="p.jsonl")
    LocalRunBackend().run(run, LocalConfig(), run.staging_dir).check()
    shutil.copytree(run.staging_dir, tmp_path / "kept")
    return run


def _looks(run):
    """All that reads records, also what would start the model once more."""
    root = run.staging_dir
    yield lambda: str(Job.open(root).status().to_json())
    yield lambda: Job.open(root).wait(0.0)
    yield lambda: Job.open(root).logs()
    yield lambda: list(Job.open(root).follow())
    yield lambda: decide(Job.open(root))
    yield lambda: JobStore().rescan(root.parent)
    yield lambda: verify(root)


def _is_good(workspace):
    try:
        return JobRecord.read(workspace) is not None
    except RecordError:
        return False


def _put_back(run, kept):
    shutil.rmtree(run.staging_dir)
    shutil.copytree(kept, run.staging_dir)


@settings(suppress_health_check=list(HealthCheck), max_examples=50, deadline=None)
@given(st.data(), st.sampled_from(NAMES), st.booleans())
def test_any_value_in_any_place_of_a_record_is_answered_in_words(ran, tmp_path, data, name, has_result):
    _put_back(ran, tmp_path / "kept")
    path = ran.workspace.hidden / name
    record = json.loads(path.read_text())
    place = data.draw(st.sampled_from(list(_places(record))))
    path.write_text(json.dumps(_changed(record, place, data.draw(st.sampled_from([*ODD, GONE])))))
    if not has_result:
        ran.workspace.result_json.unlink(missing_ok=True)
    for look in _looks(ran):
        before = path.read_bytes() if path.exists() else None
        with suppress(RompyError):
            look()
        if not _is_good(ran.workspace):
            assert path.read_bytes() == before


def _make(path, kind):
    path.unlink()
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "text":
        path.write_bytes(b"caf\xe9")
    else:
        path.symlink_to({"endless": "/dev/zero", "loop": path.name, "astray": "nowhere"}[kind])


@pytest.mark.parametrize("kind", ["folder", "pipe", "endless", "loop", "astray", "text"])
def test_what_stands_in_the_place_of_a_record_is_neither_waited_for_nor_replaced(ran, tmp_path, kind):
    for name in (*NAMES, "lock", "stdout.log", "../p.jsonl"):
        _put_back(ran, tmp_path / "kept")
        path = ran.workspace.hidden / name
        _make(path, kind)
        for look in _looks(ran):
            with suppress(RompyError):
                look()
            assert os.path.lexists(path)
        if name == "job.json":
            with pytest.raises(RecordError) as caught:
                LocalRunBackend().submit(ran, LocalConfig(), ran.staging_dir)
            assert caught.value.file == path


def test_a_result_that_cannot_be_relied_on_is_named_and_never_taken_for_a_success(ran):
    path = ran.workspace.result_json
    path.write_text(path.read_text().replace('"succeeded"', '"splendid"'))
    record = json.loads(ran.workspace.job_json.read_text())
    record["attempts"][0] |= {"state": "running", "history": record["attempts"][0]["history"][:2]}
    ran.workspace.job_json.write_text(json.dumps(record))
    status = Job.open(ran.staging_dir).status()
    assert status.state.value == "lost"
    assert f"{path}: the record cannot be relied on: state: 'splendid' is none of" in status.notes[-1]


def test_nothing_is_written_through_a_link(ran, tmp_path):
    other = tmp_path / "somebody's"
    other.write_text("own")
    for name in ("lock", "supervise.log"):
        path = ran.workspace.hidden / name
        path.unlink(missing_ok=True)
        path.symlink_to(other)
        with suppress(RompyError):
            LocalRunBackend().run(ran, LocalConfig(), ran.staging_dir)
        assert other.read_text() == "own"
        path.unlink(missing_ok=True)


def test_facts_of_a_place_that_make_no_sense_are_told(ran):
    record = json.loads(ran.workspace.job_json.read_text())
    ran.workspace.result_json.unlink()
    for backend, facts in (
        ("docker", {"engine": {}, "label": "x"}),
        ("dask", {"scheduler": {"url": 1}, "scheduler_id": "x", "task": "t"}),
        ("slurm", {"tag": "rompy-x", "element": []}),
    ):
        attempt = {
            **record["attempts"][0],
            "backend": backend,
            "facts": facts,
            "state": "running",
            "history": [],
        }
        ran.workspace.job_json.write_text(json.dumps({**record, "attempts": [attempt | {"native_id": None}]}))
        status = Job.open(ran.staging_dir).status()
        assert not status.state.is_final
        assert "cannot be relied on: facts of attempt 1" in status.notes[0]


def test_a_workspace_is_never_replaced_while_something_is_in_the_place_of_its_record(tmp_path):
    workspace = Workspace(tmp_path)
    workspace.hidden.mkdir()
    assert not workspace.has_run
    workspace.job_json.symlink_to("nowhere")
    assert workspace.has_run
