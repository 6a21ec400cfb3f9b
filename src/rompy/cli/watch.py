"""Shows a run while it goes on: a bar in model time on a terminal, a line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from rompy.cli.session import Session, is_terminal
from rompy.jobs.duration import duration
from rompy.jobs.events import (
    Event,
    JobEnded,
    JobStarted,
    LogLine,
    ProgressMade,
    StageEnded,
    StageStarted,
    listening,
)
from rompy.jobs.progress import Progress
from rompy.logging import LoggingConfig
from rompy.logging.box import glyphs

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

STEP = 0.1
"""Share of the model time after which a new line is written where there is no terminal."""
SOONEST, LATEST = 5.0, 60.0
"""Seconds between two such lines, at least and at most."""


@contextmanager
def watching(session: Session, *, shows_output: bool = False) -> Iterator[None]:
    """Show the events of the runs made inside the block on standard error.

    ``shows_output`` tells that the settings ask for the model's output; with ``-v`` it is logged then.
    """
    with_bar = is_terminal(sys.stderr) and not session.quiet and not LoggingConfig().use_ascii
    meter = _Bar() if with_bar else _Lines(session)
    watch = _Watch(session, meter, prints_output=shows_output != (session.verbose > 0))
    try:
        with listening(watch):
            yield
    finally:
        meter.stop()


class _Watch:
    """Turns events into text."""

    def __init__(self, session: Session, meter: _Bar | _Lines, *, prints_output: bool) -> None:
        self.session, self.meter = session, meter
        self.prints_output = prints_output and not session.quiet

    def __call__(self, event: Event) -> None:
        if isinstance(event, StageStarted):
            self.session.say(f"{glyphs().arrow} {event.stage}")
        elif isinstance(event, StageEnded):
            self.meter.stop()
            self._stage_ended(event)
        elif isinstance(event, JobStarted) and not self.session.verbose:  # it is in the log, too
            self.session.say(f"  {_shortened(event.command)} in {event.workspace}")
        elif isinstance(event, ProgressMade):
            self.meter.show(event.progress)
        elif isinstance(event, LogLine) and self.prints_output:
            self.meter.print(f"  | {printable(event.text)}")
        elif isinstance(event, JobEnded):
            self.meter.stop()

    def _stage_ended(self, event: StageEnded) -> None:
        sign = (
            click.style(glyphs().success, fg="green") if event.ok else click.style(glyphs().error, fg="red")
        )
        # The reason of a failure is left to the error at the end.
        spent = f"{event.seconds:.1f} s" if event.seconds < 60 else duration(event.seconds)
        self.session.say(f"{sign} {event.stage} ({spent})")


class _Lines:
    """A line at every tenth of the way, but neither too often nor too seldom."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.told_at, self.told = time.monotonic(), 0.0

    def show(self, progress: Progress) -> None:
        now, fraction = time.monotonic(), progress.fraction or 0.0
        waited = now - self.told_at
        if waited >= LATEST or (waited >= SOONEST and fraction - self.told >= STEP):
            self.told_at, self.told = now, fraction
            self.session.say(f"  {progress}")

    def print(self, text: str) -> None:
        self.session.say(text)

    def stop(self) -> None:
        """Nothing is left to be cleaned up."""


class _Bar:
    """A live bar by rich, imported and drawn with the first progress."""

    def __init__(self) -> None:
        self.rich: RichProgress | None = None
        self.task: Any = None

    def show(self, progress: Progress) -> None:
        rich = self.rich or self._made()
        total = progress.duration_s
        of = f" of {duration(total)}" if total else ""
        left = "" if progress.eta_s is None else f"{duration(progress.eta_s)} left"
        rich.update(
            self.task,
            total=total,
            completed=progress.model_time_s,
            description=f"{duration(progress.model_time_s)}{of}",
            left=left,
        )
        if self.rich is None:  # drawn only now, when there is something to show
            rich.start()
            self.rich = rich

    def print(self, text: str) -> None:
        if self.rich is None:
            click.echo(text, err=True)
        else:
            self.rich.console.print(text, markup=False, highlight=False)

    def stop(self) -> None:
        if self.rich is not None:
            self.rich.stop()
            self.rich = None

    def _made(self) -> RichProgress:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn

        rich = Progress(
            TextColumn("  {task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            console=Console(file=sys.stderr),
        )
        self.task = rich.add_task("", left="")
        return rich


def _shortened(command: str) -> str:
    """A command in one line; a long one is in the workspace, in ``.rompy/launch.sh``."""
    line = " ".join(command.split())
    return line if len(line) <= 100 else f"{line[:97]}..."


def printable(text: str) -> str:
    """Without the control characters that could move the cursor."""
    return "".join(character for character in text if character.isprintable() or character == "\t")
