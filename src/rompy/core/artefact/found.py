"""Artefacts of former runs, and whoever knows of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from rompy.core.artefact.recipe import Recipe


@dataclass(frozen=True)
class Found:
    """What was prepared for a former run."""

    origin: Path
    """The workspace of that run."""
    folder: Path
    """Where its files lie now."""
    files: Mapping[str, str]
    """Digests (SHA-256) of its files, by their names relative to the folder."""
    value: Any
    """What preparing it gave, as the record has it."""
    bytes: int | None = None
    """Size of its files together."""
    besides: Sequence[Mapping[str, Any]] = ()
    """Inputs that were read for it and that its recipe does not name."""
    packages: Mapping[str, str] = field(default_factory=dict)
    """Versions of the distributions that were in use where it was made."""


class Shelf(Protocol):
    """Knows of artefacts of former runs."""

    def find(self, field: str | None, recipe: Recipe) -> Found | None:
        """One with that recipe, made by the same code from inputs that are still the same; None when there is none.

        Args:
            field: where the description has the object that prepares it.
        """
