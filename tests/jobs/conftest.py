"""A workspace with awkward characters in its path, and supervisors that run real programs in it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from rompy.core.workspace import Workspace
from rompy.jobs import supervise
from rompy.jobs.launch import write_launch


@pytest.fixture
def workspace(tmp_path):
    root = tmp_path / "wörk 'space\" $HOME"
    (root / ".rompy").mkdir(parents=True)
    return Workspace(root)


class Model:
    """Writes a model into a workspace and supervises it there."""

    def __init__(self, workspace):
        self.workspace = workspace
        self.processes = []

    def python(self, text):
        """A Python program as the model."""
        (self.workspace.root / "model.py").write_text(textwrap.dedent(text), encoding="utf-8")
        return self.command(sys.executable, "-S", "model.py")

    def shell(self, text):
        """A shell command as the model."""
        return self.command("sh", "-c", text)

    def command(self, *argv):
        write_launch(self.workspace, argv)
        shutil.copy(supervise.__file__, self.workspace.supervise_py)
        return self

    def change(self, setting, other):
        """Give the supervisor of this workspace another setting than its own."""
        text = self.workspace.supervise_py.read_text()
        assert setting in text
        self.workspace.supervise_py.write_text(text.replace(setting, other))

    def start(self, *options, python=sys.executable, **settings):
        process = subprocess.Popen(
            [python, "-I", "-S", str(self.workspace.supervise_py), *options],
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            **settings,
        )
        self.processes.append(process)
        return process

    def run(self, *options, python=sys.executable, **settings):
        """Exit status of the supervisor, and the result that it wrote (None without one)."""
        process = self.start(*options, python=python, **settings)
        status = process.wait(120)
        return status, self.result()

    def result(self):
        path = self.workspace.result_json
        return json.loads(path.read_text()) if path.exists() else None

    def heartbeat(self):
        path = self.workspace.hidden / "heartbeat.json"
        return json.loads(path.read_text()) if path.exists() else None

    def pids(self, name="pids"):
        """Process ids that the model has noted, one a line."""
        path = self.workspace.root / name
        return [int(line) for line in path.read_text().split()] if path.exists() else []

    def alive(self, name="pids"):
        return [pid for pid in self.pids(name) if supervise.start_mark(pid) is not None]

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        for pid in self.alive():
            os.kill(pid, signal.SIGKILL)


@pytest.fixture
def model(workspace):
    model = Model(workspace)
    yield model
    model.end()


STUBBORN_TREE = """
    import os, signal, subprocess, sys, time
    signal.signal(signal.SIGTERM, signal.SIG_IGN)

    def note():
        with open("pids", "a") as file:
            file.write("%d\\n" % os.getpid())

    def linger():
        note()
        while True:
            time.sleep(0.1)

    if os.fork() == 0:
        linger()                      # a child in the group
    if os.fork() == 0:
        os.setsid()                   # a grandchild that leaves session and group ...
        if os.fork() == 0:
            linger()
        os._exit(0)                   # ... and whose parent dies
    linger()
"""
"""A model whose processes ignore TERM and of which one has become a daemon. Three lines in ``pids``."""


@pytest.fixture
def stubborn_tree():
    return STUBBORN_TREE


@pytest.fixture(scope="session")
def oldest_python():
    """The oldest Python from 3.6 on that this machine has."""
    homes = [Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"]
    for minor in range(6, 10):
        found = [shutil.which(f"python3.{minor}")]
        found += [str(p) for home in homes for p in sorted(home.glob(f"3.{minor}.*/bin/python"))]
        for python in filter(None, found):
            if subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0:
                return python
    pytest.skip(
        "no Python from 3.6 to 3.9 on this machine: the supervisor's age limit is only checked by its syntax"
    )
