"""The runs that somebody names: folders of runs, or folders with runs in them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rompy.core.workspace import Workspace
from rompy.errors import WorkspaceError


def runs_in(places: Sequence[str | Path]) -> list[Path]:
    """Folders of runs among, or below, some folders; each once.

    Raises:
        WorkspaceError: there is none.
    """
    from rompy.jobs.store import workspaces_below

    found: list[Path] = []
    for place in map(Path, places):
        if Workspace(place).manifest.is_file():
            found.append(place)
            continue
        started = (workspace.root for workspace in workspaces_below(place))
        below = sorted({*started, *(path.parent.parent for path in place.glob("*/.rompy/manifest.json"))})
        if not below:
            raise WorkspaceError("there is no run in it", file=place, hint="Give the folder of a run.")
        found += below
    return list({path.resolve(): path for path in found}.values())
