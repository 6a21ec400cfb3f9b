"""Bars on a terminal for work that takes more than a moment."""

from __future__ import annotations

import sys
import time
from threading import Lock
from typing import TYPE_CHECKING, Any

from rompy.long_work import LongWork

if TYPE_CHECKING:
    from rich.progress import Progress

SOON = 1.0
"""Seconds within which work may end without a bar."""


class WorkBars:
    """A listener to long work: a bar for each piece of it, by rich, imported and drawn only when one takes long."""

    def __init__(self) -> None:
        self._rich: Progress | None = None
        self._begun: dict[LongWork, float] = {}
        self._bars: dict[LongWork, Any] = {}
        self._is_over = False
        self._lock = Lock()

    def __call__(self, work: LongWork) -> None:
        with self._lock:
            if self._is_over:
                return
            begun = self._begun.setdefault(work, time.monotonic())
            if work.is_over:
                self._over(work)
            elif time.monotonic() - begun >= SOON:
                self._show(work)

    def stop(self) -> None:
        """Clear what is drawn, and draw nothing any more."""
        with self._lock:
            self._is_over = True
            self._bars.clear()
            if self._rich is not None:
                self._rich.stop()
                self._rich = None

    def _show(self, work: LongWork) -> None:
        rich = self._rich = self._rich or _drawn()
        if work not in self._bars:
            self._bars[work] = rich.add_task(work.what, total=work.total)
        rich.update(self._bars[work], completed=min(work.done, work.total))

    def _over(self, work: LongWork) -> None:
        self._begun.pop(work, None)
        bar = self._bars.pop(work, None)
        if bar is None or self._rich is None:
            return
        self._rich.remove_task(bar)
        if not self._bars:
            self._rich.stop()
            self._rich = None


def _drawn() -> Progress:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

    rich = Progress(
        TextColumn("  {task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
    rich.start()
    return rich
