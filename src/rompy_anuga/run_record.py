"""What the driver writes down about a run: ``run.json``."""

from __future__ import annotations

import json
from pathlib import Path

RUN_RECORD = "run.json"


def model_version(workspace: Path) -> str | None:
    """Version of ANUGA that made the output in a workspace; None when the driver did not come so far as to tell."""
    try:
        told = json.loads((workspace / RUN_RECORD).read_text(encoding="utf-8"))
        return str(told["anuga"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
