"""Runs on a real Grid Engine; see service.py for how to start these tests."""

import time

import pytest

from rompy.backends import SgeConfig
from rompy.jobs import JobState
from rompy.run import Job, submit_many
from rompy.testing.run_backend import RunBackendSuite


class TestSge(RunBackendSuite):
    patience = 60.0

    @pytest.fixture
    def make_settings(self, sge):
        def make_settings(command=None, **settings):
            return SgeConfig(command=command, grace=1, patience=5, **settings)

        return make_settings


@pytest.fixture
def submit(sge, stand_in_run, tmp_path):
    """Submits a shell command as a run of its own."""
    jobs = []

    def submit(command, run_id="tide", **settings):
        run = stand_in_run(tmp_path / run_id, run_id)
        config = SgeConfig(command=command, **{"patience": 2.0, "grace": 1.0, **settings})
        jobs.append(config.get_backend_class()().submit(run, config, run.staging_dir))
        return jobs[-1]

    yield submit
    for job in jobs:
        if not job.status().state.is_final:
            job.cancel()


def _until(condition, seconds=60.0):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(0.2)
    raise AssertionError("it did not happen in time")


def test_a_waiting_job_can_be_cancelled(submit):
    job = submit("true", after=[submit("sleep 60", "first").native_id])
    job.cancel()
    assert job.wait(60).state is JobState.cancelled


def test_a_job_that_was_deleted_while_it_ran_is_cancelled(submit, sge):
    job = submit("echo x > begun; sleep 300")
    _until((job.workspace / "begun").exists)
    sge.call("qdel", job.native_id)
    assert job.wait(60).state is JobState.cancelled


def test_a_held_job_is_pending_and_runs_when_it_is_released(submit, sge):
    job = submit("true", hold=True)
    time.sleep(3)  # it would have run by now
    assert job.status().state is JobState.pending
    sge.call("qrls", job.native_id)
    assert job.wait(60)


def test_a_purged_job_is_what_it_wrote_itself(submit, sge):
    job = submit("exit 4")
    _until(lambda: sge.call("qstat", "-j", job.native_id).returncode != 0)
    result = Job.open(job.workspace).wait(60)
    assert (result.state, result.exit_code) == (JobState.failed, 4)


def test_many_runs_are_one_array(sge, stand_in_run, tmp_path):
    runs = [stand_in_run(tmp_path / str(number), str(number)) for number in range(5)]
    jobs = submit_many(
        [(run, run.staging_dir) for run in runs],
        SgeConfig(command="echo $SGE_TASK_ID > number", patience=2.0),
    )
    assert len({job.native_id.partition(".")[0] for job in jobs}) == 1
    assert all(job.wait(60) for job in jobs)
    numbers = [(run.staging_dir / "number").read_text().strip() for run in runs]
    assert numbers == ["1", "2", "3", "4", "5"]
