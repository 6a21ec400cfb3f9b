"""Compares runs: what was asked for, read, used and where, and what came out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rompy.exports import on_demand

_HOME_OF = {
    "Comparison": "difference",
    "Difference": "difference",
    "LEVELS": "difference",
    "LevelReport": "difference",
    "Tolerance": "tolerance",
    "Verdict": "difference",
    "compare_runs": "runs",
}

__all__ = ["LEVELS", "Comparison", "Difference", "LevelReport", "Tolerance", "Verdict", "compare_runs"]

if TYPE_CHECKING:
    from rompy.provenance.diff.difference import LEVELS, Comparison, Difference, LevelReport, Verdict
    from rompy.provenance.diff.runs import compare_runs
    from rompy.provenance.diff.tolerance import Tolerance

__getattr__, __dir__ = on_demand(__name__, _HOME_OF)
