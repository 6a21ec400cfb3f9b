"""Runs for backends, and programs that stand in for those of schedulers."""

from pathlib import Path

import pytest

from rompy.core.launch import Launch


@pytest.fixture
def new_run(stand_in_run, tmp_path):
    """A run in a folder with awkward characters in its path."""

    def new_run(*argv, run_id="tide", **launch):
        folder = tmp_path / f"wörk 'space\" $HOME {run_id}"
        return stand_in_run(folder, run_id, Launch(argv, **launch) if argv else None)

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
