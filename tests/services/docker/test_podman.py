"""The same backend on Podman's socket."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from rompy.errors import SubmitError
from rompy.jobs import JobState
from rompy.run.containers.engine import engine as talk
from rompy.run.docker import DockerRunBackend

BACKEND = DockerRunBackend()


RUNTIME = """#!/usr/bin/python3
# Podman asks for higher limits than root without all capabilities may set: they are left out.
import json, os, sys
if "--bundle" in sys.argv:
    path = os.path.join(sys.argv[sys.argv.index("--bundle") + 1], "config.json")
    with open(path) as file:
        settings = json.load(file)
    settings["process"].pop("rlimits", None)
    settings["process"].pop("oomScoreAdj", None)
    with open(path, "w") as file:
        json.dump(settings, file)
os.execvp("runc", ["runc", *sys.argv[1:]])
"""


@pytest.fixture(scope="module")
def podman(roots):
    """Its service, with a store of its own."""
    if shutil.which("podman") is None or os.geteuid() != 0:
        refuse = pytest.fail if os.environ.get("CI") else pytest.skip
        refuse("PODMAN IS NOT TESTED: it needs root; apt-get install --no-install-recommends podman runc")
    folder = Path(tempfile.mkdtemp(prefix="rp"))
    address = f"unix://{folder}/s"
    runtime = folder / "runc"
    runtime.write_text(RUNTIME)
    runtime.chmod(0o755)
    command = ["podman", "--runtime", str(runtime), "--cgroup-manager", "cgroupfs"]
    command += ["--root", f"{folder}/root", "--runroot", f"{folder}/run", "--tmpdir", f"{folder}/tmp"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*command, "system", "service", "--time=0", address], stdout=log, stderr=log
        )
    try:
        deadline = time.monotonic() + 120
        while not _answers(address):
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        with talk(address) as client:
            for name, archive in roots.items():
                client.api.import_image_from_file(str(archive), repository=name)
        yield address
    finally:
        process.terminate()
        process.wait(120)
        subprocess.run([*command, "rm", "--all", "--force", "--time", "0"], check=False, capture_output=True)
        unmount = ["umount", "--lazy", str(folder.joinpath("root", "overlay"))]
        subprocess.run(unmount, check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(address):
    try:
        with talk(address):
            return True
    except SubmitError:
        return False


def containers(address):
    with talk(address) as client:
        return client.containers.list(all=True)


@pytest.fixture(params=["localhost/rompy-python", "localhost/rompy-plain"], ids=["inside", "outside"])
def image(request):
    return request.param


def test_a_model_runs_under_podman(new_run, new_config, podman, image):
    run = new_run()
    config = new_config(
        "id -u > uid; echo \"$VALUE\"; printf '\\377'; exit 7",
        engine=podman,
        image=image,
        env_vars={"VALUE": "it's $HOME"},
    )
    result = BACKEND.run(run, config)
    assert (result.state, result.exit_code) == (JobState.failed, 7), str(result)
    assert result.stdout_log.read_bytes() == b"it's $HOME\n\xff"
    assert run.read("uid").strip() == str(os.getuid())
    assert containers(podman) == []


def test_cancel_and_time_limit_under_podman(new_run, new_config, podman, image, wait_for):
    run = new_run()
    script = "trap '' TERM; touch started; while true; do sleep 0.1; done"
    job = BACKEND.submit(run, new_config(script, engine=podman, image=image, grace=0.5))
    wait_for(lambda: (run.staging_dir / "started").exists())
    BACKEND.cancel(job)
    assert job.wait(30).state is JobState.cancelled
    result = BACKEND.run(run, new_config(script, engine=podman, image=image, grace=0.5, timeout=1))
    assert result.state is JobState.timeout, str(result)
    assert containers(podman) == []


def test_the_usual_socket_is_found(monkeypatch, tmp_path):
    from rompy.run.containers.engine import engine_address

    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "podman").mkdir()
    (tmp_path / "podman" / "podman.sock").touch()
    if not Path("/var/run/docker.sock").exists():
        assert engine_address() == f"unix://{tmp_path}/podman/podman.sock"
    assert engine_address("unix:///x") == "unix:///x"
    monkeypatch.setenv("DOCKER_HOST", "unix:///y")
    assert engine_address() == "unix:///y"


NOBODY = 65534
ROOTLESS = """
import os, sys
from pathlib import Path
from rompy.backends import DockerConfig
from rompy.run.docker import DockerRunBackend

folder, other = sys.argv[1:]

class Run:
    run_id, config = "r", None

def run(name, engine):
    Run.staging_dir = Path(folder, name)
    Run.staging_dir.mkdir()
    config = DockerConfig(image="localhost/rompy-python", network="none", engine=engine, supervisor="inside",
        executable="sh -c 'id -u; echo x > out'")
    return DockerRunBackend().run(Run(), config, Run.staging_dir)

assert run("by root", other)  # also imports everything while this may be read
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
result = run("r", f"unix://{folder}/s")
assert result, result
assert result.stdout_log.read_text() == "0\\n"  # root in there is the caller out here
for path in Run.staging_dir.rglob("*"):
    assert path.lstat().st_uid == 65534, path
"""


def test_a_rootless_engine_gives_the_files_to_its_user(engine, roots):
    """Somebody without any rights has an engine of his own, in which root is he himself."""
    if shutil.which("podman") is None or os.geteuid() != 0:
        pytest.skip("ROOTLESS PODMAN IS NOT TESTED: it needs podman, and root to become somebody else")
    become = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    if subprocess.run([*become, "unshare", "-Ur", "true"], capture_output=True, check=False).returncode:
        pytest.skip("ROOTLESS PODMAN IS NOT TESTED: this kernel lets only root make name spaces")
    folder = Path(tempfile.mkdtemp(prefix="rp"))
    (folder / "runc").write_text(RUNTIME)
    (folder / "runc").chmod(0o755)
    (folder / ".config/containers").mkdir(parents=True)
    (folder / ".config/containers/storage.conf").write_text(
        '[storage]\ndriver = "vfs"\n[storage.options.vfs]\nignore_chown_errors = "true"\n'
    )
    (folder / "run").mkdir(mode=0o700)
    archive = shutil.copy(roots["localhost/rompy-python"], folder / "root.tar")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    env = {**os.environ, "HOME": str(folder), "XDG_RUNTIME_DIR": f"{folder}/run"}
    podman = [*become, "podman", "--runtime", f"{folder}/runc", "--cgroup-manager", "cgroupfs"]
    options = {"env": env, "cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE}
    subprocess.run([*podman, "import", archive, "localhost/rompy-python"], check=True, **options)
    options["stderr"] = subprocess.DEVNULL
    service = subprocess.Popen([*podman, "system", "service", "--time=0", f"unix://{folder}/s"], **options)
    try:
        deadline = time.monotonic() + 120
        while not _answers(f"unix://{folder}/s"):
            assert time.monotonic() < deadline
            time.sleep(0.1)
        command = [sys.executable, "-W", "ignore", "-c", ROOTLESS, str(folder), engine.address]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    finally:
        service.terminate()
        service.wait(120)
        for left in folder.rglob("pause.pid"):  # keeps the name space for the user's next command
            os.kill(int(left.read_text()), signal.SIGKILL)
        shutil.rmtree(folder, ignore_errors=True)
