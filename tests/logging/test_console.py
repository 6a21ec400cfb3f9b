import io
import logging

import pytest

from rompy.logging import ConsoleFormatter, LogFormat
from rompy.logging.console import wants_colour


class Terminal(io.StringIO):
    def isatty(self):
        return True


def record(level=logging.WARNING):
    return logging.LogRecord("rompy.x", level, "x.py", 1, "wind %s", ("drops",), None)


def test_colour_is_for_the_level_name_only_and_leaves_the_record_alone():
    original = record()
    assert ConsoleFormatter(LogFormat.STANDARD).format(original) == "\x1b[33mWARNING\x1b[0m: wind drops"
    assert original.levelname == "WARNING"


def test_without_colour_lines_are_plain():
    assert ConsoleFormatter(LogFormat.STANDARD, colour=False).format(record()) == "WARNING: wind drops"


def test_simple_lines_are_coloured_only_when_something_is_wrong():
    formatter = ConsoleFormatter(LogFormat.SIMPLE)
    assert formatter.format(record(logging.INFO)) == "wind drops"
    assert formatter.format(record(logging.ERROR)) == "\x1b[31mwind drops\x1b[0m"


@pytest.mark.parametrize(("variable", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_colour_can_be_forbidden(monkeypatch, variable, value):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert wants_colour(Terminal())
    monkeypatch.setenv(variable, value)
    assert not wants_colour(Terminal())


def test_no_colour_in_files_and_pipes(monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert not wants_colour(io.StringIO())
