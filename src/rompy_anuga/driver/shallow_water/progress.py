"""How far the run has come: a line of JSON for programs, a line of text for people."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from .timeline import date_at


@dataclass(frozen=True)
class Report:
    """The run at one output time; the steps are those since the one before."""

    model_time_s: float
    duration_s: float
    wall_s: float
    """Since the first step."""
    steps: int
    dt_min_s: float | None
    dt_max_s: float | None
    """Shortest and longest step that waves would have allowed; None where no step was made."""
    volume_m3: float
    mass_error_m3: float
    max_speed_m_s: float


class Progress:
    """Writes reports, each at once: whoever follows the file sees only whole lines, except perhaps the last.

    Args:
        file: ``progress.jsonl``, begun anew; None on ranks that say nothing.
        people: where the lines of text go.
        start: the beginning of the run.
    """

    def __init__(self, file: Path | None, people: IO[str], start: datetime) -> None:
        self._lines = file.open("w", encoding="utf-8") if file else None
        self._people = people
        self._start = start

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._lines:
            self._lines.close()

    def report(self, report: Report) -> None:
        """Write one report to both."""
        if self._lines is None:
            return
        self._lines.write(json.dumps(asdict(report)) + "\n")
        self._lines.flush()
        print(self._text(report), file=self._people, flush=True)

    def _text(self, report: Report) -> str:
        done = report.model_time_s / report.duration_s
        steps = f"{report.steps} steps"
        if report.dt_min_s is not None and report.dt_max_s is not None:
            steps += f" of {report.dt_min_s:.3g} to {report.dt_max_s:.3g} s"
        return (
            f"{date_at(self._start, report.model_time_s)}  {done:4.0%}  {steps}  volume {report.volume_m3:.6g} m3 "
            f"(unaccounted {report.mass_error_m3:+.1e})  fastest {report.max_speed_m_s:.2f} m/s  "
            f"{report.wall_s:.1f} s elapsed"
        )
