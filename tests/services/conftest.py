"""What tests of faults have in common, whatever the place of the jobs."""

import json
import random
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from rompy.jobs import supervise

HERE = Path(__file__).parent


@pytest.fixture(autouse=True)
def own_index(tmp_path, monkeypatch):
    """An index of runs of this test's own, also for the processes that it starts."""
    monkeypatch.setenv("ROMPY_STATE_DIR", str(tmp_path / "state"))


@pytest.fixture(scope="session")
def free_port():
    """A function that gives a port for a service which has to be told one: where nobody listens, and not of those that
    the system hands out by itself, so that nobody gets it by chance in the meantime."""
    first, last = map(int, Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split())
    others = [port for port in range(20000, 65536) if not first <= port <= last]

    def free_port():
        for port in random.SystemRandom().sample(others, 100):  # which no seed makes alike in several workers
            with socket.socket() as probe, suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
        raise AssertionError("no port is free")

    return free_port


@pytest.fixture
def rompy():
    """Calls ``rompy`` in a new process; its output, as JSON if asked for."""

    def call(*words):
        command = [sys.executable, "-m", "rompy", *map(str, words)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
        assert "Traceback" not in done.stderr, done.stderr
        return json.loads(done.stdout) if "--json" in words else done.stdout

    return call


@pytest.fixture
def told(rompy):
    """What ``rompy jobs`` tells of all runs below a folder, asked by new processes until all have ended; by name."""

    def told(folder, seconds=180.0):
        deadline = time.monotonic() + seconds
        words = ["--rescan", folder]  # nothing is known but the folders
        while True:
            rows = rompy("jobs", *words, "--under", folder, "--json")["jobs"]
            words = []
            if all(row["state"] not in ("pending", "running") for row in rows):
                return {row["run_id"]: row for row in rows}
            assert time.monotonic() < deadline, rows

    return told


@pytest.fixture
def killed_clients():
    """Kills clients at random instants, see the script; the instants."""

    def killed_clients(phase, folder, settings, *, seed=5, count=10):
        for name in ("first", "undisturbed", *range(count)):
            (folder / str(name)).mkdir(parents=True, exist_ok=True)
        script = HERE / "killed_clients.py"
        words = [phase, str(seed), str(count), str(folder), json.dumps(settings)]
        done = subprocess.run(
            [sys.executable, str(script), *words], capture_output=True, text=True, timeout=240, check=False
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return killed_clients


@pytest.fixture
def processes_of():
    """Processes whose command or working directory names a folder."""

    def processes_of(folder):
        return [pid for pid in supervise.process_table() if str(folder) in _traces(pid)]

    return processes_of


def _traces(pid):
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace")
        return f"{command}\n{Path(f'/proc/{pid}/cwd').readlink()}"
    except OSError:
        return ""
