"""Runs on a real Slurm."""

import asyncio
import json
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from rompy.backends import SlurmConfig
from rompy.cli import cli
from rompy.errors import ReproducibilityError, SubmitError, WorkspaceError
from rompy.jobs import JobState, supervise
from rompy.jobs.heartbeat import read_heartbeat
from rompy.jobs.lock import is_locked
from rompy.jobs.record import JobRecord
from rompy.manifest import read_manifest
from rompy.model import ModelRun
from rompy.provenance.reproduce import reproduce
from rompy.run import Job, statuses, submit_many

ODD = 'it\'s "odd" näme; $HOME `x` %j \\ #1'


def test_a_success_is_told_with_all_that_is_known(backend, new_run):
    run = new_run(
        "tide", "python", "-c", "import os; print('hello', os.environ['DEPTH'])", env={"DEPTH": "7"}
    )
    result = backend.run(run, SlurmConfig(queue="short", time_limit="0:05:00"), run.staging_dir)
    assert result, str(result)
    assert (result.state, result.exit_code, result.backend) == (JobState.succeeded, 0, "slurm")
    assert result.stdout_log.read_text() == "hello 7\n"
    assert result.submitted <= result.started <= result.ended
    assert result.queued_s >= 0
    assert JobRecord.read(Job.open(run.staging_dir).place).last.state == "succeeded"


def test_a_failure_has_its_exit_code_and_last_words(submit):
    result = submit("echo no mesh >&2; exit 3").wait(60)
    assert (result.state, result.exit_code) == (JobState.failed, 3)
    assert result.reason == "exit code 3; its last words on stderr:\n  no mesh"


def test_names_paths_and_values_may_hold_anything(backend, new_run, tmp_path, monkeypatch):
    monkeypatch.setenv("OUTER", "kept")
    run = new_run(ODD, folder=tmp_path / "wörk 'a\" $HOME %j\n\\")
    config = SlurmConfig(
        command='printf "%s|%s|%s" "$A" "$API_TOKEN" "$OUTER"',
        env_vars={"A": 'it\'s "q" $x\n`y`', "API_TOKEN": "geheim"},
        setup=["export UNUSED='a b'"],
    )
    job = backend.submit(run, config, run.staging_dir)
    result = job.wait(60)
    assert result, str(result)
    assert result.stdout_log.read_text() == 'it\'s "q" $x\n`y`|geheim|kept'
    for path in job.place.hidden.iterdir():
        if path.is_file() and path.name != "stdout.log":
            assert "geheim" not in path.read_text(errors="replace")


def test_a_job_name_is_taken_as_it_is(submit, slurm):
    job = submit("true", job_name=ODD, hold=True)
    assert slurm.call("squeue", "-h", "-o", "%j", "-j", job.native_id) == ODD
    job.cancel()


def test_directives_can_be_added_replaced_and_left_out(submit, slurm):
    job = submit(
        "true",
        hold=True,
        directives={"nice": 7, "--cpus-per-task": 2, "time": None, "exclusive": True},
        additional_options=["--priority=99"],
    )
    script = (job.workspace / ".rompy/job.sh").read_text()
    assert "#SBATCH --exclusive\n" in script
    assert "--time" not in script.partition("exec")[0]
    shown = slurm.call("scontrol", "show", "job", job.native_id)
    assert "CPUs/Task=2" in shown
    assert "TimeLimit=UNLIMITED" in shown
    job.cancel()


def test_a_refused_job_is_an_error_that_tells_why_and_runs_nothing(submit, tmp_path):
    with pytest.raises(SubmitError, match="invalid partition"):
        submit("true", queue="nowhere")
    status = Job.open(tmp_path / "tide").status()
    assert status.state is JobState.failed
    assert "invalid partition" in status.reason


def test_the_wall_time_ends_the_model_and_is_told_as_such(submit):
    result = submit("sleep 60", time_limit="0:00:03").wait(60)
    assert result.state is JobState.timeout
    assert 2 <= result.resources.wall_s < 60


def test_a_running_job_is_cancelled_with_all_its_processes(submit, wait_for):
    job = submit("echo $$ > pids; setsid sleep 60 & echo $! >> pids; touch started; sleep 60")
    wait_for((job.workspace / "started").exists)
    wait_for(lambda: read_heartbeat(job.place))
    assert job.status().state is JobState.running
    job.cancel()
    assert job.wait(60).state is JobState.cancelled
    pids = [int(line) for line in (job.workspace / "pids").read_text().split()]
    assert [pid for pid in pids if supervise.start_mark(pid)] == []


def test_scancel_by_hand_is_a_cancellation(submit, slurm, wait_for):
    job = submit("sleep 60")
    wait_for(lambda: read_heartbeat(job.place))
    slurm.call("scancel", job.native_id)
    result = job.wait(60)
    assert result.state is JobState.cancelled


def test_a_held_job_says_so_and_can_be_cancelled(submit, slurm):
    job = submit("true", hold=True)
    status = job.status()
    assert status.state is JobState.pending
    assert "held" in status.reason
    assert "JobHeldUser" in status.native_state
    slurm.call("scancel", job.native_id)
    assert job.wait(60).state is JobState.cancelled


def test_a_job_waits_for_another_and_never_starts_when_that_fails(submit):
    first, broken = submit("sleep 0.5", "first"), submit("exit 1", "broken")
    second = submit("true", "second", after=[first.native_id])
    never = submit("true", "never", after=[broken.native_id])
    assert second.wait(60)
    assert second.record.history[-1]["started"] >= first.record.history[-1].get("ended", "")
    assert broken.wait(60).state is JobState.failed
    assert never.status().state is JobState.pending
    assert "Dependency" in never.status().native_state
    never.cancel()
    assert never.wait(60).state is JobState.cancelled


def test_a_script_that_fails_before_the_model_says_why(submit):
    result = submit("true", setup=["echo no such module >&2; false"]).wait(60)
    assert result.state is JobState.failed
    assert "no such module" in result.reason
    assert not (result.workspace / ".rompy/stdout.log").exists()


def test_queue_time_is_told_apart_from_run_time(submit, slurm):
    begun = time.monotonic()
    job = submit("sleep 0.2", hold=True)
    time.sleep(2.2)
    slurm.call("scontrol", "release", job.native_id)
    result = job.wait(60)
    assert result.queued_s > 2
    assert 0.2 <= result.resources.wall_s < time.monotonic() - begun - 2


def test_an_array_is_one_submission_and_every_run_has_its_own_end(new_run, slurm):
    runs = [new_run(f"member {i}'s", "sh", "-c", f"echo {i}; exit {3 if i == 7 else 0}") for i in range(10)]
    jobs = submit_many([(run, run.staging_dir) for run in runs], SlurmConfig(patience=2.0))
    assert len({job.native_id.partition("_")[0] for job in jobs}) == 1
    results = [job.wait(60) for job in jobs]
    assert [result.exit_code for result in results] == [3 if i == 7 else 0 for i in range(10)]
    assert [result.stdout_log.read_text() for result in results] == [f"{i}\n" for i in range(10)]


def test_one_question_serves_all_jobs(submit, monkeypatch, backend):
    jobs = [submit("true", f"held{i}", hold=True) for i in range(5)]
    asked = []
    original = backend.scheduler._ask
    monkeypatch.setattr(
        type(backend.scheduler), "_ask", lambda self, *a, **k: asked.append(a) or original(*a, **k)
    )
    assert {status.state for status in statuses(jobs)} == {JobState.pending}
    assert len(asked) == 1
    for job in jobs:
        job.cancel()


def test_what_the_supervisor_left_without_a_result_is_lost(submit, wait_for):
    job = submit("sleep 60", patience=1.0)
    beat = wait_for(lambda: read_heartbeat(job.place))
    guardian = supervise.process_table()[beat.pid].parent
    for pid in (guardian, beat.pid, beat.model_pid):
        supervise.send({pid}, signal.SIGKILL)  # the last may be gone by then
    assert job.wait(60).state is JobState.lost


def test_a_killed_client_loses_nothing(new_run, wait_for):
    run = new_run()
    client = subprocess.Popen([sys.executable, "-c", CLIENT, str(run.staging_dir)], stdout=subprocess.PIPE)
    try:
        wait_for(lambda: read_heartbeat(run.workspace))
    finally:
        client.kill()
        client.communicate()
    job = Job.open(run.staging_dir)
    assert job.status().state is JobState.running
    (run.staging_dir / "go").touch()
    assert job.wait(60)
    assert job.logs()["stdout"].read_text() == "done\n"


CLIENT = """
import sys
from pathlib import Path
from rompy.backends import SlurmConfig
from rompy.run.slurm import SlurmRunBackend
class Run:
    run_id, config = "tide", None
command = "for _ in $(seq 1200); do [ -e go ] && break; sleep 0.05; done; echo done"
SlurmRunBackend().run(Run(), SlurmConfig(command=command), sys.argv[1])
"""


def test_a_job_whose_id_was_never_written_down_is_found_again(submit):
    job = submit("sleep 0.2", hold=True)
    with JobRecord.changing(job.place) as record:
        record.last.native_id = None
    again = Job.open(job.workspace)
    assert again.native_id is None
    assert "held" in again.status().reason
    assert Job.open(job.workspace).native_id == job.native_id
    again.cancel()
    assert again.wait(60).state is JobState.cancelled


def test_a_folder_with_a_waiting_job_is_not_run_twice(submit, backend, new_run):
    job = submit("true", hold=True)
    with pytest.raises(WorkspaceError, match="has a job that is pending"):
        submit("true")
    job.cancel()


def test_several_are_waited_for_at_once_in_an_event_loop(submit):
    jobs = [submit(f"exit {i}", f"run{i}") for i in range(3)]

    async def all_of_them():
        return await asyncio.gather(*(job.wait_async(60) for job in jobs))

    assert [result.exit_code for result in asyncio.run(all_of_them())] == [0, 1, 2]


def test_waiting_ends_when_the_time_is_over(submit):
    job = submit("true", hold=True)
    begun = time.monotonic()
    assert job.wait(1).state is JobState.pending
    assert time.monotonic() - begun < 300
    job.cancel()


def test_the_commands_know_a_job_of_slurm(submit):
    job = submit("echo hello; exit 2")
    call = CliRunner().invoke
    waited = call(cli, ["wait", str(job.workspace), "--timeout", "60"])
    assert waited.exit_code == 8
    shown = call(cli, ["status", str(job.workspace), "--json"])
    assert json.loads(shown.stdout)["jobs"][0]["exit_code"] == 2
    assert call(cli, ["logs", str(job.workspace), "--only", "stdout"]).stdout == "hello\n"
    listed = json.loads(call(cli, ["jobs", "--json", "--under", str(job.workspace)]).stdout)["jobs"]
    assert [(row["state"], row["native_id"]) for row in listed] == [("failed", job.native_id)]


def test_a_drained_node_is_waited_for(submit, slurm):
    node = slurm.call("sinfo", "-h", "-o", "%n")
    slurm.call("scontrol", "update", f"nodename={node}", "state=drain", "reason=test")
    try:
        job = submit("true")
        time.sleep(1)
        assert job.status().state is JobState.pending
    finally:
        slurm.call("scontrol", "update", f"nodename={node}", "state=resume")
    assert job.wait(60)


def test_a_requeued_job_is_pending_again_and_ends_once(submit, slurm, wait_for):
    job = submit("echo start; [ -e again ] || sleep 600", requeue=True)
    log = job.place.stdout_log
    wait_for(lambda: log.exists() and log.read_text() == "start\n")
    slurm.call("scontrol", "requeue", job.native_id)
    again = wait_for(lambda: [s for s in [job.status()] if s.state is JobState.pending])[0]
    assert not again.state.is_final
    (job.workspace / "again").touch()
    # Its former processes have to be gone, and that in a second that is over: with them Slurm revokes what entitles
    # them to run, for all that has been started until then, and counts in whole seconds.
    wait_for(lambda: slurm.call("sinfo", "-h", "-o", "%T") == "idle" and not is_locked(job.place))
    time.sleep(1.1)
    slurm.call("scontrol", "update", f"jobid={job.native_id}", "starttime=now")
    result = job.wait(60)
    assert result, str(result)
    assert result.stdout_log.read_text() == "start\nstart\n"


def test_a_job_that_may_restart_can_be_cancelled_by_hand(submit, slurm, wait_for):
    job = submit("sleep 60", requeue=True)
    wait_for(lambda: read_heartbeat(job.place))
    slurm.call("scancel", job.native_id)
    assert job.wait(60).state is JobState.cancelled


def test_the_record_tells_of_the_node_and_of_what_was_loaded_there(slurm, tmp_path):
    """Also of a model that ends before anybody looks at its processes."""
    model_run = ModelRun(run_id="tide", output_dir=tmp_path)
    model_run.generate()
    settings = SlurmConfig(
        command="echo 1 > out",
        time_limit="0:05:00",
        setup=["export LOADEDMODULES=netcdf/4.9"],
        env_vars={"API_TOKEN": "geheim", "DEPTH": "7"},
    )
    model_run.run(settings, workspace_dir=model_run.staging_dir).check()
    manifest = read_manifest(model_run.staging_dir)
    [phase] = manifest.phases.run
    assert phase.settings["env_vars"] == {"API_TOKEN": "***", "DEPTH": "7"}
    assert (phase.modules, manifest.modules) == (["netcdf/4.9"], [])
    assert {"name", "processor", "release", "cpus", "libc"} <= set(phase.machine)
    assert phase.executable["path"] == str(Path(shutil.which("sh")).resolve())
    assert manifest.outputs["out"].sha256
    with pytest.raises(
        ReproducibilityError, match=r"a secret, which is recorded nowhere: env_vars\.API_TOKEN"
    ):
        reproduce(model_run.staging_dir, run=True, to=tmp_path / "again")


class TestWithoutAController:
    """Last, because the controller forgets all jobs."""

    def test_a_silent_scheduler_is_no_news(self, submit, slurm, monkeypatch):
        job = submit("sleep 1; echo done", "outlives")
        held = submit("true", "held", hold=True)
        time.sleep(1)
        slurm.stop_controller()
        monkeypatch.setenv("SLURM_CONF", str(slurm.conf))
        status = held.status()
        assert status.state is JobState.pending
        assert "does not answer" in status.notes[0]
        slurm.start_controller()
        assert job.wait(60)
        assert held.status().state is JobState.pending
        held.cancel()

    def test_a_purged_job_is_what_it_wrote_itself_or_lost(self, submit, slurm):
        done, held = submit("exit 4", "done"), submit("true", "held", hold=True, patience=1.0)
        while not (done.workspace / ".rompy/result.json").exists():
            time.sleep(0.1)
        slurm.stop_controller()
        slurm.start_controller("-c")
        assert done.status().exit_code == 4
        assert held.status().state is JobState.pending  # the result may still be on its way
        lost = held.wait(60)
        assert lost.state is JobState.lost
        assert not lost
        assert held.status().reason == lost.reason
