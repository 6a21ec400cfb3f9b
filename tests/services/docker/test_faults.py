"""What goes wrong around a container, and what is told of it then: never a false success, and no container left."""

import os
import signal
import subprocess
import sys
import threading
import time

import psutil
import pytest

from rompy.errors import SubmitError
from rompy.jobs import JobState, RunInterrupted, request_cancel
from rompy.jobs.supervise import SAME_REQUEST
from rompy.run.docker import DockerRunBackend
from rompy.run.job import Job

BACKEND = DockerRunBackend()
STUBBORN = "trap '' TERM; touch started; while true; do sleep 0.1; done"
CLIENT = """
import sys
from pathlib import Path
from rompy.backends import DockerConfig
from rompy.run.docker import DockerRunBackend

class Run:
    run_id, config, staging_dir = "r", None, Path(sys.argv[1])

config = DockerConfig(image="localhost/rompy-python", network="none", supervisor=sys.argv[2], executable="sh model.sh",
    timeout=int(sys.argv[3]), grace=1)
print("begun", flush=True)
print(DockerRunBackend().run(Run(), config, Run.staging_dir))
"""
ASK = """
import sys, time
from rompy.run.docker import DockerRunBackend
from rompy.run.job import Job

job, deadline = Job.open(sys.argv[1]), time.monotonic() + float(sys.argv[2])
while True:
    result = DockerRunBackend().poll(job)
    if result.state.is_final or time.monotonic() > deadline:
        break
    time.sleep(0.1)
print(result.state, result.exit_code)
print(result.reason)
"""


def containers(client):
    return client.containers.list(all=True, ignore_removed=True)


def running(engine):
    """How many containers the engine has on record as running."""
    records = (engine.folder / "data/containers").glob("*/config.v2.json")
    return sum('"Running":true' in record.read_text() for record in records)


def ask(run, seconds=0.0):
    """State, exit code and reason, asked by a new process."""
    command = [sys.executable, "-c", ASK, str(run.staging_dir), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    first, _, reason = done.stdout.partition("\n")
    return (*first.split(), reason.strip())


def start_client(run, side, timeout=60):
    command = [sys.executable, "-c", CLIENT, str(run.staging_dir), side, str(timeout)]
    client = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert client.stdout.readline() == "begun\n"
    return client


def kill(client):
    client.kill()
    client.wait()
    client.stdout.close()


def test_a_killed_client_loses_nothing(new_run, client, side, wait_for):
    run = new_run()
    run.write("touch started; while [ ! -e go ]; do sleep 0.05; done; echo done > out; exit 7", "model.sh")
    process = start_client(run, side)
    wait_for(lambda: (run.staging_dir / "started").exists())
    kill(process)
    assert ask(run)[0] == "running"
    (run.staging_dir / "go").touch()
    assert ask(run, 60)[:2] == ("failed", "7")
    assert run.read("out") == "done\n"
    assert containers(client) == []


@pytest.mark.parametrize("phase", ["submit", "run", "post-run"])
def test_a_client_killed_at_ten_instants(killed_clients, told, client, tmp_path, phase):
    """With the supervisor beside the container in some of them: see the script for how the instants are drawn."""
    top, seen = tmp_path / "größe 'x\"\n$HOME", set()
    model = "echo x >> ran; sleep 0.5; echo y > out" if phase == "run" else "echo x >> ran; echo y > out"
    for side, count in (
        (("inside", 5), ("outside", 5)) if phase == "submit" else (("inside", 8), ("outside", 2))
    ):
        for name in ("first", "undisturbed", *range(count)):
            folder = top / side / str(name)
            folder.mkdir(parents=True)
            (folder / "model.sh").write_text(model)
        settings = {"type": "docker", "image": "localhost/rompy-python", "network": "none", "grace": 1}
        settings |= {"executable": "sh model.sh", "supervisor": side}
        killed_clients(phase, top / side, settings, count=count)
        rows = told(top / side)
        for place in [top / side / str(number) for number in range(count)]:
            ran = (place / "ran").read_text() if (place / "ran").exists() else ""
            state = rows[place.name]["state"] if place.name in rows else None
            seen.add(state)
            if state == "succeeded":
                assert (ran, (place / "out").read_text()) == ("x\n", "y\n")
            else:
                assert (phase, ran) == ("submit", ""), rows[place.name]
                assert state in (None, "lost"), rows[place.name]
        assert phase == "run" or rows["undisturbed"]["state"] == "succeeded"
    assert phase == "submit" or "succeeded" in seen
    assert phase != "submit" or len(seen) > 1
    assert containers(client) == []


def test_a_time_limit_outlives_its_client(new_run, client, side, wait_for):
    run = new_run()
    run.write(STUBBORN, "model.sh")
    process = start_client(run, side, timeout=3)
    wait_for(lambda: (run.staging_dir / "started").exists())
    kill(process)
    state, _, reason = ask(run, 60)
    assert state == "timeout", reason
    assert containers(client) == []


def test_the_time_limit(new_run, new_config, client, side):
    began = time.monotonic()
    result = BACKEND.run(new_run(), new_config(STUBBORN, timeout=1, grace=0.5, supervisor=side))
    assert result.state is JobState.timeout, str(result)
    assert time.monotonic() - began < 60
    assert containers(client) == []


@pytest.mark.parametrize("how", ["cancel", "CANCEL"])
def test_cancelling_a_model_that_ignores_it(new_run, new_config, client, side, wait_for, how):
    run = new_run()
    job = BACKEND.submit(run, new_config(STUBBORN, grace=0.5, supervisor=side))
    wait_for(lambda: (run.staging_dir / "started").exists())
    assert BACKEND.poll(job).state is JobState.running
    BACKEND.cancel(job) if how == "cancel" else request_cancel(run.staging_dir)
    result = job.wait(60)
    assert result.state is JobState.cancelled
    assert containers(client) == []


def test_ctrl_c_takes_the_container_along(new_run, new_config, client, side, wait_for):
    run = new_run()
    script = "trap 'touch told' TERM; touch started; while true; do sleep 0.1; done"

    def interrupt():
        wait_for(lambda: (run.staging_dir / "started").exists())
        os.kill(os.getpid(), signal.SIGINT)
        wait_for(lambda: (run.staging_dir / "told").exists())
        time.sleep(SAME_REQUEST + 0.1)  # what comes sooner is the same request
        os.kill(os.getpid(), signal.SIGINT)  # ends the time of grace

    thread = threading.Thread(target=interrupt)
    thread.start()
    with pytest.raises(RunInterrupted) as caught:
        BACKEND.run(run, new_config(script, grace=600, supervisor=side))
    thread.join()
    assert caught.value.result.state is JobState.cancelled
    assert containers(client) == []


HUNGRY = "tail /dev/zero"


def test_too_little_memory_is_told(new_run, new_config, client, side):
    result = BACKEND.run(new_run(), new_config(HUNGRY, memory="48m", supervisor=side))
    assert result.state is JobState.failed
    assert "out of memory" in result.reason, str(result)
    assert containers(client) == []


def test_too_little_memory_for_the_supervisor_too(new_run, new_config, client):
    """The kernel may choose the supervisor: whatever it kills, it is no success, and memory is the reason."""
    result = BACKEND.run(new_run(), new_config(HUNGRY, memory="8m", supervisor="inside"))
    assert result.state in (JobState.failed, JobState.lost)
    assert "memory" in str(result) or "killed" in str(result)
    assert containers(client) == []


def test_a_container_removed_by_somebody_is_lost(new_run, new_config, client, side, wait_for):
    run = new_run()
    job = BACKEND.submit(run, new_config(STUBBORN, supervisor=side))
    wait_for(lambda: (run.staging_dir / "started").exists())
    containers(client)[0].remove(force=True)
    result = job.wait(60)
    assert result.state in (JobState.lost, JobState.cancelled), str(result)
    assert result.exit_code in (None, 1, 137)


def test_a_container_stopped_by_somebody_did_not_succeed(new_run, new_config, client, side, wait_for):
    run = new_run()
    script = "trap 'exit 0' TERM; touch started; while true; do sleep 0.05; done"
    job = BACKEND.submit(run, new_config(script, supervisor=side))
    wait_for(lambda: (run.staging_dir / "started").exists())
    containers(client)[0].stop(timeout=5)
    result = job.wait(60)
    assert result.state is JobState.cancelled, str(result)


def test_the_process_beside_the_container_is_killed(new_run, new_config, client, wait_for):
    """Nobody watches the container then: it is ended on request, and never taken for a success."""
    run = new_run()
    job = BACKEND.submit(run, new_config(STUBBORN, supervisor="outside"))
    wait_for(lambda: (run.staging_dir / "started").exists())
    place = str(run.staging_dir)
    found = [process.info for process in psutil.process_iter(["pid", "cmdline"])]
    ours = [info["pid"] for info in found if info["cmdline"] and place in info["cmdline"]]
    assert len(ours) == 3
    for pid in ours:
        os.kill(pid, signal.SIGKILL)
    wait_for(lambda: BACKEND.poll(job).native_state == "running")
    BACKEND.cancel(job)
    result = job.wait(60)
    assert result.state is JobState.cancelled, str(result)
    assert containers(client) == []


def test_a_supervisor_killed_inside_is_lost(new_run, new_config, client, wait_for):
    run = new_run()
    job = BACKEND.submit(run, new_config(STUBBORN, supervisor="inside"))
    wait_for(lambda: (run.staging_dir / "started").exists())
    containers(client)[0].kill()
    result = job.wait(60)
    assert result.state is JobState.lost
    assert "137" in result.reason
    assert containers(client) == []


def test_the_workspace_deleted_under_the_job(
    new_run, new_config, client, side, wait_for, delete_under_its_job
):
    run = new_run()
    BACKEND.submit(run, new_config(STUBBORN, grace=0.5, supervisor=side))
    wait_for(lambda: (run.staging_dir / "started").exists())
    delete_under_its_job(run.staging_dir)
    wait_for(lambda: not [found for found in containers(client) if found.status == "running"])


# --- the engine itself -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGKILL], ids=["in order", "killed"])
def test_an_engine_that_restarts_ends_its_containers(new_run, new_config, own_engine, side, wait_for, how):
    engine = own_engine("--shutdown-timeout=2")
    runs = [new_run(name=name) for name in ("obeys", "ignores")]
    scripts = ["trap 'exit 0' TERM; touch started; while true; do sleep 0.05; done", STUBBORN]
    jobs = [
        BACKEND.submit(run, new_config(script, supervisor=side, engine=engine.address, grace=1))
        for run, script in zip(runs, scripts, strict=True)
    ]
    for run in runs:
        wait_for(lambda run=run: (run.staging_dir / "started").exists())
    wait_for(lambda: running(engine) == 2)  # one that is killed while it starts a container forgets that one
    engine.end(how)
    assert {job.status().state for job in jobs} <= {JobState.running, JobState.cancelled, JobState.lost}
    engine.start()
    for job in jobs:
        result = job.wait(60)
        assert result.state in (JobState.cancelled, JobState.lost), str(result)
        assert result.exit_code != 0 or result.state is JobState.cancelled
    import docker

    client = docker.DockerClient(engine.address)
    assert containers(client) == []
    client.close()
    engine.close()


def test_an_engine_that_leaves_containers_alone(new_run, new_config, own_engine, side, wait_for):
    """With live-restore, a restart of the engine is not noticed by the model."""
    engine = own_engine("--live-restore")
    run = new_run()
    script = "touch started; while [ ! -e go ]; do sleep 0.05; done; exit 5"
    job = BACKEND.submit(run, new_config(script, supervisor=side, engine=engine.address))
    wait_for(lambda: (run.staging_dir / "started").exists())
    wait_for(
        lambda: running(engine) == 1
    )  # one that is told to end while it starts a container ends that one
    engine.end()
    status = job.status()
    assert status.state is JobState.running, str(status)
    engine.start()
    status = job.status()
    assert status.state is JobState.running, str(status)
    time.sleep(1)
    (run.staging_dir / "go").touch()
    result = job.wait(60)
    assert (result.state, result.exit_code) == (JobState.failed, 5), str(result)
    engine.close()


def test_no_engine(new_run, new_config, monkeypatch, tmp_path):
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    run = new_run()
    with pytest.raises(
        SubmitError, match=r"no engine listens at unix://.*none.sock\n.*Install Docker or Podman"
    ):
        BACKEND.run(run, new_config("true"))
    assert not run.workspace.job_json.exists()


def test_an_engine_that_may_not_be_used(engine, tmp_path):
    code = """
import os, sys
import docker, docker.types, docker.errors, requests.exceptions
from rompy.errors import SubmitError
from rompy.run.containers.engine import engine
os.setgroups([]); os.setgid(7654); os.setuid(7654)
try:
    with engine(sys.argv[1]): pass
except SubmitError as error:
    print(error)
"""
    engine.folder.chmod(0o711)
    (engine.folder / "s").chmod(0o600)
    command = [sys.executable, "-W", "ignore", "-c", code, engine.address]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "permission denied" in told
    assert "group that owns the socket" in told


def test_an_image_that_is_not_there(new_run, new_config, client):
    run = new_run()
    with pytest.raises(SubmitError, match=r"rompy-nowhere/model:1 is not here and could not be pulled"):
        BACKEND.run(run, new_config("true", image="localhost:9/rompy-nowhere/model:1"))
    with pytest.raises(SubmitError, match="has no image rompy-nowhere"):
        BACKEND.run(run, new_config("true", image="rompy-nowhere", pull="never"))
    assert not run.workspace.job_json.exists()


def test_a_network_that_is_not_there(new_run, new_config, client):
    run = new_run()
    with pytest.raises(SubmitError, match="no-such-network"):
        BACKEND.run(run, new_config("true", network="no-such-network"))
    assert Job.open(run.staging_dir).status().state is JobState.failed
    assert containers(client) == []
    assert BACKEND.run(run, new_config("true")).attempt == 2
