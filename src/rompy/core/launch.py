"""How a model is started inside its workspace, said by its configuration and carried out by a backend."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Launch:
    """A command and what it needs, free of any place where it may run. The working directory is the workspace."""

    argv: tuple[str, ...]
    """Program and arguments. ``"python"`` as the first word means the Python of the place where it runs."""
    ranks: int = 1
    """MPI processes; more than one puts the backend's MPI launcher in front."""
    env: Mapping[str, str] = field(default_factory=dict)
    """Environment variables to add."""
    progress: str | None = None
    """File in the workspace to which the model appends progress lines.

    Each line is a JSON object with ``model_time_s``, ``duration_s``, ``wall_s`` and anything else; the last complete
    line counts.
    """
