"""A real Slurm for the tests of this folder, and runs to submit to it."""

import importlib.util
import os
import shutil
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from rompy.backends import SlurmConfig
from rompy.core.launch import Launch
from rompy.core.workspace import Workspace
from rompy.jobs.heartbeat import read_heartbeat
from rompy.run.slurm import SlurmRunBackend


def _service():
    spec = importlib.util.spec_from_file_location("slurm_service", Path(__file__).with_name("service.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def slurm(free_port):
    with _running(free_port) as running:
        former = os.environ.get("SLURM_CONF")
        os.environ["SLURM_CONF"] = str(running.conf)
        yield running
        if former is None:
            del os.environ["SLURM_CONF"]
        else:
            os.environ["SLURM_CONF"] = former


@pytest.fixture(scope="session")
def other_slurm(slurm, free_port):
    """A second one, which ends jobs that take more memory than they asked for where this machine can do so."""
    with _running(free_port, enforces_memory=not _service().cannot_enforce_memory()) as running:
        yield running


@pytest.fixture(scope="session")
def overdue(other_slurm, tmp_path_factory):
    """A job whose time is over for Slurm, which looks at that twice a minute: begun early and looked at late."""

    class Run:
        run_id, config = "overdue", None

    folder = tmp_path_factory.mktemp("overdue")
    settings = SlurmConfig(command="echo begun; sleep 300", directives={"time": 1}, grace=1.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SLURM_CONF", str(other_slurm.conf))
        job = SlurmRunBackend().submit(Run(), settings, folder)
        for _ in range(600):
            if read_heartbeat(job.place):
                break
            time.sleep(0.1)
    other_slurm.call("scontrol", "update", f"jobid={job.native_id}", "EndTime=now")
    return job


@contextmanager
def _running(free_port, **options):
    service = _service()
    why = service.missing()
    if why and os.environ.get("CI") == "true":
        pytest.fail(f"Slurm cannot be started: {why}")
    if why:
        pytest.skip(f"Slurm cannot be started: {why}")
    # Not pytest's own folder, which other users (munge is one) must not enter.
    folder = Path(tempfile.mkdtemp(prefix="rompy-slurm-"))
    folder.chmod(0o755)
    running = service.Slurm(folder, ports=(free_port(), free_port()), **options)
    try:
        yield running.start()
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def backend(slurm):
    return SlurmRunBackend()


@pytest.fixture
def new_run(slurm, stand_in_run, tmp_path):
    def new_run(run_id="tide", *argv, folder=None, **launch):
        return stand_in_run(folder or tmp_path / run_id, run_id, Launch(argv, **launch) if argv else None)

    return new_run


@pytest.fixture
def submit(backend, new_run):
    """Submits a shell command as a run of its own."""
    jobs = []

    def submit(command, run_id="tide", **settings):
        run = new_run(run_id)
        settings = {"patience": 2.0, "grace": 1.0, **settings}
        jobs.append(backend.submit(run, SlurmConfig(command=command, **settings), run.staging_dir))
        return jobs[-1]

    yield submit
    for job in jobs:
        if Workspace(job.workspace).job_json.exists() and not job.status().state.is_final:
            backend.hurry(job)


@pytest.fixture
def wait_for(wait_for):
    """Looks less often: to ask Slurm takes its time."""
    return lambda condition, seconds=60.0: wait_for(condition, seconds, 0.1)
