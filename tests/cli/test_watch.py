import io
import sys

import pytest

from rompy.cli.session import Session
from rompy.cli.watch import _Bar, _shortened, printable, watching
from rompy.jobs.events import LogLine, ProgressMade, StageEnded, StageStarted, emit
from rompy.jobs.progress import Progress


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self):
        return True


@pytest.fixture
def terminal(monkeypatch):
    """Puts a terminal in the place of standard error; not yet in the fixture, because pytest would undo that."""

    def connect():
        screen = Terminal()
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(sys, "stderr", screen)
        return screen

    return connect


def test_the_bar_runs_in_model_time(terminal):
    screen = terminal()
    with watching(Session("run")):
        emit(ProgressMade(Progress(21600.0, 43200.0, 10.0, 2160.0, 10.0)))
        emit(ProgressMade(Progress(43200.0, 43200.0, 20.0, 2160.0, 0.0)))
    shown = screen.getvalue()
    assert "6 h of 12 h" in shown
    assert "10 s left" in shown
    assert "100%" in shown
    assert shown.rstrip().endswith("\x1b[?25h")  # the cursor is back


def test_a_bar_without_a_known_length_still_shows_the_time(terminal):
    screen = terminal()
    with watching(Session("run")):
        emit(ProgressMade(Progress(3600.0)))
    assert "1 h" in screen.getvalue()


def test_lines_of_the_model_are_printed_above_the_bar(terminal):
    screen = terminal()
    with watching(Session("run", verbose=1)):
        emit(ProgressMade(Progress(21600.0, 43200.0)))
        emit(LogLine("stdout", "[red]step\x1b[2J 1"))
    assert "  | [red]step[2J 1" in screen.getvalue()


def test_the_bar_is_gone_after_an_error(terminal):
    terminal()
    bar = _Bar()
    bar.show(Progress(1.0, 2.0))
    bar.stop()
    bar.stop()
    assert bar.rich is None


def test_stages_are_marked(capsys):
    with watching(Session("pipeline")):
        emit(StageStarted("generate"))
        emit(StageEnded("generate", True, 1.25))
        emit(StageEnded("run", False, 125.0, "no wind"))
    lines = capsys.readouterr().err.splitlines()
    assert lines == ["→ generate", "✓ generate (1.2 s)", "✗ run (2 min 5 s)"]


def test_quiet_is_quiet(capsys):
    with watching(Session("pipeline", quiet=True), shows_output=True):
        emit(StageStarted("generate"))
        emit(LogLine("stdout", "step"))
        emit(ProgressMade(Progress(1.0, 2.0)))
    assert capsys.readouterr().err == ""


def test_lines_come_neither_too_often_nor_too_seldom(capsys, monkeypatch):
    from rompy.cli import watch

    now = [0.0]
    monkeypatch.setattr(watch.time, "monotonic", lambda: now[0])
    with watching(Session("run")):
        for now[0], fraction in [
            (1, 0.5),
            (6, 0.55),
            (7, 0.56),
            (12, 0.6),
            (13, 0.66),
            (70, 0.7),
            (140, 0.7),
        ]:
            emit(ProgressMade(Progress(100 * fraction, 100.0)))
    assert [line.split("(")[1] for line in capsys.readouterr().err.splitlines()] == [
        "55 %)",
        "66 %)",
        "70 %)",
    ]


def test_control_characters_cannot_move_the_cursor():
    assert printable("a\x1b[2Jb\tc\r") == "a[2Jb\tc"


def test_long_commands_are_shortened():
    assert _shortened("python -c '\nimport x\n'") == "python -c ' import x '"
    assert len(_shortened("x" * 500)) == 100
