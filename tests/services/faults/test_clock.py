"""The clock of the machine is set back, or ahead, while a model runs."""

import shutil
import subprocess
import sys

import pytest

from rompy.core.workspace import Workspace
from rompy.jobs import JobState, job_status, supervise
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs.launch import write_launch
from rompy.jobs.record import JobRecord
from rompy.jobs.result import read_result

SHIFTED = """
import os, sys, time
true_time, shift = time.time, float(sys.argv[1])
time.time = lambda: true_time() + (shift if os.path.exists("now") else 0)
sys.path.append(sys.argv[2])
import supervise
sys.path.pop()
sys.exit(supervise.main(sys.argv[4:], sys.argv[3]))
"""
"""A supervisor whose clock jumps as soon as the file ``now`` is there."""


@pytest.fixture
def workspace(tmp_path):
    place = Workspace(tmp_path / "run")
    place.hidden.mkdir(parents=True)
    record = JobRecord("tide")
    record.begin("local", ["sh"], settings={})
    record.write(place)
    return place


def start(workspace, command, shift, *options):
    write_launch(workspace, ["sh", "-c", command])
    shutil.copy(supervise.__file__, workspace.supervise_py)
    home = str(supervise.__file__).rpartition("/")[0]
    words = [sys.executable, "-I", "-S", "-c", SHIFTED, str(shift), home, str(workspace.root), *options]
    return subprocess.Popen(words, start_new_session=True)


@pytest.mark.parametrize("shift", [-86400, 86400], ids=["back", "ahead"])
def test_the_state_and_the_times_of_the_result_do_not_notice(workspace, wait_for, shift):
    process = start(workspace, "touch now; sleep 600", shift)
    wait_for((workspace.root / "now").exists)
    before = read_heartbeat(workspace)
    seen = before.beat if before else 0
    wait_for(lambda: (beat := read_heartbeat(workspace)) and beat.beat > seen + 1)  # written after the jump
    assert job_status(workspace).state is JobState.running
    workspace.cancel.touch()
    assert process.wait(120) == 130
    result = read_result(workspace.root)
    assert result.state is JobState.cancelled
    assert 0 < (result.ended - result.started).total_seconds() < 300
    assert 0 < result.resources.wall_s < 300


@pytest.mark.parametrize("shift", [-86400, 86400], ids=["back", "ahead"])
def test_the_time_limit_does_not_notice(workspace, shift):
    process = start(workspace, "touch now; sleep 600", shift, "--time-limit", "1")
    assert process.wait(120) == 124
    result = read_result(workspace.root)
    assert result.state is JobState.timeout
    assert 0.9 < result.resources.wall_s < 300


def test_a_success_stays_one(workspace, wait_for):
    process = start(workspace, "touch now; sleep 0.5", -86400)
    assert process.wait(120) == 0
    assert job_status(workspace).state is JobState.succeeded
