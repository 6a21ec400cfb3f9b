"""Running in containers, on a real engine."""

import hashlib
import os
import shutil
import socket
import socketserver
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import pytest

from rompy.errors import SubmitError, WorkspaceError
from rompy.jobs import JobState, job_status
from rompy.jobs.events import LogLine
from rompy.jobs.heartbeat import read_heartbeat
from rompy.run.containers.settings import host_settings
from rompy.run.docker import DockerRunBackend
from rompy.run.job import Job

BACKEND = DockerRunBackend()
AWKWARD = 'it\'s "quoted" $HOME `touch hacked` $(touch hacked) \\n ; Größe\nsecond line'


def containers(client):
    return client.containers.list(all=True, ignore_removed=True)


def attributes(client, run):
    return client.containers.get(run.facts["container"]).attrs


def test_a_model_runs_in_the_workspace(new_run, new_config, client, side):
    run = new_run()
    result = BACKEND.run(run, new_config("pwd > out; echo hello; echo oops >&2", supervisor=side))
    assert result.state is JobState.succeeded, str(result)
    assert (result.exit_code, result.backend, result.attempt) == (0, "docker", 1)
    assert run.read("out") == "/app/run_id\n"
    assert result.stdout_log.read_text() == "hello\n"
    assert result.stderr_log.read_text() == "oops\n"
    assert run.facts["inside"] is (side == "inside")
    assert containers(client) == []


def test_its_heartbeat_is_read_across_the_wall(new_run, new_config, client, side, wait_for):
    """A pid inside a container is another one here: any process can tell nevertheless that the job lives."""
    run = new_run()
    job = BACKEND.submit(run, new_config("touch started; sleep 60", supervisor=side))
    wait_for(lambda: (run.staging_dir / "started").exists())
    assert wait_for(lambda: read_heartbeat(run.workspace)).is_alive
    assert job_status(run.workspace).state is JobState.running
    BACKEND.cancel(job)
    assert job.wait(20).state is JobState.cancelled
    assert not read_heartbeat(run.workspace).is_alive


def test_where_the_supervisor_is_follows_from_the_image(new_run, new_config, client):
    for image, inside in (("rompy-python", True), ("rompy-plain", False)):
        run = new_run(name=image)
        assert BACKEND.run(run, new_config("true", image=f"localhost/{image}"))
        assert run.facts["inside"] is inside
    with pytest.raises(SubmitError, match="no python3"):
        BACKEND.run(new_run(), new_config("true", image="localhost/rompy-plain", supervisor="inside"))


def test_every_limit_reaches_the_engine(new_run, new_config, client, side, tmp_path):
    (tmp_path / "data").mkdir()
    run = new_run()
    config = new_config(
        "true",
        cpu=1,
        memory="64m",
        shm_size="32m",
        user="4321:4321",
        volumes=[f"{tmp_path}/data:/data:ro"],
        remove_container=False,
        supervisor=side,
    )
    assert BACKEND.run(run, config)
    found = attributes(client, run)
    host = found["HostConfig"]
    assert (host["NanoCpus"], host["Memory"], host["MemorySwap"]) == (10**9, 64 * 2**20, 64 * 2**20)
    assert (host["ShmSize"], host["NetworkMode"], found["Config"]["User"]) == (
        32 * 2**20,
        "none",
        "4321:4321",
    )
    assert found["Config"]["Labels"]["rompy.run_id"] == "tide run/1"
    assert found["Image"] == run.facts["image"]["id"]
    assert {mount["Destination"]: mount["RW"] for mount in found["Mounts"]} == {
        "/data": False,
        "/app/run_id": True,
    }


def test_limits_hold_in_the_container(new_run, new_config, client):
    run = new_run()
    script = "df -k /dev/shm | tail -n 1 > shm; cat /sys/fs/cgroup/memory/memory.limit_in_bytes > memory 2>/dev/null ||"
    script += " cat /sys/fs/cgroup/memory.max > memory; ls /sys/class/net > net"
    assert BACKEND.run(run, new_config(script, memory="64m", shm_size="32m"))
    assert run.read("shm").split()[1] == str(32 * 1024)
    assert run.read("memory").strip() == str(64 * 2**20)
    assert run.read("net") == "lo\n"


def test_more_processors_than_there_are_is_no_obstacle(new_run, new_config, client, caplog):
    run = new_run()
    assert BACKEND.run(run, new_config("true", cpu=128, remove_container=False))
    assert attributes(client, run)["HostConfig"]["NanoCpus"] == len(os.sched_getaffinity(0)) * 10**9
    assert "128 processors" in caplog.text


def test_volumes_have_their_modes(new_run, new_config, client, tmp_path):
    for name in ("read", "write"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "in").write_text(name)
    run = new_run()
    script = "cat /r/in /w/in > out; echo new > /w/out; echo new > /r/out"
    result = BACKEND.run(run, new_config(script, volumes=[f"{tmp_path}/read:/r:ro", f"{tmp_path}/write:/w"]))
    assert result.state is JobState.failed
    assert "Read-only" in result.reason
    assert run.read("out") == "readwrite"
    assert (tmp_path / "write" / "out").read_text() == "new\n"
    assert not (tmp_path / "read" / "out").exists()


def test_a_relative_volume_is_one_of_the_caller_s_folder(new_run, new_config, client, tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "in").write_text("x")
    monkeypatch.chdir(tmp_path)
    assert BACKEND.run(new_run(), new_config("cat /d/in", volumes=["data:/d:ro"]))


def test_words_and_environment_arrive_as_they_are(new_run, new_config, client, side):
    run = new_run(
        "sh", "-c", 'printf %s "$1$VALUE" > out', "sh", AWKWARD, env={"VALUE": "from the configuration"}
    )
    result = BACKEND.run(run, new_config(env_vars={"VALUE": AWKWARD}, supervisor=side))
    assert result, str(result)
    assert run.read("out") == AWKWARD * 2
    assert not (run.staging_dir / "hacked").exists()


def test_a_secret_reaches_the_model_but_no_file(new_run, new_config, client, side):
    run = new_run()
    config = new_config(
        'printf %s "$API_TOKEN" | md5sum > out', env_vars={"API_TOKEN": "s3cr3t-9"}, supervisor=side
    )
    assert BACKEND.run(run, config)
    assert run.read("out").split()[0] == hashlib.md5(b"s3cr3t-9", usedforsecurity=False).hexdigest()
    for path in run.staging_dir.rglob("*"):
        assert not path.is_file() or b"s3cr3t-9" not in path.read_bytes(), path


@pytest.mark.parametrize("place", ["inside the workspace", "elsewhere"])
def test_another_working_directory(new_run, new_config, client, tmp_path, side, place):
    run = new_run()
    folder = (run.staging_dir if place == "inside the workspace" else tmp_path) / "sub"
    folder.mkdir()
    assert BACKEND.run(run, new_config("pwd > out", working_dir=folder, supervisor=side))
    seen = "/app/run_id/sub" if place == "inside the workspace" else str(folder)
    assert (folder / "out").read_text() == f"{seen}\n"


def test_the_workspace_under_its_own_path(new_run, new_config, client):
    run = new_run()
    assert BACKEND.run(run, new_config("pwd > out", mount="host"))
    assert run.read("out") == f"{run.staging_dir}\n"


def test_a_colon_in_the_path(new_run, new_config, client, tmp_path):
    run = new_run(name="at 12:30")
    assert BACKEND.run(run, new_config("echo x > out"))
    assert run.read("out") == "x\n"


def test_the_configuration_starts_its_model_unless_told_otherwise(new_run, new_config, client):
    run = new_run("python", "-c", "import sys; open('out', 'w').write(sys.executable)")
    assert BACKEND.run(run, new_config())
    assert run.read("out") == "/usr/bin/python3"
    assert BACKEND.run(run, new_config("echo own > out"))
    assert run.read("out") == "own\n"


def test_mpi_ranks(new_run, new_config, client):
    run = new_run()
    run.write('echo "$PMI_RANK of $PMI_SIZE" > "rank.$PMI_RANK"', "model.sh")
    config = new_config(executable="sh model.sh", mpiexec="mpiexec -l", cpu=3)
    assert BACKEND.run(run, config)
    assert [run.read(f"rank.{rank}") for rank in range(3)] == [f"{rank} of 3\n" for rank in range(3)]
    said = new_run("sh", "-c", 'echo "$PMI_RANK"', name="said", ranks=2)
    result = BACKEND.run(said, new_config())
    assert sorted(result.stdout_log.read_text().split()) == ["0", "1"]


@pytest.mark.parametrize("user", ["root", "model", "4321:4321", "caller"])
def test_the_files_belong_to_the_caller(new_run, new_config, client, user, side):
    run = new_run()
    (run.staging_dir / "input").write_text("x")
    (run.staging_dir / "input").chmod(0o644)
    result = BACKEND.run(
        run, new_config("id -u > uid; mkdir d; echo > d/f; echo >> input", user=user, supervisor=side)
    )
    assert result, str(result)
    assert run.read("uid").strip() == {"root": "0", "caller": str(os.getuid())}.get(user, "4321")
    owners = {path.lstat().st_uid for path in run.staging_dir.rglob("*")}
    assert owners == {os.getuid()}


ORDINARY = """
import os, sys
from pathlib import Path
from rompy.backends import DockerConfig
from rompy.run.docker import DockerRunBackend

folder, user, side = sys.argv[1:]

class Run:
    run_id = "r"
    config = None

def run(name):
    Run.staging_dir = Path(folder, name)
    Run.staging_dir.mkdir()
    config = DockerConfig(image="localhost/rompy-python", network="none", user=user, supervisor=side,
        executable="sh -c 'id -u > uid; mkdir d; echo > d/f; umask 077; echo > g'")
    return DockerRunBackend().run(Run(), config, Run.staging_dir)

assert run("by root")  # also imports everything while this may be read
os.setgroups([])
os.setgid(7654)
os.setuid(7654)
result = run("r")
assert result, result
for path in Run.staging_dir.rglob("*"):
    assert path.lstat().st_uid == 7654, path
    path.is_dir() or path.read_bytes()
"""


@pytest.mark.parametrize("user", ["caller", "root", "model"])
def test_an_ordinary_caller_owns_everything_too(engine, client, user, side):
    """As somebody who is not root, but may use the engine."""
    if side == "outside" and not (
        Path(sys.executable).resolve().stat().st_mode & 1 and _is_open_to_all(sys.executable)
    ):
        pytest.skip("an ordinary user cannot start this Python, which supervises from outside")
    folder = Path(tempfile.mkdtemp(prefix="rompy-owner"))
    os.chown(folder, 7654, 7654)
    Path(engine.address.removeprefix("unix://")).chmod(0o666)
    engine.folder.chmod(0o711)
    try:
        command = [sys.executable, "-W", "ignore", "-c", ORDINARY, str(folder), user, side]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        assert (folder / "r" / "uid").read_text().strip() == {"caller": "7654", "root": "0", "model": "4321"}[
            user
        ]
    finally:
        shutil.rmtree(folder)


def _is_open_to_all(program):
    return all(folder.stat().st_mode & 1 for folder in Path(program).resolve().parents)


def test_a_container_can_be_kept(new_run, new_config, client, side):
    run = new_run()
    assert BACKEND.run(run, new_config("true", remove_container=False, supervisor=side))
    assert [found.status for found in containers(client)] == ["exited"]


def test_an_entrypoint_of_the_image_gets_the_command(new_run, new_config, client, tmp_path):
    (tmp_path / "Dockerfile").write_text(
        'FROM localhost/rompy-python\nENTRYPOINT ["/bin/env", "FROM_ENTRYPOINT=yes"]\n'
    )
    run = new_run()
    config = new_config("echo $FROM_ENTRYPOINT > out", dockerfile=tmp_path / "Dockerfile")
    assert BACKEND.run(run, config)
    assert run.read("out") == "yes\n"
    assert BACKEND.run(run, config.model_copy(update={"entrypoint": ""}))
    assert run.read("out") == "\n"
    assert BACKEND.run(run, config.model_copy(update={"entrypoint": "/usr/bin/env"}))


@pytest.mark.parametrize(
    ("gpus", "request_"), [("all", (-1, None)), (2, (2, None)), (["0", "1"], (0, ["0", "1"]))]
)
def test_gpus_are_asked_for(new_run, new_config, client, gpus, request_):
    """There is no GPU here: the engine is asked for them, and its refusal is clear."""
    with pytest.raises(SubmitError, match=r"(?s)device driver.*gpus") as caught:
        run = new_run()
        BACKEND.run(run, new_config("true", gpus=gpus))
    assert "gpu" in str(caught.value)
    assert containers(client) == []
    assert Job.open(run.staging_dir).status().state is JobState.failed
    asked = host_settings(client, new_config("true", gpus=gpus), run.staging_dir)["device_requests"]
    seen = [(item["Count"], item["DeviceIDs"] or None) for item in asked]
    assert seen == [request_]


def test_output_is_told_while_the_model_runs(new_run, new_config, client, side):
    run = new_run()
    script = "echo first; while [ ! -e go ]; do sleep 0.05; done; echo last"

    def on_event(event):
        if isinstance(event, LogLine):
            told.append(event.text)
            (run.staging_dir / "go").touch()

    told = []
    result = BACKEND.run(run, new_config(script, supervisor=side), on_event=on_event)
    assert result.state is JobState.succeeded
    assert told == ["first", "last"]


def test_binary_garbage_in_the_output(new_run, new_config, client, side):
    run = new_run()
    result = BACKEND.run(
        run, new_config(r"printf '\000\377\376\033[2J no text\r\n\300'; exit 3", supervisor=side)
    )
    assert result.stdout_log.read_bytes() == b"\x00\xff\xfe\x1b[2J no text\r\n\xc0"
    assert (result.exit_code, "\x1b" in result.reason) == (3, False)


def test_much_output_is_kept_whole(new_run, new_config, client, side):
    run = new_run()
    result = BACKEND.run(run, new_config("yes 0123456789abcde | head -c 30000000", supervisor=side))
    assert result.stdout_log.stat().st_size == 30_000_000


def test_what_is_not_there_is_told(new_run, new_config, client, side):
    result = BACKEND.run(new_run(), new_config(executable="no-such-program", supervisor=side))
    assert (result.state, result.exit_code) == (JobState.failed, 127)
    assert "no-such-program" in result.reason


def test_a_busy_workspace_is_refused(new_run, new_config, client, side, wait_for):
    run = new_run()
    job = BACKEND.submit(run, new_config("touch started; sleep 60", supervisor=side))
    wait_for(lambda: (run.staging_dir / "started").exists())
    with pytest.raises(WorkspaceError):
        BACKEND.submit(run, new_config("true"))
    BACKEND.cancel(job)
    assert job.wait(30).state is JobState.cancelled
    assert BACKEND.run(run, new_config("true")).attempt == 2


def test_several_run_at_once(new_run, new_config, client, side):
    runs = [new_run(name=str(number)) for number in range(4)]
    results = {}

    def one(number):
        results[number] = BACKEND.run(runs[number], new_config(f"echo {number} > out", supervisor=side))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(results.values())
    assert [run.read("out") for run in runs] == [f"{number}\n" for number in range(4)]
    assert containers(client) == []


def test_what_would_be_done_is_told_without_doing_it(new_run, new_config, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    run = new_run("python", "model.py")
    plan = BACKEND.plan(run, new_config(memory="2g", env_vars={"A": "1", "API_TOKEN": "s3cr3t"}))
    assert plan.model == "python3 model.py"
    assert "--memory=2g" in plan.command
    assert plan.env == {"A": "1", "API_TOKEN": "***"}
    assert "s3cr3t" not in str(plan)
    assert list(run.staging_dir.iterdir()) == []


@pytest.fixture
def by_tcp(engine):
    """The engine by an address of the network: bytes are handed to its socket and back."""

    class Relay(socketserver.BaseRequestHandler):
        def handle(self):
            with socket.socket(socket.AF_UNIX) as far:
                far.connect(engine.address.removeprefix("unix://"))
                back = threading.Thread(target=self.hand_on, args=(far, self.request))
                back.start()
                self.hand_on(self.request, far)
                back.join()

        def hand_on(self, source, target):
            try:
                while data := source.recv(65536):
                    target.sendall(data)
                target.shutdown(socket.SHUT_WR)
            except OSError:
                pass

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Relay) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"tcp://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def test_an_engine_at_another_address(new_run, new_config, client, by_tcp, side, monkeypatch):
    """Named in the settings, whatever DOCKER_HOST says; asked there again by whoever looks for the job later."""
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    run = new_run()
    job = BACKEND.submit(run, new_config("echo far", engine=by_tcp, supervisor=side))
    result = job.wait(30)
    assert result, str(result)
    assert result.stdout_log.read_text() == "far\n"
    assert run.facts["engine"] == by_tcp
    assert client.containers.list(all=True) == []
