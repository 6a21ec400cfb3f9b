"""A run that came to its end: case file, output and the model's own account of it, checked against each other."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rompy.errors import PostprocessError
from rompy_anuga.postprocess.case_file import Case, read_case
from rompy_anuga.postprocess.sww import Sww
from rompy_anuga.run_record import RUN_RECORD

TIME_TOLERANCE_S = 1e-3
"""Model times are sums of time steps; a run that ends within a millisecond of its period is complete."""

RUN_AGAIN = "Run the model again to its end: rompy run. Its messages are in .rompy/stderr.log."


@dataclass(frozen=True)
class FinishedRun:
    """What results are made of."""

    case: Case
    record: Mapping[str, Any]
    """Content of ``run.json``: version, cells, steps, times and mass balance."""

    @property
    def model_version(self) -> str:
        return str(self.record.get("anuga", ""))


def finished_run(root: str | Path) -> FinishedRun:
    """The finished run in a workspace.

    Raises:
        PostprocessError: something is missing, or the output ends before the period; says what, and what to do.
    """
    case = read_case(root)
    record = _record(case)
    if not case.sww.is_file():
        raise PostprocessError(
            "the run has ended but its output is not here", file=case.sww, hint="Restore it or run again."
        )
    with Sww(case.sww) as output:
        _require_whole_period(case, output.seconds)
        cells = record.get("cells", len(output.faces))
        if cells != len(output.faces):
            raise PostprocessError(
                f"the output has {len(output.faces)} cells but run.json speaks of {cells}: they are of different runs",
                file=case.sww,
                hint=RUN_AGAIN,
            )
    return FinishedRun(case, record)


def _record(case: Case) -> dict[str, Any]:
    path = case.root / RUN_RECORD
    if not path.is_file():
        raise PostprocessError(f"{_progress(case)}: there is no run.json", file=path, hint=RUN_AGAIN)
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PostprocessError(
            f"the record of the run is not JSON: {error}", file=path, hint=RUN_AGAIN
        ) from error
    if not isinstance(record, dict):
        raise PostprocessError("the record of the run is not a JSON object", file=path, hint=RUN_AGAIN)
    return record


def _progress(case: Case) -> str:
    """How far an unfinished run came, in words."""
    if not case.sww.is_file():
        return "the model has not been run"
    try:
        with Sww(case.sww) as output:
            reached = float(output.seconds[-1]) if len(output.seconds) else 0.0
    except PostprocessError:
        return "the run has not finished"
    return f"the run has not finished: its output ends at {reached:g} s of {case.duration_s:g} s"


def _require_whole_period(case: Case, seconds: np.ndarray) -> None:
    reached = float(seconds[-1]) if len(seconds) else 0.0
    if not len(seconds) or reached < case.duration_s - TIME_TOLERANCE_S:
        percent = 100 * reached / case.duration_s
        raise PostprocessError(
            f"the output ends at {reached:g} s of model time, {percent:.0f} % of the period of {case.duration_s:g} s",
            file=case.sww,
            hint=RUN_AGAIN,
        )
    if (np.diff(seconds) <= 0).any():
        raise PostprocessError(
            "output times do not increase: two runs have written into one file", file=case.sww, hint=RUN_AGAIN
        )
