"""Which runs a command is about: folders, names of runs, or descriptions."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rompy.errors import WorkspaceError

if TYPE_CHECKING:
    from rompy.run.job import Job

targets = click.argument("targets", nargs=-1, required=True, metavar="RUN...")
"""One or several runs."""
target = click.argument("target", metavar="RUN")
"""One run."""
WHICH = (
    "RUN is the folder of a run, a folder with runs in it, the run_id of a run that rompy jobs lists, or a "
    "description."
)
"""For the help."""


def jobs_of(names: Sequence[str]) -> list[Job]:
    """The last attempts of some runs, each once.

    Raises:
        WorkspaceError: one of the names stands for no run, or for several of the same run_id.
    """
    found: dict[Path, Job] = {}
    for name in names:
        for job in _jobs_of(name):
            found.setdefault(job.workspace, job)
    return list(found.values())


def job_of(name: str) -> Job:
    """The last attempt of one run.

    Raises:
        WorkspaceError: the name stands for none, or for several.
    """
    jobs = jobs_of([name])
    if len(jobs) > 1:
        raise WorkspaceError(f"{name} holds {len(jobs)} runs; name one of them")
    return jobs[0]


def _jobs_of(name: str) -> list[Job]:
    from rompy.core.workspace import Workspace
    from rompy.jobs.store import workspaces_below
    from rompy.run.job import Job

    path = Path(name)
    if path.is_dir():
        folder = path.absolute()
        if Workspace(folder).job_json.is_file():
            return [Job.open(folder)]
        below = [Job.open(workspace) for workspace in workspaces_below(folder)]
        return below or [Job.open(folder)]
    if path.is_file():
        return [Job.open(_folder_of(path))]
    return [_by_run_id(name)]


def _folder_of(path: Path) -> Path:
    from rompy.cli.describe import model_run_of
    from rompy.core.run_file import RunFile, read_description

    folder: Path = model_run_of(RunFile.of(read_description(path))).staging_dir
    return folder.absolute()


def _by_run_id(name: str) -> Job:
    from rompy.jobs.store import JobStore
    from rompy.run.job import Job

    rows = [row for row in JobStore().rows() if name in (row.run_id, row.native_id)]
    if not rows:
        raise WorkspaceError(
            f"no run is known as {name!r}",
            hint="Give its folder, or let rompy jobs --rescan FOLDER find it.",
        )
    if len(rows) > 1:
        folders = "".join(f"\n    {row.workspace}" for row in rows[:5])
        raise WorkspaceError(f"{len(rows)} runs are known as {name!r}; give the folder of one:{folders}")
    return Job.open(rows[0].workspace)
