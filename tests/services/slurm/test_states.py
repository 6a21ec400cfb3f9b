"""Ends that only the scheduler knows of."""

import pytest

from rompy.jobs import JobState, supervise
from rompy.jobs.heartbeat import read_heartbeat
from rompy.run import Job

EATER = "x = [bytearray(1 << 20) for _ in range(900)]; print(len(x))"


@pytest.fixture
def node(slurm):
    name = slurm.call("sinfo", "-h", "-o", "%n")
    yield name
    if "down" in slurm.call("sinfo", "-h", "-o", "%T"):
        slurm.call("scontrol", "update", f"nodename={name}", "state=idle")


def test_a_node_that_fails_is_the_reason_of_the_failure(submit, slurm, node, wait_for):
    job = submit("sleep 60")
    wait_for(lambda: read_heartbeat(job.place))
    slurm.call("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    result = job.wait(60)
    assert result.state is JobState.failed
    assert "its node failed" in result.reason
    assert result.resources.wall_s is not None


def test_a_job_that_may_be_requeued_waits_for_another_node(submit, slurm, node, wait_for):
    job = submit("sleep 60", requeue=True)
    beat = wait_for(lambda: read_heartbeat(job.place))
    slurm.call("scontrol", "update", f"nodename={node}", "state=down", "reason=test")
    wait_for(lambda: job.status().state is JobState.pending)
    wait_for(lambda: supervise.start_mark(beat.pid) is None)
    assert job.status().state is JobState.pending
    job.cancel()
    assert job.wait(60).state is JobState.cancelled


def test_a_model_that_takes_more_memory_than_asked_for_is_out_of_memory(
    other_slurm, submit, wait_for, monkeypatch
):
    if not other_slurm.enforces_memory:
        pytest.skip("Slurm cannot hold jobs to their memory here: it needs a writable cgroup v1")
    monkeypatch.setenv("SLURM_CONF", str(other_slurm.conf))
    result = submit(f"exec python3 -c '{EATER}'", "eater", memory="80M").wait(60)
    assert result.state is JobState.failed
    assert "out of memory" in result.reason
    assert result.resources.max_rss_bytes < 100 << 20
    # What the job wrote of its end is here before Slurm has heard of it.
    wait_for(lambda: "OUT_OF_ME" in other_slurm.call("squeue", "-h", "-t", "all", "-o", "%T"))


def test_a_job_that_is_put_back_and_held_says_so(submit, slurm, wait_for):
    job = submit("sleep 60", requeue=True)
    wait_for(lambda: read_heartbeat(job.place))
    slurm.call("scontrol", "requeuehold", job.native_id)
    status = wait_for(lambda: [s for s in [job.status()] if s.state is JobState.pending])[0]
    assert "held" in status.reason
    slurm.call("scancel", job.native_id)
    assert job.wait(60).state is JobState.cancelled


def test_what_slurm_ends_at_its_own_limit_timed_out(overdue, other_slurm, monkeypatch):
    monkeypatch.setenv("SLURM_CONF", str(other_slurm.conf))
    result = overdue.wait(240)
    assert result.state is JobState.timeout, str(result)
    assert "time limit" in result.reason
    assert result.stdout_log.read_text() == "begun\n"
    again = Job.open(overdue.workspace).status()
    assert (again.state, again.reason) == (result.state, result.reason)
