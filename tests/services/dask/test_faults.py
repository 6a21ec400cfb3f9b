"""What becomes of runs when parts of a cluster, or the client, die."""

import os
import signal
import subprocess
import sys
import textwrap

from rompy.jobs import JobState
from rompy.jobs.store import JobStore
from rompy.run.job import Job

HANG = "sleep 987 & echo $! > pids; echo $$ >> pids; echo x >> starts; touch started; sleep 987"
"""A model with a child, which notes how often it was started."""
AT_GO = "until [ -e go ]; do sleep 0.05; done"


def status_from_elsewhere(run):
    """As a new process tells it."""
    script = "import sys; from rompy.run.job import Job; s = Job.open(sys.argv[1]).status(); print(s.state, s.reason)"
    done = subprocess.run(
        [sys.executable, "-c", script, str(run.staging_dir)], capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_killed_worker_takes_its_model_along_and_nothing_runs_twice(new_cluster, submit, wait_for):
    cluster = new_cluster(workers=1)
    run, job = submit(cluster, HANG)
    wait_for(lambda: run.has("started"))
    cluster.workers[0].kill()
    cluster.workers[0].wait()
    wait_for(lambda: not run.alive())
    assert job.wait(60).state is JobState.lost
    # Dask gives the task to the next worker: it finds that the attempt has been begun.
    cluster.add_worker()
    log = run.workspace.hidden / "task-1.log"
    wait_for(lambda: "begun before" in log.read_text())
    assert (run.staging_dir / "starts").read_text() == "x\n"
    told = status_from_elsewhere(run)
    assert told.startswith("lost the Dask worker that ran it")
    assert "ended with it" in told

    _, second = submit(cluster, "true", run_id="next")
    assert second.wait(60).state is JobState.succeeded, "the worker is not free"


def test_a_killed_scheduler_loses_what_waits_and_leaves_no_orphan(new_cluster, submit, wait_for, free_port):
    port = free_port()
    cluster = new_cluster(workers=1, port=port)
    run, job = submit(cluster, HANG, run_id="running")
    wait_for(lambda: run.has("started"))
    other, waiting = submit(cluster, "touch started", run_id="waiting", connect_timeout=2)
    third, replaced = submit(cluster, "touch started", run_id="replaced")
    assert waiting.status().state is JobState.pending
    cluster.scheduler.send_signal(signal.SIGSTOP)
    silent = waiting.status()
    assert silent.state is JobState.pending
    assert "does not answer" in silent.notes[0]
    cluster.scheduler.kill()
    cluster.scheduler.wait()
    # A worker gives up only after a while, and so long the model runs on.
    assert status_from_elsewhere(run).startswith(("running", "lost"))
    result = waiting.wait(60)
    assert result.state is JobState.lost
    assert "scheduler has gone" in result.reason
    cluster.workers[0].kill()
    cluster.workers.pop().wait()
    wait_for(lambda: not run.alive())
    assert job.wait(60).state is JobState.lost

    cluster.file.unlink()
    cluster.start(1, port=port)
    result = replaced.wait(60)
    assert result.state is JobState.lost
    assert "another scheduler" in result.reason
    assert not other.has("started")
    assert not third.has("started")
    rows = {row.run_id: row.state for row in JobStore().fresh_rows()}
    assert rows == {"running": "lost", "waiting": "lost", "replaced": "lost"}


CLIENT = """
import sys
from pathlib import Path
from rompy.backends import load_backend_config
from rompy.model import ModelRun

settings, folder, then = sys.argv[1:]
run = ModelRun(run_id="run", output_dir=folder)
config = load_backend_config(Path(settings))
if then == "wait":
    run.run(config)
else:
    import os, signal
    import rompy.run.handover as handover
    kept = handover.Handover.handed_over
    def die(*args, **values):
        os.kill(os.getpid(), signal.SIGKILL)
    handover.Handover.handed_over = die  # it has been given away, and nobody knows
    run.run(config)
"""


def client_of(cluster, folder, command, then):
    from rompy.core import atomic

    folder.mkdir()
    atomic.write_json(
        folder / "settings.json", {"type": "dask", "command": command, "patience": 1, **cluster.settings}
    )
    words = [sys.executable, "-c", textwrap.dedent(CLIENT), str(folder / "settings.json"), str(folder), then]
    return subprocess.Popen(words)


def test_a_job_goes_on_when_its_client_is_killed(shared_cluster, tmp_path, wait_for):
    folder = tmp_path / "runs"
    client = client_of(shared_cluster, folder, f"touch started; {AT_GO}; touch ended", "wait")
    wait_for(lambda: (folder / "run" / "started").exists())
    client.kill()
    client.wait()
    job = Job.open(folder / "run")
    assert job.status().state is JobState.running
    (folder / "run" / "go").touch()
    assert job.wait(60).state is JobState.succeeded
    assert (folder / "run" / "ended").exists()


def test_a_job_is_found_again_when_its_client_is_killed_while_it_hands_it_over(
    shared_cluster, tmp_path, wait_for
):
    folder = tmp_path / "runs"
    client = client_of(shared_cluster, folder, "echo x >> starts; sleep 1", "die")
    assert client.wait(60) == -signal.SIGKILL
    job = Job.open(folder / "run")
    assert job.native_id is None
    assert job.wait(60).state is JobState.succeeded
    assert (folder / "run" / "starts").read_text() == "x\n"


def test_a_model_that_ignores_the_request_to_end_is_killed(shared_cluster, submit, wait_for):
    stubborn = "trap '' TERM INT; echo $$ > pids; touch started; while :; do sleep 0.1; done"
    run, job = submit(shared_cluster, stubborn, grace=0.5)
    wait_for(lambda: run.has("started"))
    job.cancel()
    assert job.wait(60).state is JobState.cancelled
    assert not run.alive()


def test_the_worker_is_free_at_once_after_a_cancel_and_after_a_timeout(shared_cluster, submit, wait_for):
    only_there = {"resources": {"lonely": 1}}
    first, cancelled = submit(shared_cluster, HANG, run_id="cancelled", **only_there)
    wait_for(lambda: first.has("started"))
    _, timed_out = submit(shared_cluster, HANG, run_id="timeout", timeout=1, **only_there)
    never, waiting = submit(shared_cluster, "touch started", run_id="never", **only_there)
    _, done = submit(shared_cluster, "true", run_id="last", **only_there)
    waiting.cancel()
    result = waiting.wait(60)
    assert result.state is JobState.cancelled, "a run that waits can be cancelled while another one runs"
    assert result.started is None
    cancelled.cancel()
    assert cancelled.wait(60).state is JobState.cancelled
    assert timed_out.wait(60).state is JobState.timeout
    assert done.wait(60).state is JobState.succeeded
    assert not never.has("started")
    assert not first.alive()


def test_a_killed_supervisor_leaves_a_lost_run_and_a_free_worker(shared_cluster, submit, wait_for):
    import json

    run, job = submit(shared_cluster, HANG)
    heartbeat = run.workspace.hidden / "heartbeat.json"
    wait_for(lambda: run.has("started") and heartbeat.exists())
    os.kill(json.loads(heartbeat.read_text())["pid"], signal.SIGKILL)
    result = job.wait(60)
    assert result.state is JobState.lost
    assert "supervisor was killed" in result.reason
    assert not run.alive()
