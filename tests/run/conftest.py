"""A stand-in for ModelRun: what a backend sees of it, around a workspace with awkward characters in its path."""

import textwrap
from pathlib import Path

import pytest

from rompy.core.launch import Launch
from rompy.core.workspace import Workspace
from rompy.jobs import supervise


class Config:
    """A configuration that knows how to start its model, if a launch is given."""

    def __init__(self, launch=None):
        self._launch = launch

    def launch(self):
        return self._launch


class Run:
    """One run and its workspace."""

    def __init__(self, staging_dir, config):
        self.run_id = "tide"
        self.staging_dir = staging_dir
        self.config = config
        self.generated = 0

    def generate(self):
        self.generated += 1
        self.staging_dir.mkdir(parents=True, exist_ok=True)
        return self.staging_dir

    @property
    def workspace(self):
        return Workspace(self.staging_dir)

    def write(self, text, name="model.py"):
        (self.staging_dir / name).write_text(textwrap.dedent(text), encoding="utf-8")

    def alive(self, name="pids"):
        path = self.staging_dir / name
        pids = [int(line) for line in path.read_text().split()] if path.exists() else []
        return [pid for pid in pids if supervise.start_mark(pid) is not None]


@pytest.fixture
def new_run(tmp_path):
    def new_run(*argv, run_id="tide", **launch):
        run = Run(
            tmp_path / f"wörk 'space\" $HOME {run_id}", Config(Launch(argv, **launch) if argv else None)
        )
        run.run_id = run_id
        run.generate()
        return run

    return new_run


@pytest.fixture
def here():
    return Path(__file__).parent


@pytest.fixture
def stand_in(tmp_path, monkeypatch):
    """Puts programs on the PATH that say recorded words and keep what they were given."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")

    def stand_in(name, output, status=0, errors=""):
        for kind, text in (("out", output), ("err", errors)):
            (folder / f"{name}.{kind}").write_text(text)
        program = folder / name
        program.write_text(
            f"#!/bin/sh\necho \"$@\" >> '{program}.calls'\ncat > '{program}.in'\ncat '{program}.out'\n"
            f"cat '{program}.err' >&2\nexit {status}\n"
        )
        program.chmod(0o755)
        return program

    stand_in.calls = lambda name: (Path(folder) / f"{name}.calls").read_text().splitlines()
    stand_in.input = lambda name: (Path(folder) / f"{name}.in").read_text()
    return stand_in
