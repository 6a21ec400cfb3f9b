"""A disk that is full: before the run, during it, and when its result is written."""

import os
import subprocess
import sys

import pytest

from rompy.backends import LocalConfig
from rompy.core.sealed import write_sealed
from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError
from rompy.manifest import read_manifest
from rompy.run import LocalRunBackend


class Run:
    config = None

    def __init__(self, folder):
        self.staging_dir, self.run_id = folder, "tide"
        folder.mkdir(parents=True)


@pytest.fixture
def disk(tmp_path):
    """A file system of 1 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        reason = f"A FULL DISK IS NOT TESTED: no small file system can be mounted: {mounted.stderr.strip()}"
        pytest.fail(reason) if os.environ.get("CI") and os.geteuid() == 0 else pytest.skip(reason)
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(disk):
    with (disk / "filling").open("wb", buffering=0) as file:
        size = 65536
        while size:
            try:
                file.write(b"x" * size)
            except OSError:  # noqa: PERF203
                size //= 2


def run(place, command):
    return LocalRunBackend().run(place, LocalConfig(command=command, grace=0.5), place.staging_dir)


def test_full_before_the_run_nothing_is_started(disk, told):
    place = Run(disk / "run")
    fill(disk)
    with pytest.raises(WorkspaceError, match="No space left"):
        run(place, "touch started")
    assert not (place.staging_dir / "started").exists()
    assert told(disk) == {}
    (disk / "filling").unlink()
    assert run(place, "touch started")
    assert told(disk)["tide"]["state"] == "succeeded"


def test_full_during_the_run_the_result_is_written_all_the_same(disk, told):
    place = Run(disk / "run")
    result = run(place, "head -c 2000000 /dev/zero > out && exit 0; echo cannot write >&2; exit 3")
    assert (result.state, result.exit_code) == ("failed", 3)
    row = told(disk)["tide"]
    assert (row["state"], row["exit_code"]) == ("failed", 3)


def test_full_during_the_run_a_success_stays_one(disk, told):
    """A model that has all it needs does not fail because rompy has nowhere to write."""
    place = Run(disk / "run")
    assert run(place, "head -c 2000000 /dev/zero > ../filling; true")
    assert told(disk)["tide"]["state"] == "succeeded"
    (disk / "filling").unlink()
    assert run(place, "true").attempt == 2


def test_a_limit_on_the_size_of_files_is_told(tmp_path, told):
    place = Run(tmp_path / "run")
    result = run(place, "ulimit -f 100; head -c 1000000 /dev/zero > out")
    assert result.state == "failed"
    assert "SIGXFSZ" in result.reason or "size" in result.reason
    assert told(tmp_path)["tide"]["state"] == "failed"


def test_what_could_not_be_recorded_is_a_warning_and_made_up_for_by_who_waits_next(disk, caplog):
    place = Run(disk / "run")
    workspace = Workspace(place.staging_dir)
    workspace.hidden.mkdir()
    phases = {"generate": None, "run": [], "postprocess": []}
    write_sealed(workspace.manifest, {"schema": 2, "files": {}, "phases": phases, "outputs": {}})
    assert run(place, "touch $(seq 1000); head -c 2000000 /dev/zero > ../filling; true")
    assert "could not be recorded: OSError: [Errno 28]" in caplog.text
    assert read_manifest(workspace).phases.run == []
    (disk / "filling").unlink()
    command = [sys.executable, "-m", "rompy", "wait", str(place.staging_dir)]
    subprocess.run(command, check=True, capture_output=True)
    found = read_manifest(workspace)
    assert found.phases.run[0].state == "succeeded"
    assert len([one for one in found.outputs.values() if one.sha256]) == 1000
