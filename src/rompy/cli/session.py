"""One call of a command: how much it says and where, and how it ends."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any

import click

from rompy.cli.failure import Failure
from rompy.errors import RompyError
from rompy.printable import printable, to_json

if TYPE_CHECKING:
    from rompy.core.describing.run_file import RunFile

_TELL_OUTCOME = ("rompy.run.", "rompy.pipeline.", "rompy.postprocess.")
"""Loggers that log how a run ended."""


@dataclass
class Session:
    """Context manager around a command; an error inside becomes a message and an exit status."""

    command: str
    verbose: int = 0
    quiet: bool = False
    as_json: bool = False
    log_dir: str | None = None
    show_warnings: bool = False
    ascii_only: bool | None = None
    simple_logs: bool | None = None
    subject: str = "--config-from-env"
    """How the description was named on the command line."""
    source: RunFile | None = None
    """The description, to tell the line of a field that an error names."""
    stage: str | None = None
    """Where it failed, when the command has stages."""
    details: dict[str, Any] = field(default_factory=dict)
    """Further values for the JSON document, also after a failure."""
    terminated: bool = False
    """Whether SIGTERM came. It is handled as Ctrl-C is: a model that this command runs ends with it."""
    _stack: ExitStack = field(default_factory=ExitStack, repr=False)

    def __enter__(self) -> Session:
        self._configure_warnings()
        self._configure_logging()
        self._listen_to_sigterm()
        self._show_long_work()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()
        if error is None or isinstance(error, (click.ClickException, click.exceptions.Exit, click.Abort)):
            return
        if isinstance(error, RompyError) and self.source is not None:
            error = self.source.located(error)
        failure = Failure.of(
            error, terminated=self.terminated, log_dir=self.log_dir, verbose=self.verbose > 0
        )
        if failure is None:
            return
        if self.as_json:
            self._print_json({"ok": False, "stage": self.stage, "error": failure.to_dict(), **self.details})
        self.say_error(failure.text if self.stage is None else f"{self.stage}: {failure.text}")
        click.get_current_context().exit(failure.status)

    def result(self, values: Mapping[str, Any], lines: Iterable[str] = ()) -> None:
        """Print what the command is for: the values as JSON if wanted, else the lines."""
        if self.as_json:
            self._print_json({"ok": True, **values, **self.details})
            return
        text = "\n".join(lines)
        if text:
            click.echo(printable(text, coloured=True))

    def hint(self, text: str) -> None:
        """Print what to do next, unless only results are wanted."""
        if not (self.quiet or self.as_json):
            click.echo(text)

    def say(self, text: str) -> None:
        """Tell what is going on, on standard error."""
        if not self.quiet:
            click.echo(printable(text, coloured=True), err=True, color=self.colours(sys.stderr))

    def say_error(self, text: str) -> None:
        told = f"{click.style('Error:', fg='red')} {printable(text)}"
        click.echo(told, err=True, color=self.colours(sys.stderr))

    def colours(self, stream: Any) -> bool:
        """Whether to colour what goes to a stream."""
        from rompy.logging.console import wants_colour

        return wants_colour(stream)

    def _print_json(self, values: Mapping[str, Any]) -> None:
        from rompy import __version__

        document = {"command": self.command, "rompy": __version__, **values}
        click.echo(to_json(document))

    def _configure_warnings(self) -> None:
        self._stack.enter_context(warnings.catch_warnings())
        warnings.simplefilter("default" if self.show_warnings else "ignore")

    def _configure_logging(self) -> None:
        from rompy.logging import ConsoleHandler, LogFormat, LoggingConfig

        config = LoggingConfig()
        self._stack.callback(LoggingConfig.reset)
        if self.quiet:
            config.level = "ERROR"
        elif self.verbose:
            config.level = "DEBUG" if self.verbose > 1 else "INFO"
        elif not config.is_given("level"):
            config.level = "WARNING"
        if self.simple_logs is not None:
            config.format = LogFormat.SIMPLE if self.simple_logs else LogFormat.VERBOSE
        elif not config.is_given("format"):
            config.format = LogFormat.STANDARD
        if self.ascii_only is not None:
            config.use_ascii = self.ascii_only
        if self.log_dir is not None:
            config.log_dir = self.log_dir
        config.configure_logging()
        for handler in logging.getLogger().handlers:
            if isinstance(handler, ConsoleHandler):
                handler.addFilter(_is_not_told_anyway)

    def _show_long_work(self) -> None:
        if self.quiet or self.as_json or not is_terminal(sys.stderr):
            return
        from rompy.cli.work_bars import WorkBars
        from rompy.long_work import listening_to_work

        bars = WorkBars()
        self._stack.callback(bars.stop)
        self._stack.enter_context(listening_to_work(bars))

    def _listen_to_sigterm(self) -> None:
        if threading.current_thread() is not threading.main_thread():
            return

        def terminate(number: int, frame: FrameType | None) -> None:
            self.terminated = True
            raise KeyboardInterrupt

        former = signal.signal(signal.SIGTERM, terminate)
        self._stack.callback(signal.signal, signal.SIGTERM, former)


def _is_not_told_anyway(record: logging.LogRecord) -> bool:
    """Leaves out the outcome of a failed run, which the command ends with."""
    return record.levelno < logging.ERROR or not record.name.startswith(_TELL_OUTCOME)


def is_terminal(stream: Any) -> bool:
    """Whether a stream shows on a screen that can be redrawn."""
    return bool(stream is not None and stream.isatty() and os.environ.get("TERM") != "dumb")
