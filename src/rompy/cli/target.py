"""Which runs a command is about: folders, names of runs, or descriptions."""

from __future__ import annotations

import os
from collections.abc import Sequence
from fnmatch import fnmatchcase
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from rompy.errors import WorkspaceError

if TYPE_CHECKING:
    from rompy.jobs.store import JobRow
    from rompy.run.job import Job

targets = click.argument("targets", nargs=-1, required=True, metavar="RUN...")
"""One or several runs."""
target = click.argument("target", metavar="RUN")
"""One run."""
WHICH = (
    "RUN is the folder of a run, a folder with runs in it, a description, or what rompy jobs lists: a run_id, a "
    "pattern of them ('member-*'), the id of a job, or the id of an array for all of its runs."
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
        if os.path.lexists(Workspace(folder).job_json):
            return [Job.open(folder)]
        below = [Job.open(workspace) for workspace in workspaces_below(folder)]
        return below or [Job.open(folder)]
    if path.is_file():
        return [Job.open(_folder_of(path))]
    return _by_name(name)


def _folder_of(path: Path) -> Path:
    from rompy.cli.describe import model_run_of
    from rompy.core.describing.run_file import RunFile, read_description

    folder: Path = model_run_of(RunFile.of(read_description(path))).staging_dir
    return folder.absolute()


def _by_name(name: str) -> list[Job]:
    from rompy.jobs.store import JobStore
    from rompy.run.job import Job

    rows = JobStore().rows()
    if any(sign in name for sign in "*?["):
        rows = [row for row in rows if fnmatchcase(row.run_id, name) or row.native_id == name]
    else:
        rows = _one(name, rows) or _of_array(name, rows)
    if not rows:
        raise WorkspaceError(
            f"no run is known as {name!r}",
            hint="Give its folder, or let rompy jobs --rescan FOLDER find it.",
        )
    return [Job.open(row.workspace) for row in rows]


def _one(name: str, rows: Sequence[JobRow]) -> list[JobRow]:
    """The run of a name or of a job's id.

    Raises:
        WorkspaceError: there are several.
    """
    found = [row for row in rows if name in (row.run_id, row.native_id)]
    if len(found) > 1:
        folders = "".join(f"\n    {row.workspace}" for row in found[:5])
        raise WorkspaceError(f"{len(found)} runs are known as {name!r}; give the folder of one:{folders}")
    return found


def _of_array(name: str, rows: Sequence[JobRow]) -> list[JobRow]:
    """The runs of an array, in its order."""
    from rompy.run.scheduler import parts_of

    found = []
    for row in rows:
        number, index = parts_of(row.native_id or "")
        if number == name and index is not None:
            found.append((index, row))
    return [row for _, row in sorted(found, key=itemgetter(0))]
