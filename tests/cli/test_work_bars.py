"""Bars appear on terminals when work takes long, and nowhere else."""

import os
import pty
import subprocess
import sys

import pytest

from rompy.cli import work_bars
from rompy.cli.work_bars import WorkBars
from rompy.long_work import listening_to_work, working


@pytest.fixture
def bars(monkeypatch):
    monkeypatch.setattr("rompy.long_work.PACE", 0.0)
    bars = WorkBars()
    with listening_to_work(bars):
        yield bars
    bars.stop()


def test_short_work_has_no_bar(bars, capfd):
    with working("reading", 100) as work:
        work.advance(50)
    assert capfd.readouterr().err == ""


def test_long_work_has_one_until_it_ends(bars, monkeypatch):
    monkeypatch.setattr(work_bars, "SOON", 0.0)
    with working("reading", 100) as work:
        work.advance(50)
        with working("within", 100) as inner:
            inner.advance(50)
            assert len(bars._bars) == 2
        assert list(bars._bars) == [work]
    assert (bars._bars, bars._rich) == ({}, None)


PROGRAM = """
import sys, time
import click
from rompy.cli import work_bars
from rompy.cli.options import common_options
from rompy.long_work import working
import rompy.long_work
work_bars.SOON = rompy.long_work.PACE = 0.0
@click.command()
@common_options
def look(session):
    with working("reading files", 100) as work:
        work.advance(50)
    session.result({"x": 1}, ["done"])
look()
"""


@pytest.mark.parametrize(
    ("words", "terminal", "is_shown"),
    [([], True, True), (["--json"], True, False), (["-q"], True, False), ([], False, False)],
)
def test_only_people_at_a_terminal_see_bars(words, terminal, is_shown):
    mine, theirs = pty.openpty() if terminal else os.pipe()
    try:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *words],
            stdout=subprocess.PIPE,
            stderr=theirs if terminal else subprocess.PIPE,
            env={**os.environ, "TERM": "xterm"},
            check=True,
        )
        seen = done.stderr or b""
        if terminal:
            os.write(theirs, b"\n")
            seen = os.read(mine, 100_000)
    finally:
        os.close(mine)
        os.close(theirs)
    assert (b"reading files" in seen) == is_shown
    assert b"done" in done.stdout or b'"x": 1' in done.stdout
