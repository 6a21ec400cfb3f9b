"""A real engine of containers, started for these tests as root from the distribution's package, and images made of
files of this machine. Nothing is fetched."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from rompy import plugins
from rompy.backends import DockerConfig
from rompy.core.launch import Launch
from rompy.errors import SubmitError
from rompy.run.containers.engine import engine as talk
from rompy.run.docker import DockerRunBackend

HERE = Path(__file__).parent
LONGEST_SOCKET = 100
"""Bytes of a socket's path; the system allows 107."""


def missing(what):
    """Tests that cannot be made here: a failure where everything has to be there, else said loudly."""
    reason = f"CONTAINERS ARE NOT TESTED: {what}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def unmount_below(folder):
    """What an engine has left mounted: name spaces, layers of images."""
    places = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for place in sorted((place for place in places if place.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", place], check=False, capture_output=True)


class Engine:
    """A Docker engine of our own, in a folder of its own; any other on the machine is left alone."""

    def __init__(self, folder, *options):
        self.folder = Path(folder)
        self.options = options
        self.process = None
        self.address = f"unix://{self.folder}/s"
        assert len(self.address) < LONGEST_SOCKET
        (self.folder / "daemon.json").write_text("{}")  # or that of the machine would be read

    def start(self):
        command = [
            "dockerd",
            "--iptables=false",
            "--ip6tables=false",
            "--bridge=none",
            "--userland-proxy=false",
        ]
        command += ["--data-root", f"{self.folder}/data", "--exec-root", f"{self.folder}/exec"]
        command += [
            "-p",
            f"{self.folder}/pid",
            "-H",
            self.address,
            "--config-file",
            f"{self.folder}/daemon.json",
        ]
        command += ["--storage-driver", os.environ.get("ROMPY_DOCKER_STORAGE", "overlay2"), *self.options]
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        deadline = time.monotonic() + 120
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                log = (self.folder / "log").read_text(errors="replace")
                missing(f"the engine does not start:\n{log[-1500:]}")
            time.sleep(0.1)
        return self

    def answers(self):
        try:
            with talk(self.address):
                return True
        except SubmitError:
            return False

    def end(self, number=signal.SIGTERM):
        """End it by its pid; with TERM it ends its containers first."""
        if self.process is not None:
            self.process.send_signal(number)
            self.process.wait(120)
            self.process = None
            # After a kill these name processes that are gone, but that may stay as zombies where nobody collects them.
            for left in ("pid", "exec/containerd/containerd.pid"):
                (self.folder / left).unlink(missing_ok=True)

    def close(self):
        self.end()
        for process in psutil.process_iter(["cmdline"]):  # left behind by a test that failed halfway
            command = process.info["cmdline"] or [""]
            if "containerd-shim" in command[0] and any(str(self.folder) in word for word in command):
                for child in [*process.children(recursive=True), process]:
                    child.kill()
        unmount_below(self.folder)
        shutil.rmtree(self.folder, ignore_errors=True)


def new_engine(*options):
    if os.geteuid() != 0:
        missing("an engine of one's own needs root")
    if shutil.which("dockerd") is None:
        missing("there is no dockerd; apt-get install --no-install-recommends docker.io busybox-static")
    pytest.importorskip("docker")
    return Engine(tempfile.mkdtemp(prefix="rd"), *options).start()


def load_images(address, roots):
    import docker

    client = docker.DockerClient(address)
    for name, archive in roots.items():
        client.api.import_image_from_file(str(archive), repository=name, tag="latest")
    client.close()


@pytest.fixture(scope="session")
def roots(tmp_path_factory):
    """Archives of root file systems, by the name that their image gets."""
    if not Path("/usr/bin/python3").exists() or not (
        shutil.which("busybox") or Path("/bin/busybox").exists()
    ):
        missing(
            "the images are made of this machine's python3 and busybox; apt-get install python3 busybox-static"
        )
    folder = tmp_path_factory.mktemp("roots")
    mpi = Path(sys.executable).parent
    options = {"localhost/rompy-python": ["--python", "--mpi", str(mpi)], "localhost/rompy-plain": []}
    if not (mpi / "hydra_pmi_proxy").exists():
        missing("there is no MPI beside this Python; the extra `mpi` has one")
    made = {}
    for name, words in options.items():
        made[name] = folder / f"{name.rpartition('/')[2]}.tar"
        subprocess.run([sys.executable, str(HERE / "minimal_root.py"), str(made[name]), *words], check=True)
    return made


@pytest.fixture
def empty_engine(monkeypatch):
    """An engine of its own without any image, which ``DOCKER_HOST`` names."""
    engine = new_engine()
    monkeypatch.setenv("DOCKER_HOST", engine.address)
    yield engine
    engine.close()


@pytest.fixture(scope="session")
def own_engine(roots):
    """Starts one more engine with the same images, for tests that end it."""
    with ExitStack() as stack:

        def start(*options):
            engine = new_engine(*options)
            stack.callback(engine.close)
            load_images(engine.address, roots)
            return engine

        yield start


@pytest.fixture(scope="session")
def shared_engine(roots):
    engine = new_engine()
    try:
        load_images(engine.address, roots)
        yield engine
    finally:
        engine.close()


@pytest.fixture
def engine(shared_engine, monkeypatch):
    """An engine that ``DOCKER_HOST`` names, with the images rompy-python and rompy-plain; left without containers."""
    monkeypatch.setenv("DOCKER_HOST", shared_engine.address)
    return shared_engine


@pytest.fixture
def client(engine):
    import docker

    client = docker.DockerClient(engine.address)
    yield client
    for container in client.containers.list(all=True, ignore_removed=True):
        container.remove(force=True)
    client.close()


@pytest.fixture(autouse=True)
def registered():
    """The backend by its name, also where the installed package does not tell of it yet."""
    if any(plugin.name == "docker" for plugin in plugins.entries("rompy.run")):
        yield
    else:
        with plugins.registered("rompy.run", "docker", DockerRunBackend):
            yield


@pytest.fixture
def new_run(stand_in_run, tmp_path):
    """A run whose name and folder have awkward characters."""

    def new_run(*argv, name="run", **launch):
        folder = tmp_path / f"wörk 'space\" $HOME `x` {name}"
        return stand_in_run(folder, "tide run/1", Launch(argv, **launch) if argv else None)

    return new_run


@pytest.fixture
def new_config():
    """Settings for the engine of these tests, which has no network; ``shell`` is what a shell in the container runs."""

    def new_config(shell=None, image="localhost/rompy-python", **settings):
        if shell is not None:
            quoted = shell.replace("'", "'\\''")
            settings["executable"] = f"sh -c '{quoted}'"
        if "dockerfile" not in settings:
            settings["image"] = image
        return DockerConfig(**{"network": "none", "timeout": 60, "grace": 2, **settings})

    return new_config


@pytest.fixture(params=["inside", "outside"])
def side(request):
    """Where the supervisor is: in the container or beside it."""
    return request.param
