"""Clusters that rompy starts itself: kept by a process of its own, shared by all runs that name the same."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from rompy.backends import load_backend_config
from rompy.backends.dask import DaskConfig
from rompy.errors import SubmitError
from rompy.jobs import JobState, supervise
from rompy.run import submit_many
from rompy.run.distributed.place import cluster_folder
from rompy.run.job import Job

LOCAL = {"cluster": "LocalCluster", "workers": 2, "linger": 300.0}


def keeper_of(config):
    return json.loads((cluster_folder(config) / "scheduler.json").read_text())


CLIENT = """
import sys
from pathlib import Path
from rompy.backends import load_backend_config
from rompy.model import ModelRun
from rompy.run import submit_many

runs = [ModelRun(run_id=f"m{n}", output_dir=sys.argv[2]) for n in range(4)]
submit_many(runs, load_backend_config(Path(sys.argv[1])))
"""


def test_a_local_cluster_outlives_its_client_and_a_killed_one_leaves_no_orphan(
    own_state, new_run, backend, tmp_path, wait_for
):
    config = DaskConfig(command="date +%s.%N > begin; sleep 0.5; date +%s.%N > end", **LOCAL)
    settings = tmp_path / "dask.yml"
    settings.write_text(json.dumps({"type": "dask", **config.model_dump(mode="json", exclude_unset=True)}))
    assert load_backend_config(settings) == config
    subprocess.run([sys.executable, "-c", CLIENT, str(settings), str(tmp_path / "runs")], check=True)

    facts = keeper_of(config)
    address = facts["address"]
    assert address["url"].startswith("tls://127.0.0.1:"), "others on this machine could use it"
    assert (os.stat(address["key_file"]).st_mode & 0o077) == 0
    jobs = [Job.open(tmp_path / "runs" / f"m{n}") for n in range(4)]
    assert all(job.wait(120).state is JobState.succeeded for job in jobs)
    times = [[float((job.workspace / name).read_text()) for name in ("begin", "end")] for job in jobs]
    for begin, _ in times:
        assert sum(b <= begin < e for b, e in times) <= 2, "more at once than there are workers"

    # The next runs share it, until somebody kills its keeper.
    hangs = config.model_copy(update={"command": "echo $$ > pids; touch started; sleep 987"})
    runs = [new_run(f"hanging-{number}") for number in range(3)]
    jobs = submit_many([(run, run.staging_dir) for run in runs], hangs)
    assert keeper_of(config) == facts
    wait_for(lambda: sum(run.has("started") for run in runs) == 2)
    os.kill(facts["pid"], signal.SIGKILL)
    wait_for(lambda: not any(run.alive() for run in runs))
    assert all(job.wait(120).state is JobState.lost for job in jobs)
    assert sum(run.has("started") for run in runs) == 2


def test_a_cluster_that_does_not_start_says_why(own_state, new_run, backend):
    run = new_run()
    with pytest.raises(SubmitError, match="cores"):
        backend.submit(run, DaskConfig(command="true", cluster="SLURMCluster"), run.staging_dir)
    assert not run.workspace.job_json.exists()


@pytest.fixture
def slurm(monkeypatch, tmp_path, free_port):
    """A real Slurm, see its own tests."""
    import importlib.util
    import shutil
    import tempfile
    from pathlib import Path

    path = Path(__file__).parents[1] / "slurm" / "service.py"
    spec = importlib.util.spec_from_file_location("slurm_service", path)
    service = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(service)
    if service.missing():
        why = f"THE CLUSTER ON SLURM IS NOT TESTED: {service.missing()}"
        pytest.fail(why) if os.environ.get("CI") == "true" else pytest.skip(why)
    folder = Path(tempfile.mkdtemp(prefix="rompy-slurm-"))
    folder.chmod(0o755)
    running = service.Slurm(folder, ports=(free_port(), free_port()))
    monkeypatch.setenv("SLURM_CONF", str(running.conf))
    try:
        yield running.start()
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_cluster_in_a_queue_of_slurm(own_state, slurm, new_run, tmp_path, wait_for):
    """Workers are jobs of Slurm, asked for when there are runs and given back afterwards."""
    config = DaskConfig(
        command='test -n "$SLURM_JOB_ID" && sleep 0.5',
        cluster="SLURMCluster",
        cluster_kwargs={
            "cores": 1,
            "processes": 1,
            "memory": "400MB",
            "walltime": "00:05:00",
            "interface": "lo",
            "log_directory": str(tmp_path),
            "local_directory": str(tmp_path),
            "scheduler_options": {"dashboard_address": None},
            "worker_extra_args": ["--memory-limit", "0", "--no-dashboard"],
        },
        workers=2,
        linger=2,
    )
    runs = [new_run(f"m{number}") for number in range(4)]
    jobs = submit_many([(run, run.staging_dir) for run in runs], config)
    keeper = keeper_of(config)
    deadline = time.monotonic() + 180
    results = [job.wait(max(1.0, deadline - time.monotonic())) for job in jobs]
    assert all(result.state is JobState.succeeded for result in results), [str(r) for r in results]
    # With nothing to do any more, the cluster ends.
    wait_for(lambda: slurm.call("squeue", "-h", "-t", "R,PD") == "", 180)
    wait_for(lambda: supervise.start_mark(keeper["pid"]) != keeper["pid_start"], 180)
    assert not (cluster_folder(config) / "scheduler.json").exists()
