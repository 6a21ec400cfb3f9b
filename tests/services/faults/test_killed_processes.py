"""Kill -9 of what runs and watches a model: nothing survives it, and the job is never taken for a success."""

import os
import signal
import subprocess
import sys

import pytest

from rompy.backends import LocalConfig
from rompy.jobs import JobState, supervise
from rompy.jobs.heartbeat import read_heartbeat
from rompy.run import Job, LocalRunBackend

TREE = "setsid sleep 60 & sleep 60 & trap '' TERM; touch started; wait; wait"


class Run:
    config = None

    def __init__(self, folder):
        self.staging_dir, self.run_id = folder, "tide"
        folder.mkdir(parents=True, exist_ok=True)


@pytest.fixture
def submitted(tmp_path, wait_for):
    """A model with a daemon of its own, which runs; its job and the ids of those that may be killed."""
    run = Run(tmp_path / "a\nb" / "run")
    job = LocalRunBackend().submit(run, LocalConfig(command=TREE, grace=0.5), run.staging_dir)
    wait_for((run.staging_dir / "started").exists)
    heartbeat = wait_for(lambda: read_heartbeat(job.place))
    pids = {
        "model": heartbeat.model_pid,
        "supervisor": heartbeat.pid,
        "guardian": supervise.process_table()[heartbeat.pid].parent,
    }
    return job, pids


@pytest.mark.parametrize(
    ("victims", "states"),
    [
        (["model"], {"failed"}),
        (["supervisor"], {"lost"}),
        (["guardian", "supervisor"], {"lost"}),
        (["supervisor", "guardian"], {"lost"}),
        (["guardian", "supervisor", "model"], {"lost"}),
    ],
    ids="+".join,
)
def test_killed_processes(submitted, told, processes_of, wait_for, tmp_path, victims, states):
    job, pids = submitted
    for name in victims:
        supervise.send({pids[name]}, signal.SIGKILL)  # the model may be gone by then
    row = told(tmp_path)["tide"]
    assert row["state"] in states
    wait_for(lambda: not processes_of(job.workspace))
    assert LocalRunBackend().run(Run(job.workspace), LocalConfig(command="true"), job.workspace)


def test_a_killed_guardian_is_not_needed(submitted, told, tmp_path, processes_of, wait_for):
    job, pids = submitted
    os.kill(pids["guardian"], signal.SIGKILL)
    assert job.status().state is JobState.running
    job.cancel()
    assert told(tmp_path)["tide"]["state"] == "cancelled"
    wait_for(lambda: processes_of(job.workspace) == [])


def test_only_processes_of_the_lost_run_are_ended(submitted, wait_for):
    """A neighbour in the same folder tree, and whoever else has the folder open, is left alone."""
    job, pids = submitted
    neighbour = Run(job.workspace.parent / "neighbour")
    other = LocalRunBackend().submit(neighbour, LocalConfig(command="sleep 60"), neighbour.staging_dir)
    with subprocess.Popen(["sleep", "60"], cwd=job.workspace) as reader:
        for name in ("guardian", "supervisor"):
            os.kill(pids[name], signal.SIGKILL)
        wait_for(lambda: job.status().state is JobState.lost)
        assert reader.poll() is None
        assert other.status().state is JobState.running
        reader.kill()
    other.cancel()
    assert other.wait(60).state is JobState.cancelled


def test_a_folder_deleted_under_the_job(
    submitted, rompy, processes_of, wait_for, delete_under_its_job, tmp_path
):
    job, _ = submitted
    assert [row["state"] for row in rompy("jobs", "--json", "--under", tmp_path)["jobs"]] == ["running"]
    delete_under_its_job(job.workspace)
    wait_for(lambda: not processes_of(job.workspace))
    (row,) = rompy("jobs", "--json", "--under", tmp_path)["jobs"]
    assert row["state"] == "lost"
    assert "deleted" in row["reason"]
    assert job.wait(60).state is JobState.lost


REUSED = """
import os, signal, subprocess, sys, time
from pathlib import Path
from rompy.backends import LocalConfig
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs import supervise
from rompy.run import LocalRunBackend

class Run:
    config, run_id, staging_dir = None, "tide", Path(sys.argv[1])

backend = LocalRunBackend()
job = backend.submit(Run(), LocalConfig(command="sleep 60"), Run.staging_dir)
while (beat := read_heartbeat(job.place)) is None:
    time.sleep(0.01)
for pid in (supervise.process_table()[beat.pid].parent, beat.pid):
    os.kill(pid, signal.SIGKILL)
while Path(f"/proc/{beat.pid}").exists():  # this process is the first of its name space, and has to collect all
    try:
        os.waitpid(beat.pid, 0)
    except ChildProcessError:
        time.sleep(0.01)
children = []
for attempt in range(200):
    Path("/proc/sys/kernel/ns_last_pid").write_text(str(beat.pid - 1))
    child = subprocess.Popen(["sleep", "60"])
    children.append(child)
    if child.pid == beat.pid:
        break
print(child.pid == beat.pid, supervise.start_mark(beat.pid) != beat.pid_start)
print(job.status().state, child.poll())
for child in children:
    child.kill()
    child.wait()
"""


def test_a_pid_that_is_used_again_is_another_process(tmp_path):
    """In a name space of process ids of its own, where the next id can be chosen."""
    run = Run(tmp_path / "run")
    apart = ["unshare", "--pid", "--fork", "--mount-proc"]
    if os.geteuid() != 0 or subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip(
            "PIDS ARE NOT USED AGAIN HERE: it needs root, and unshare with a name space of process ids"
        )
    command = [*apart, sys.executable, "-c", REUSED, str(run.staging_dir)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "True", "lost", "None"]
    assert Job.open(run.staging_dir).status().state is JobState.lost
