"""The handler that writes to people: standard error, with coloured level names where a terminal shows them."""

from __future__ import annotations

import logging
import os
import sys
import time
from typing import TextIO

from rompy.logging.level import LogFormat
from rompy.printable import printable
from rompy.secrets import in_text

TIME = "%Y-%m-%d %H:%M:%S"

_RESET = "\x1b[0m"
_COLOURS = {
    logging.DEBUG: "\x1b[2m",
    logging.INFO: "\x1b[36m",
    logging.WARNING: "\x1b[33m",
    logging.ERROR: "\x1b[31m",
    logging.CRITICAL: "\x1b[1;31m",
}


class LineFormatter(logging.Formatter):
    """One of the `LogFormat` shapes, times in UTC, secrets masked, control characters escaped."""

    def __init__(self, shape: LogFormat = LogFormat.VERBOSE) -> None:
        super().__init__(shape.template, TIME)

    def format(self, record: logging.LogRecord) -> str:
        return printable(in_text(super().format(record)), coloured=True)

    @staticmethod
    def converter(seconds: float | None) -> time.struct_time:
        return time.gmtime(seconds)


class ConsoleFormatter(LineFormatter):
    """A `LineFormatter` that colours the level name (the whole line where the shape shows no level)."""

    def __init__(self, shape: LogFormat = LogFormat.STANDARD, *, colour: bool = True) -> None:
        super().__init__(shape)
        self._colour = colour
        self._shows_level = shape is not LogFormat.SIMPLE

    def format(self, record: logging.LogRecord) -> str:
        code = _COLOURS.get(record.levelno)
        if not self._colour or code is None:
            return super().format(record)
        if not self._shows_level:
            text = super().format(record)
            return f"{code}{text}{_RESET}" if record.levelno >= logging.WARNING else text
        # A copy, because other handlers get the same record.
        painted = logging.makeLogRecord({**record.__dict__, "levelname": f"{code}{record.levelname}{_RESET}"})
        return super().format(painted)


class ConsoleHandler(logging.StreamHandler):
    """Writes to whatever ``sys.stderr`` is at that moment, so that redirection and progress bars keep working."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:
        return sys.stderr

    def emit(self, record: logging.LogRecord) -> None:
        try:
            text = self.format(record) + self.terminator
            try:
                self.stream.write(text)
            except UnicodeEncodeError:
                encoding = self.stream.encoding or "ascii"
                self.stream.write(text.encode(encoding, "replace").decode(encoding))
            self.flush()
        except Exception:  # noqa: BLE001 - logging must not take the program down; the base class reports it
            self.handleError(record)


def wants_colour(stream: TextIO | None = None) -> bool:
    """Whether to colour: a terminal, and neither ``NO_COLOR`` nor a dumb terminal forbids it."""
    stream = sys.stderr if stream is None else stream
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(stream is not None and stream.isatty())
