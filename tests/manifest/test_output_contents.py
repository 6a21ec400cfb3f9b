"""What outputs hold is read once, by one process, bit by bit, and nothing that goes wrong there gets in the way."""

import hashlib
import os
import signal
import subprocess
import sys
import threading

import netCDF4
import pytest

from rompy.core.sealed import write_sealed
from rompy.core.workspace import Workspace
from rompy.manifest import output_contents, read_manifest
from rompy.manifest.ending import record_outputs, record_run
from rompy.provenance.verify import verify

PHASE = {"attempt": 1, "state": "succeeded"}


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    """A run that has just ended, of which nothing is recorded; nothing is small."""
    monkeypatch.setattr(output_contents, "_SMALL", -1)
    place = Workspace(tmp_path / "run")
    place.hidden.mkdir(parents=True)
    place.run_yml.write_text("")
    phases = {"generate": None, "run": [], "postprocess": []}
    write_sealed(place.manifest, {"schema": 2, "files": {}, "phases": phases, "outputs": {}})
    place.launch_sh.touch()
    return place


def _write(workspace, **files):
    for name, text in files.items():
        (workspace.root / name).write_text(text)


def _netcdf(workspace, name="x.nc"):
    with netCDF4.Dataset(workspace.root / name, "w") as file:
        file.createDimension("x", 3)
        file.createVariable("h", "f4", ("x",))[:] = [1, 2, 3]


def _outputs(workspace):
    return read_manifest(workspace).outputs


def _sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_the_end_of_a_run_is_recorded_without_reading_what_it_wrote(workspace, monkeypatch):
    _write(workspace, a="one")
    _netcdf(workspace)
    monkeypatch.setattr(output_contents, "_read", lambda *_: pytest.fail("output was read"))
    record_run(workspace, PHASE)
    found = _outputs(workspace)
    assert found["a"].bytes == 3
    assert {one.sha256 for one in found.values()} == {None}
    looked_at = verify(workspace.root)
    assert looked_at
    assert [(one.kind, one.name) for one in looked_at.findings] == [("unchecked", "a"), ("unchecked", "x.nc")]
    assert "rompy wait" in str(looked_at.findings[0])


def test_small_files_are_read_at_once_and_netcdf_is_left_for_later(workspace, monkeypatch):
    monkeypatch.setattr(output_contents, "_SMALL", 100)
    _write(workspace, a="one", b="x" * 99)
    _netcdf(workspace)
    record_run(workspace, PHASE)
    assert {name: bool(one.sha256) for name, one in _outputs(workspace).items()} == {
        "a": True,
        "b": False,
        "x.nc": False,
    }


def test_what_outputs_hold_is_recorded_once(workspace):
    _write(workspace, a="one", b="two")
    _netcdf(workspace)
    record_run(workspace, PHASE)
    record_outputs(workspace)
    found = _outputs(workspace)
    assert (found["a"].sha256, found["a"].modified_ns) == (_sha("one"), None)
    assert found["x.nc"].variables["h"].mean == 2
    assert not verify(workspace.root).findings
    before = workspace.manifest.stat()
    record_outputs(workspace)
    assert workspace.manifest.stat() == before


def test_files_that_are_as_they_were_generated_are_no_outputs(workspace):
    _write(workspace, case="same", other="changed")
    files = {"case": {"bytes": 4, "sha256": _sha("same")}, "other": {"bytes": 3, "sha256": _sha("was")}}
    phases = {"generate": None, "run": [], "postprocess": []}
    write_sealed(workspace.manifest, {"schema": 2, "files": files, "phases": phases, "outputs": {}})
    workspace.launch_sh.touch()
    os.utime(workspace.root / "other")
    os.utime(workspace.root / "case")
    record_run(workspace, PHASE)
    record_outputs(workspace)
    assert list(_outputs(workspace)) == ["other"]


def test_beyond_the_limit_the_largest_files_are_known_by_samples(workspace, monkeypatch):
    monkeypatch.setenv("ROMPY_DIGEST_LIMIT", "10 kB")
    _write(workspace, a="one", b="x" * 9000, c="y" * 9500)
    record_run(workspace, PHASE)
    record_outputs(workspace)
    found = _outputs(workspace)
    assert found["b"].sha256
    assert found["c"].sha256 is None
    assert found["c"].version["sample_sha256"]
    assert not verify(workspace.root).findings
    _write(workspace, c="z" * 9500)
    assert [(one.kind, one.name) for one in verify(workspace.root).findings] == [("changed", "c")]
    _write(workspace, c="z")
    assert "1 bytes instead of 9500" in str(verify(workspace.root).findings[0])


READ = """
import sys, os, signal
from pathlib import Path
from rompy.core.workspace import Workspace
from rompy.manifest import output_contents
from rompy.manifest.ending import record_outputs
output_contents._OFTEN = output_contents._BYTES_TOGETHER = 0
real = output_contents.digests_of
def digests_of(paths, **more):
    if paths[0].name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(paths, **more)
output_contents.digests_of = digests_of
record_outputs(Workspace(Path(sys.argv[1])))
"""


def test_whoever_is_killed_loses_little_and_the_next_goes_on(workspace, monkeypatch):
    _write(workspace, a="1", b="22", c="333")
    record_run(workspace, PHASE)
    done = subprocess.run([sys.executable, "-c", READ, str(workspace.root), "c"], check=False)
    assert done.returncode == -signal.SIGKILL
    assert [name for name, one in _outputs(workspace).items() if one.sha256] == ["a", "b"]
    asked = []
    real = output_contents.digests_of
    monkeypatch.setattr(
        output_contents, "digests_of", lambda paths, **more: asked.extend(paths) or real(paths, **more)
    )
    record_outputs(workspace)
    assert [path.name for path in asked] == ["c"]
    assert not verify(workspace.root).findings


def test_two_at_once_read_each_file_once(workspace, monkeypatch):
    _write(workspace, **{f"f{number}": str(number) for number in range(20)})
    record_run(workspace, PHASE)
    monkeypatch.setattr(output_contents, "_BYTES_TOGETHER", 0)
    asked, real = [], output_contents.digests_of
    monkeypatch.setattr(
        output_contents, "digests_of", lambda paths, **more: asked.extend(paths) or real(paths, **more)
    )
    both = [threading.Thread(target=record_outputs, args=(workspace,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert len(asked) == 20
    assert all(one.sha256 for one in _outputs(workspace).values())


def test_reading_ends_within_a_moment_when_it_is_stopped_and_keeps_what_it_has(workspace, monkeypatch):
    _write(workspace, a="1", b="22", c="333")
    record_run(workspace, PHASE)
    monkeypatch.setattr(output_contents, "_BYTES_TOGETHER", 0)
    stop, real = threading.Event(), output_contents.digests_of

    def digests_of(paths, **more):
        if paths[0].name == "b":
            stop.set()
        return real(paths, **more)

    monkeypatch.setattr(output_contents, "digests_of", digests_of)
    record_outputs(workspace, stop=stop)
    assert [name for name, one in _outputs(workspace).items() if one.sha256] == ["a"]


def test_ctrl_c_goes_through_and_what_was_read_is_kept(workspace, monkeypatch):
    _write(workspace, a="1")
    _netcdf(workspace)
    record_run(workspace, PHASE)
    monkeypatch.setattr(output_contents, "_BYTES_TOGETHER", 0)

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(output_contents, "statistics_of", interrupted)
    with pytest.raises(KeyboardInterrupt):
        record_outputs(workspace)
    assert [name for name, one in _outputs(workspace).items() if one.sha256] == ["a"]


def _when_read(monkeypatch, name, action):
    real = output_contents.digests_of

    def digests_of(paths, **more):
        found = real(paths, **more)
        for number, path in enumerate(paths):
            if path.name == name:
                found[number] = action(path) or found[number]
        return found

    monkeypatch.setattr(output_contents, "digests_of", digests_of)


def test_a_file_that_grows_while_it_is_read_is_left_for_later(workspace, monkeypatch, caplog):
    _write(workspace, a="1", log="2")
    record_run(workspace, PHASE)
    with monkeypatch.context() as patch:
        _when_read(patch, "log", lambda path: path.write_text("more") and None)
        record_outputs(workspace)
    assert "the output log is not recorded: it is still being written" in caplog.text
    assert _outputs(workspace)["a"].sha256
    assert _outputs(workspace)["log"].sha256 is None
    record_outputs(workspace)
    assert "the output log was changed after the end of the run, and is recorded as it is now" in caplog.text
    assert _outputs(workspace)["log"].sha256 == _sha("more")


def test_a_file_that_vanishes_is_told_and_forgotten(workspace, caplog):
    _write(workspace, a="1", b="2")
    record_run(workspace, PHASE)
    (workspace.root / "b").unlink()
    record_outputs(workspace)
    assert "the output b was removed before it could be recorded" in caplog.text
    assert list(_outputs(workspace)) == ["a"]


def test_a_file_that_cannot_be_read_is_told_and_tried_again(workspace, monkeypatch, caplog):
    _write(workspace, a="1", b="2")
    record_run(workspace, PHASE)
    with monkeypatch.context() as patch:
        _when_read(patch, "b", lambda path: PermissionError(13, "Permission denied"))
        record_outputs(workspace)
    assert "the output b is not recorded: Permission denied" in caplog.text
    record_outputs(workspace)
    assert _outputs(workspace)["b"] == _outputs(workspace)["b"].model_copy(update={"sha256": _sha("2")})


def test_a_record_that_cannot_be_written_is_a_warning(workspace, caplog):
    _write(workspace, a="1")
    (workspace.hidden / "manifest.lock").mkdir()
    record_run(workspace, PHASE)
    assert "the end of the run could not be recorded: IsADirectoryError" in caplog.text
    (workspace.hidden / "manifest.lock").rmdir()
    record_run(workspace, PHASE)
    (workspace.hidden / "outputs.lock").mkdir()
    record_outputs(workspace)
    assert "what the output holds could not be recorded: IsADirectoryError" in caplog.text


def test_another_process_that_reads_for_ever_is_not_waited_for(workspace, monkeypatch, caplog):
    _write(workspace, a="1")
    record_run(workspace, PHASE)
    monkeypatch.setattr(output_contents, "_PATIENCE", 0.05)
    with output_contents.turn(workspace, "outputs.lock", patience=0) as is_mine:
        assert is_mine
        record_outputs(workspace)
    assert "another process is reading the output" in caplog.text
    assert _outputs(workspace)["a"].sha256 is None


def test_what_is_recorded_anew_meanwhile_stays(workspace, monkeypatch):
    _write(workspace, a="1")
    record_run(workspace, PHASE)

    def recorded_by_another(path):
        path.write_text("other")
        record_run(workspace, {**PHASE, "attempt": 2})
        os.utime(path, ns=(1, 1))

    with monkeypatch.context() as patch:
        patch.setattr(output_contents._Reader, "_stamp", lambda *_: None)
        _when_read(patch, "a", recorded_by_another)
        record_outputs(workspace)
    assert (_outputs(workspace)["a"].bytes, _outputs(workspace)["a"].sha256) == (5, None)
