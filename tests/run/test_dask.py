"""What running on Dask makes of settings, and how it refuses. Real clusters are in tests/services/dask."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from rompy.backends.dask import DaskConfig
from rompy.core.launch import Launch
from rompy.errors import ConfigError, PluginError, SubmitError
from rompy.jobs import JobState, supervise
from rompy.jobs.prepare import Order, prepare
from rompy.run.dask import DaskRunBackend
from rompy.run.distributed import task
from rompy.run.distributed.kinds import arguments_for, kind_of
from rompy.run.distributed.place import cluster_folder, place_of
from rompy.run.job import Job

BACKEND = DaskRunBackend()


@pytest.fixture
def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        yield probe.getsockname()[1]  # bound, but nobody listens


def test_the_plan_shows_what_a_worker_would_run_and_does_nothing(new_run):
    run = new_run("python", "model.py", env={"MY_TOKEN": "hush"})
    before = sorted(run.staging_dir.rglob("*"))
    plan = BACKEND.plan(run, DaskConfig(scheduler="tcp://far:1", python="/opt/python"), run.staging_dir)
    assert plan.model == "/opt/python model.py"
    assert "hush" not in str(plan)
    script = plan.files[".rompy/task.sh"]
    assert "python=/opt/python" in script
    assert '--worker "$PPID"' in script
    assert "tcp://far:1" in plan.notes[0]
    assert sorted(run.staging_dir.rglob("*")) == before


def test_several_ranks_get_their_launcher(new_run):
    run = new_run("./model", ranks=3)
    plan = BACKEND.plan(run, DaskConfig(cluster="LocalCluster", mpiexec="mpirun --oversubscribe"))
    assert plan.model == "mpirun --oversubscribe -n 3 ./model"


def test_nothing_to_execute_is_refused(new_run):
    run = new_run()
    with pytest.raises(SubmitError, match="command"):
        BACKEND.submit(run, DaskConfig(cluster="LocalCluster"), run.staging_dir)
    with pytest.raises(SubmitError, match="settings"):
        BACKEND.submit(run, None, run.staging_dir)


def test_a_scheduler_that_is_not_there_is_told_at_once_and_nothing_is_written(new_run, closed_port):
    run = new_run("true")
    config = DaskConfig(scheduler=f"tcp://127.0.0.1:{closed_port}")
    with pytest.raises(SubmitError, match="nothing listens") as caught:
        BACKEND.submit(run, config, run.staging_dir)
    assert "dask scheduler" in str(caught.value)
    assert not run.workspace.job_json.exists()


def test_an_answer_in_another_tongue_is_no_scheduler(new_run):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        run = new_run("true")
        address = f"tcp://127.0.0.1:{mute.getsockname()[1]}"
        config = DaskConfig(scheduler=address, connect_timeout=0.5)
        with pytest.raises(SubmitError, match="cannot be reached"):
            BACKEND.submit(run, config, run.staging_dir)


def test_a_job_whose_scheduler_listens_on_another_machine_only_is_no_news(new_run):
    run = new_run("true")
    facts = {
        "task": "rompy-tide-1",
        "scheduler": {"url": "tcp://127.0.0.1:1", "host": "another-machine"},
        "scheduler_id": "x",
    }
    prepare(run.workspace, Order("tide", "dask", Launch(("true",)), patience_s=0), facts=facts)
    result = Job.open(run.staging_dir).status()
    assert result.state is JobState.pending
    assert "another-machine" in result.notes[0]


def test_the_file_of_a_scheduler_tells_its_address(tmp_path):
    path = tmp_path / "scheduler.json"
    config = DaskConfig(scheduler_file=path)
    with pytest.raises(ConfigError, match="does not tell"), place_of(config):
        pass
    path.write_text(json.dumps({"address": "tcp://10.0.0.1:8786"}))
    with place_of(config) as address:
        assert (address.url, address.host) == ("tcp://10.0.0.1:8786", None)
    path.write_text(json.dumps({"address": "tcp://127.0.0.1:8786"}))
    with place_of(config) as address:
        assert address.host == socket.gethostname()


def test_looking_for_a_cluster_leaves_ctrl_c_as_it_was():
    """dask-jobqueue takes it over when it is imported."""
    code = (
        "import signal; from rompy.run.distributed.kinds import kind_of;"
        "before = signal.getsignal(signal.SIGINT); kind_of('SLURMCluster');"
        "print(signal.getsignal(signal.SIGINT) is before)"
    )
    done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "True\n"


def test_clusters_are_found_by_name_and_by_path():
    from distributed import LocalCluster

    assert kind_of("LocalCluster") is LocalCluster
    assert kind_of("distributed.deploy.local.LocalCluster") is LocalCluster
    assert kind_of("SLURMCluster").__module__ == "dask_jobqueue.slurm"
    for name in ("NoCluster", "os.system", "distributed.Client", "distributed.NoCluster"):
        with pytest.raises(SubmitError, match=r"cluster|cannot be had"):
            kind_of(name)
    with pytest.raises(PluginError, match="pip install"):
        kind_of("no_such_package_9f2c.Cluster")


def test_a_worker_takes_one_model_at_a_time():
    fitting = arguments_for("LocalCluster", {}, 2)
    assert (fitting["n_workers"], fitting["threads_per_worker"], fitting["memory_limit"]) == (2, 1, 0)
    assert arguments_for("LocalCluster", {"threads_per_worker": 4}, None)["threads_per_worker"] == 4
    assert arguments_for("SLURMCluster", {"cores": 1}, None) == {"n_workers": 1, "cores": 1}
    assert arguments_for("SLURMCluster", {"cores": 1}, 3)["n_workers"] == 3


def test_the_same_settings_share_a_cluster():
    config = DaskConfig(cluster="LocalCluster", workers=2)
    same = DaskConfig(cluster="LocalCluster", workers=2, command="other", timeout=61, env_vars={"A": "1"})
    assert cluster_folder(config) == cluster_folder(same)
    assert cluster_folder(config) != cluster_folder(DaskConfig(cluster="LocalCluster", workers=3))


@pytest.fixture
def started(new_run):
    """Starts the task of a run as a worker would, from this process; its exit status."""
    run = new_run("sh", "-c", "echo $GIVEN >> out")
    prepare(run.workspace, Order("tide", "dask", run.config.launch()))
    program = run.workspace.hidden / "dask_task.py"
    program.write_bytes(Path(task.__file__).read_bytes())

    def start(worker, attempt=1):
        words = [sys.executable, "-I", "-S", str(program), "--worker", str(worker), "--attempt", str(attempt)]
        done = subprocess.run(
            words, input=b'{"GIVEN": "hush"}', capture_output=True, check=False, timeout=120
        )
        return done.returncode, done.stderr.decode()

    return run, start


def test_an_attempt_is_run_once(started):
    run, start = started
    assert start(os.getpid()) == (0, "")
    status, said = start(os.getpid())
    assert status == supervise.EXIT_IN_USE
    assert "begun before" in said
    assert (run.staging_dir / "out").read_text() == "hush\n"


def test_a_task_whose_worker_has_died_meanwhile_starts_nothing(started):
    run, start = started
    status, said = start(1)
    assert status == task.EXIT_ORPHAN
    assert "worker died" in said
    assert not (run.staging_dir / "out").exists()
    assert start(os.getpid())[0] == 0


def test_an_attempt_that_was_given_up_is_not_run(started):
    run, start = started
    prepare(run.workspace, Order("tide", "dask", run.config.launch()))
    assert start(os.getpid(), attempt=1)[0] == supervise.EXIT_IN_USE
    assert start(os.getpid(), attempt=2)[0] == 0
