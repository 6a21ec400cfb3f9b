"""A log file for one run."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from io import TextIOWrapper
from pathlib import Path
from threading import RLock

from rompy.logging import family
from rompy.logging.console import LineFormatter
from rompy.regular_file import opener

_lock = RLock()
_open: list[_RunFile] = []
_gates: dict[str, _Gate] = {}
_mine: ContextVar[_RunFile | None] = ContextVar("rompy_run_log", default=None)


@contextmanager
def run_log(path: Path | str) -> Iterator[None]:
    """Append what rompy and its plugins log at INFO and above to a file, as long as the block runs.

    The application's own handlers see exactly what they would have seen without it, whatever levels they are set to.
    Several run logs can be open in different threads or tasks: each gets the records of its own. A file that cannot
    be opened costs a warning, not the run.
    """
    try:
        file = _RunFile(Path(path))
    except OSError as error:
        logging.getLogger(__name__).warning("no log is kept of this run: %s", error)
        yield
        return
    token = _mine.set(file)
    with _lock:
        _open.append(file)
        for logger in family.members():
            _shut(logger)
    try:
        yield
    finally:
        _mine.reset(token)
        with _lock:
            _open.remove(file)
            for gate in [] if _open else list(_gates.values()):
                gate.lift()
        file.close()


class _RunFile(logging.FileHandler):
    """The file; it takes the records of its own context, and those of no context while it is the only one."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        super().__init__(path, encoding="utf-8")
        self.setFormatter(LineFormatter())

    def _open(self) -> TextIOWrapper:
        return TextIOWrapper(open(self.baseFilename, "ab", opener=opener), encoding=self.encoding)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - as logging calls it
        """A full disk is told by what fails for it, and not by a traceback for each message."""

    def is_mine(self) -> bool:
        owner = _mine.get()
        return owner is self or (owner is None and len(_open) == 1)


class _Gate(logging.Handler):
    """Stands at a top logger while run logs are open: feeds them, and lets through what passed before."""

    def __init__(self, logger: logging.Logger) -> None:
        super().__init__()
        self.logger, self.was, self.propagated = logger, logger.level, logger.propagate
        logger.setLevel(min(logging.INFO, logger.getEffectiveLevel()))
        logger.propagate = False
        logger.addHandler(self)

    def lift(self) -> None:
        self.logger.removeHandler(self)
        self.logger.propagate = self.propagated
        self.logger.setLevel(self.was)
        del _gates[self.logger.name]

    def emit(self, record: logging.LogRecord) -> None:
        for file in _open.copy():
            if file.is_mine():
                file.handle(record)
        if self.propagated and self.logger.parent is not None and _passed_before(record):
            self.logger.parent.callHandlers(record)


def _passed_before(record: logging.LogRecord) -> bool:
    """Whether the record would have been logged with the levels that held before the gates were shut."""
    logger: logging.Logger | None = logging.getLogger(record.name)
    while logger is not None:
        gate = _gates.get(logger.name)
        level = logger.level if gate is None else gate.was
        if level:
            return record.levelno >= level
        logger = logger.parent
    return True


def _shut(logger: logging.Logger) -> None:
    if _open and logger.name not in _gates:
        _gates[logger.name] = _Gate(logger)


family.when_joined(_shut)
