"""A work tree is recorded when git tells of it, and a warning where it does not; nobody waits for git."""

import os
import subprocess
import time

import pytest

from rompy.manifest import git


@pytest.fixture
def tree(tmp_path):
    folder = tmp_path / "tree"
    folder.mkdir()
    told = ["-c", "user.name=x", "-c", "user.email=x@example.org"]
    subprocess.run(["git", "init", "-q", str(folder)], check=True)
    (folder / "x").touch()
    for words in (["add", "x"], [*told, "commit", "-q", "-m", "x"]):
        subprocess.run(["git", "-C", str(folder), *words], check=True)
    return folder


def test_a_change_is_told(tree):
    found = git.state_of(tree)
    assert (len(found["commit"]), found["dirty"]) == (40, False)
    (tree / "new").touch()
    assert git.state_of(tree)["dirty"]


def test_outside_of_work_trees_git_is_not_asked(tmp_path, monkeypatch):
    monkeypatch.setattr(git.subprocess, "run", lambda *_, **__: pytest.fail("asked"))
    assert git.state_of(tmp_path) is None


@pytest.mark.parametrize(
    ("program", "words"),
    [
        (None, "git cannot be asked: No such file or directory"),
        ("exec sleep 600", "git has not answered within 0.2 s"),
        ("echo fatal: dubious >&2; exit 128", "fatal: dubious"),
    ],
)
def test_where_git_does_not_tell_there_is_a_warning(tree, tmp_path, monkeypatch, caplog, program, words):
    folder = tmp_path / "bin"
    folder.mkdir()
    if program is not None:
        (folder / "git").write_text(f"#!/bin/sh\n{program}\n")
        (folder / "git").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}/bin" if program else str(folder))
    monkeypatch.setattr(git, "_PATIENCE", 0.2 if program and "sleep" in program else 20.0)
    began = time.monotonic()
    assert git.state_of(tree) is None
    assert time.monotonic() - began < 300
    assert f"the state of the work tree {tree} is not recorded: {words}" in caplog.text
