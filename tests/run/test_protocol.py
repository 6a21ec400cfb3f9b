"""The protocol: jobs that outlive their client, and backends of third parties."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from datetime import datetime, timedelta, timezone

import pytest

from rompy import plugins
from rompy.backends import BaseBackendConfig, LocalConfig, load_backend_config
from rompy.core.launch import Launch
from rompy.errors import PluginError, SubmitError, WorkspaceError
from rompy.jobs import JobEnded, JobState, RunInterrupted, StateChanged
from rompy.jobs.lock import is_locked
from rompy.jobs.prepare import Order
from rompy.jobs.record import JobRecord
from rompy.jobs.result import RunResult
from rompy.jobs.store import JobStore
from rompy.run import Capabilities, Job, LocalRunBackend, RunBackend, statuses, submit, submit_many
from rompy.run.handover import Handover
from rompy.run.truth import PlaceSilent, Word, stand

AT_GO = "until [ -e go ]; do sleep 0.05; done"
"""What a model waits for, so that it goes on when the test has seen what it had to see."""


def local(run, command, **settings):
    return submit(run, LocalConfig(command=command, **settings), run.staging_dir)


def in_new_process(code, *arguments):
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


SUBMIT = """
import sys
from rompy.backends import LocalConfig
from rompy.run import submit
class Run:
    run_id, config = "tide", None
print(submit(Run(), LocalConfig(command=sys.argv[2]), sys.argv[1]).native_id)
"""
ASK = """
import sys
from rompy.run import Job
job = Job.open(sys.argv[1])
if sys.argv[2] == "cancel":
    job.cancel()
    print(job.wait(60).state)
elif sys.argv[2] == "wait":
    print(job.wait().state, *job.logs())
else:
    print(job.status().state)
"""


def test_a_job_outlives_its_client_and_another_process_asks_for_it(new_run, wait_for):
    run = new_run()
    in_new_process(SUBMIT, run.staging_dir, f"{AT_GO}; echo done")
    wait_for((run.staging_dir / ".rompy/heartbeat.json").exists)
    assert in_new_process(ASK, run.staging_dir, "status") == "running\n"
    (run.staging_dir / "go").touch()
    assert in_new_process(ASK, run.staging_dir, "wait") == "succeeded stdout stderr\n"
    assert run.workspace.stdout_log.read_text() == "done\n"


def test_another_process_cancels_it(new_run):
    run = new_run()
    in_new_process(SUBMIT, run.staging_dir, "echo $$ > pids; sleep 60 & echo $! >> pids; wait")
    assert in_new_process(ASK, run.staging_dir, "cancel") == "cancelled\n"
    assert run.alive() == []


def test_submitting_returns_at_once_and_the_folder_is_taken(new_run):
    run = new_run()
    begun = time.monotonic()
    job = local(run, "sleep 600")
    assert time.monotonic() - begun < 300
    assert job.status().state is JobState.running
    with pytest.raises(WorkspaceError, match="another run uses this folder"):
        local(run, "true")
    job.cancel()
    assert job.wait(60).state is JobState.cancelled
    assert local(run, "true").wait(60)


def test_the_end_is_in_the_record_and_in_the_index(new_run):
    job = local(new_run(), "exit 3")
    assert job.wait(60).exit_code == 3
    assert job.record.history[-1]["exit_code"] == 3
    row = next(row for row in JobStore().rows() if row.workspace == str(job.workspace))
    assert (row.state, row.exit_code) == ("failed", 3)


def test_many_are_submitted_and_asked_for_together(new_run):
    runs = [new_run(run_id=f"r{i}") for i in range(4)]
    jobs = submit_many([(run, run.staging_dir) for run in runs], LocalConfig(command="exit 0"))
    assert all(job.wait(60) for job in jobs)
    assert [bool(status) for status in statuses(jobs)] == [True] * 4


def test_it_works_in_an_event_loop(new_run):
    async def both():
        jobs = [local(new_run(run_id=f"r{i}"), f"sleep 0.3; exit {i}") for i in range(2)]
        return await asyncio.gather(*(job.wait_async(60) for job in jobs))

    assert [result.exit_code for result in asyncio.run(both())] == [0, 1]


def test_waiting_ends_when_the_time_is_over_and_leaves_the_job_alone(new_run):
    run = new_run()
    job = local(run, AT_GO)
    assert job.wait(0.2).state is JobState.running
    (run.staging_dir / "go").touch()
    assert job.wait(60)


def test_a_job_of_a_deleted_folder_is_lost(new_run):
    import shutil

    run = new_run()
    job = local(run, "exit 0")
    job.wait(60)
    shutil.rmtree(run.staging_dir)
    assert job.status().state is JobState.lost
    assert "deleted" in job.status().reason


def test_a_plan_tells_all_and_does_nothing(new_run):
    run = new_run("python", "run.py", env={"A": "b c", "API_KEY": "geheim"})
    plan = LocalRunBackend().plan(run, LocalConfig(), run.staging_dir)
    assert plan.env == {"A": "b c", "API_KEY": "***"}
    assert "export A='b c'" in plan.files[".rompy/launch.sh"]
    assert "geheim" not in str(plan)
    assert list(run.staging_dir.iterdir()) == []


class Place:
    """A toy place for jobs: a dict instead of a cluster."""

    words: dict = {}


class ToyBackend(RunBackend):
    name = "toy"
    capabilities = Capabilities(containers=True)
    poll_interval = 0.05

    def submit(self, model_run, config=None, workspace_dir=None):
        from rompy.core.workspace import Workspace

        order = Order("tide", self.name, Launch(("true",)), patience_s=config.patience)
        with Handover(Workspace(workspace_dir), order) as handover:
            if config.refuse:
                raise SubmitError("the toy is broken")
            handover.handed_over("toy-1")
        Place.words["toy-1"] = [Word(JobState.pending), Word(JobState.running), *config.ends]
        return handover.job

    def poll(self, job):
        return stand(job, lambda: self._word(job))

    def _word(self, job):
        words = Place.words[job.native_id]
        word = words.pop(0) if len(words) > 1 else words[0]
        if isinstance(word, Exception):
            raise word
        return word

    def cancel(self, job):
        Place.words[job.native_id] = [Word(JobState.cancelled, "put away", certain=True)]


class ToyConfig(BaseBackendConfig):
    refuse: bool = False
    patience: float = 0.2
    ends: list = []

    def get_backend_class(self):
        return ToyBackend


@pytest.fixture
def toy():
    with plugins.registered("rompy.backend.config", "toy", ToyConfig):
        yield load_backend_config({"type": "toy"})


def test_a_backend_of_a_third_party_needs_nothing_but_the_protocol(new_run, toy):
    run, told = new_run(), []
    toy.ends = [Word(JobState.failed, "no battery", exit_code=5)]
    result = toy.get_backend_class()().run(run, toy, run.staging_dir, on_event=told.append)
    assert (result.state, result.exit_code, result.reason, result.backend) == (
        JobState.failed,
        5,
        "no battery",
        "toy",
    )
    assert [event.state for event in told if isinstance(event, StateChanged)] == [
        JobState.running,
        JobState.failed,
    ]
    assert told[-1] == JobEnded(result)
    # From now on it is in the record, whatever the place says.
    Place.words["toy-1"] = [Word(JobState.running)]
    assert Job.open(run.staging_dir).status().state is JobState.failed


def test_a_success_without_a_result_is_not_believed(new_run, toy):
    run = new_run()
    toy.ends = [Word(JobState.succeeded)]
    assert ToyBackend().run(run, toy, run.staging_dir).state is JobState.lost


def test_a_job_that_its_place_has_forgotten_is_lost_after_a_while(new_run, toy):
    run = new_run()
    toy.ends, toy.patience = [None], 600.0
    job = ToyBackend().submit(run, toy, run.staging_dir)
    for _ in range(3):
        assert job.status().state is not JobState.lost
    with JobRecord.changing(run.workspace) as record:
        earlier = datetime.now(timezone.utc) - timedelta(seconds=601)
        record.last.submitted = record.last.gone_since = earlier.isoformat()
    assert job.status().state is JobState.lost


def test_a_clock_that_was_set_back_keeps_no_job_from_being_lost(new_run, toy):
    """What was written down before seems to come from tomorrow, and so may the word of the place."""
    tomorrow = datetime.now(timezone.utc) + timedelta(days=1)
    for word in (None, Word(JobState.failed, "ended", ended=tomorrow)):
        run = new_run(run_id=f"r{word is None}")
        toy.ends = [word]
        job = ToyBackend().submit(run, toy, run.staging_dir)
        with JobRecord.changing(run.workspace) as record:
            record.last.submitted = record.last.gone_since = tomorrow.isoformat()
        assert job.wait(60).state.is_final


def test_a_result_that_comes_late_wins(new_run, toy):
    run = new_run()
    toy.ends = [None]
    job = ToyBackend().submit(run, toy, run.staging_dir)
    assert job.wait(60).state is JobState.lost
    run.workspace.result_json.write_text('{"state": "succeeded", "attempt": 1, "exit_code": 0}')
    assert job.status()


def test_a_run_that_fails_while_its_place_is_asked_has_failed_and_is_not_lost(new_run, toy):
    run = new_run()
    toy.ends = [Word(JobState.running)]
    job = ToyBackend().submit(run, toy, run.staging_dir)

    def ask():
        run.workspace.result_json.write_text('{"state": "failed", "attempt": 1, "exit_code": 3}')
        return Word(JobState.lost, "the container ended without a result", certain=True)

    status = stand(job, ask)
    assert (status.state, status.exit_code) == (JobState.failed, 3)
    assert [entry["state"] for entry in job.record.history][-1] == "failed"


def test_a_place_that_does_not_answer_is_no_news(new_run, toy):
    run = new_run()
    toy.patience = 600.0
    toy.ends = [PlaceSilent("out to lunch"), Word(JobState.cancelled, certain=True)]
    job = ToyBackend().submit(run, toy, run.staging_dir)
    seen = [job.status() for _ in range(4)]
    assert "out to lunch" in seen[2].notes[0]
    assert not seen[2].state.is_final
    assert seen[3].state is JobState.cancelled


def test_a_refused_job_is_failed_in_the_record(new_run, toy):
    run = new_run()
    toy.refuse = True
    with pytest.raises(SubmitError, match="broken"):
        ToyBackend().submit(run, toy, run.staging_dir)
    assert Job.open(run.staging_dir).record.state == "failed"
    assert not is_locked(run.workspace)


def test_ctrl_c_cancels_through_the_protocol(new_run, toy):
    run = new_run()
    toy.ends = [Word(JobState.running)]

    def interrupt(event):
        if isinstance(event, StateChanged) and event.state is JobState.running:
            raise KeyboardInterrupt

    with pytest.raises(RunInterrupted) as caught:
        ToyBackend().run(run, toy, run.staging_dir, on_event=interrupt)
    assert caught.value.result.state is JobState.cancelled


def test_ctrl_c_while_another_one_is_answered_leaves_no_model(new_run, toy, monkeypatch):
    run, cancel, asked = new_run(), ToyBackend.cancel, []
    toy.ends = [Word(JobState.running)]

    def interrupt(event):
        if isinstance(event, StateChanged) and event.state is JobState.running:
            raise KeyboardInterrupt

    def interrupted_once(self, job):
        asked.append(job)
        if len(asked) == 1:
            raise KeyboardInterrupt
        cancel(self, job)

    monkeypatch.setattr(ToyBackend, "cancel", interrupted_once)
    with pytest.raises(RunInterrupted) as caught:
        ToyBackend().run(run, toy, run.staging_dir, on_event=interrupt)
    assert caught.value.result.state is JobState.cancelled
    assert len(asked) == 2


class OldBackend:
    def run(self, model_run, config, workspace_dir=None):
        return True


class OldConfig(BaseBackendConfig):
    def get_backend_class(self):
        return OldBackend


def test_an_old_backend_cannot_be_left_alone(new_run):
    with pytest.raises(SubmitError, match="rompy run"):
        submit(new_run(), OldConfig())


def test_a_job_of_a_backend_that_is_not_installed_is_told(new_run):
    run = new_run()
    with plugins.registered("rompy.backend.config", "toy", ToyConfig):
        config = load_backend_config({"type": "toy"})
        config.ends = [Word(JobState.running)]
        job = ToyBackend().submit(run, config, run.staging_dir)
        assert not job.status().state.is_final
    with pytest.raises(PluginError, match="toy"):
        job.status()


def test_a_waiting_attempt_that_was_given_up_does_not_run(new_run):
    """A job that waits in a queue while its folder is run otherwise must not run it a second time."""
    run = new_run()
    first = Order("tide", "local", Launch(("sh", "-c", "echo first >> ran")))
    with Handover(run.workspace, first) as handover:
        handover.handed_over("1")
    assert local(run, "echo second >> ran").wait(60)
    late = subprocess.run(
        [sys.executable, "-I", "-S", str(run.workspace.supervise_py), "--attempt", "1"],
        capture_output=True,
        timeout=60,
    )
    assert late.returncode == 75
    assert (run.staging_dir / "ran").read_text() == "second\n"


def test_a_client_killed_at_any_instant_leaves_the_truth(new_run, wait_for):
    for number, delay in enumerate((0.05, 0.15, 0.25, 0.35, 0.5)):
        run = new_run(run_id=f"r{number}")
        client = subprocess.Popen(
            [sys.executable, "-c", SUBMIT, str(run.staging_dir), "echo x; sleep 0.2"],
            stdout=subprocess.DEVNULL,
        )
        time.sleep(delay)
        os.kill(client.pid, signal.SIGKILL)
        client.wait()
        if not run.workspace.job_json.exists():
            continue
        status = wait_for(
            lambda run=run: [s for s in [Job.open(run.staging_dir).status()] if s.state.is_final]
        )[0]
        ran = run.workspace.stdout_log.exists()
        assert status.state is (JobState.succeeded if ran else JobState.lost), str(status)
        assert isinstance(status, RunResult)
