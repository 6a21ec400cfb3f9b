"""Real Dask clusters for the tests of this folder, and runs to give them."""

import importlib.util
import os
import signal
from pathlib import Path

import psutil
import pytest

from rompy.backends.dask import DaskConfig
from rompy.core.launch import Launch
from rompy.run.dask import DaskRunBackend


def _service():
    spec = importlib.util.spec_from_file_location("dask_service", Path(__file__).with_name("service.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def shared_cluster(tmp_path_factory):
    """Two workers, one of which has something of its own to offer; over TLS with an authority of their own."""
    if os.environ.get("CI") != "true":
        pytest.importorskip("distributed")
    cluster = _service().Dask(tmp_path_factory.mktemp("dask"), tls=True)
    try:
        cluster.start(1, "--resources", "lonely=1").add_worker()
        yield cluster
    finally:
        cluster.stop()


@pytest.fixture
def new_cluster(tmp_path):
    """Starts a cluster that a test may break."""
    started = []

    def new_cluster(workers=1, *options, port=0, **settings):
        started.append(_service().Dask(tmp_path / f"dask-{len(started)}", **settings))
        return started[-1].start(workers, *options, port=port)

    yield new_cluster
    for cluster in started:
        cluster.stop()


@pytest.fixture
def own_state(tmp_path, monkeypatch):
    """Where clusters of rompy's own are noted; what is still kept at the end is ended."""
    monkeypatch.setenv("ROMPY_STATE_DIR", str(tmp_path / "state"))
    yield tmp_path / "state"
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        if "rompy.run.distributed.keeper" in words and words[-1].startswith(str(tmp_path)):
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            except psutil.TimeoutExpired:
                process.kill()


@pytest.fixture
def new_run(stand_in_run, tmp_path):
    """A run in a folder with awkward characters in its path."""

    def new_run(run_id="tide", *argv, **launch):
        folder = tmp_path / "wörk 'space\" $HOME `x`" / run_id
        return stand_in_run(folder, run_id, Launch(argv, **launch) if argv else None)

    return new_run


@pytest.fixture
def backend():
    return DaskRunBackend()


@pytest.fixture
def submit(backend, new_run):
    """Gives a shell command to a cluster, as a run of its own."""
    jobs = []

    def submit(cluster, command, run_id="tide", **settings):
        run = new_run(run_id)
        settings = {"patience": 1.0, "grace": 1.0, **cluster.settings, **settings}
        jobs.append(backend.submit(run, DaskConfig(command=command, **settings), run.staging_dir))
        return run, jobs[-1]

    yield submit
    for job in jobs:
        backend.cancel(job)
