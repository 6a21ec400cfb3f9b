"""The case file of a workspace as far as results need it: name, period, coordinates, datum, mesh and boundaries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np

from rompy.errors import PostprocessError

CASE_FORMAT = "rompy-anuga-case/1"


@dataclass(frozen=True)
class Case:
    """What was asked of the model. Paths in the case file are relative to ``root``."""

    root: Path
    name: str
    start: datetime
    """Start of the period, UTC."""
    duration_s: float
    crs: str
    """Projected coordinate system of all x and y, metres."""
    vertical_datum: str
    """What levels are above, for example ``MSL``; empty when the case does not say."""
    mesh: Mapping[str, Any] = field(default_factory=dict)
    boundaries: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @property
    def start64(self) -> np.datetime64:
        """Start of the period for arithmetic with arrays of times."""
        return np.datetime64(self.start.astimezone(timezone.utc).replace(tzinfo=None), "ns")

    @property
    def heading(self) -> str:
        """The name as words, for titles."""
        words = self.name.replace("_", " ").strip()
        return words[:1].upper() + words[1:]

    @property
    def level_unit(self) -> str:
        """Unit of levels with their datum, if it is known: ``m MSL``."""
        return f"m {self.vertical_datum}".strip()

    @property
    def period_words(self) -> str:
        """First and last moment to the minute, for people."""
        first, last = (
            str(moment).replace("T", " ")
            for moment in self.times([0.0, self.duration_s]).astype("datetime64[m]")
        )
        return f"{first} to {last[11:] if first[:10] == last[:10] else last} UTC"

    @property
    def sww(self) -> Path:
        """Where the model writes its output."""
        return self.root / f"{self.name}.sww"

    @property
    def level_boundaries(self) -> dict[str, Mapping[str, Any]]:
        """Boundaries that force a water level, by tag."""
        return {tag: b for tag, b in self.boundaries.items() if b.get("type") == "water_level"}

    def moment(self, seconds: float) -> np.datetime64:
        """One model time as UTC."""
        return np.datetime64(self.times([seconds])[0])

    def times(self, seconds: Any) -> np.ndarray:
        """Model time in seconds since the start as UTC times with nanoseconds."""
        nanoseconds = np.round(np.asarray(seconds, dtype=float) * 1e9)
        moments: np.ndarray = self.start64 + nanoseconds.astype("timedelta64[ns]")
        return moments


def read_case(root: str | Path) -> Case:
    """Read ``case.json`` of a workspace.

    Raises:
        PostprocessError: there is none, or it is not a case file of this model.
    """
    path = Path(root) / "case.json"
    if not path.is_file():
        raise PostprocessError(
            "there is no case file, so this folder is not a workspace of the built-in model",
            file=path,
            hint="Generate and run the model first: rompy pipeline, or rompy generate and then rompy run.",
        )
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise PostprocessError(f"the case file is not JSON: {error}", file=path) from error
    if not isinstance(content, dict) or content.get("format") != CASE_FORMAT:
        raise PostprocessError(f"this is not a case file of format {CASE_FORMAT}", file=path)
    try:
        return _case_of(path.parent, content)
    except KeyError as error:
        raise PostprocessError(f"the case file lacks {error}", file=path) from error
    except (TypeError, ValueError) as error:
        raise PostprocessError(
            f"the case file holds a value that cannot be used: {error}", file=path
        ) from error


def _case_of(root: Path, content: Mapping[str, Any]) -> Case:
    start = datetime.fromisoformat(content["start"].replace("Z", "+00:00"))
    return Case(
        root=root,
        name=content["name"],
        start=start if start.tzinfo else start.replace(tzinfo=timezone.utc),
        duration_s=float(content["duration_s"]),
        crs=content["crs"],
        vertical_datum=content.get("vertical_datum", ""),
        mesh=content["mesh"],
        boundaries=content["boundaries"],
    )
