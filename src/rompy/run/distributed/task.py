"""Runs the model of one workspace as the task of a Dask worker, under the same supervisor as everywhere.

Usage: python3 .rompy/dask_task.py --attempt N --worker PID [options of supervise.py]   < environment as JSON

This file is copied into the workspace beside ``supervise.py``: a worker needs nothing of rompy, only a Python from 3.6
on. Two things are different from a model that is run by itself:

* Dask gives the task of a dead worker to another one. An attempt is run at most once, so whoever comes second finds the
  file ``begun-N`` and leaves;
* the model ends with its worker. Otherwise it would run on while nobody counts it any more.

Exit status: as of ``supervise.py``; 75 also for an attempt that has been begun before.
"""
# ruff: noqa: UP006, UP035, UP045 - Python 3.6 knows no newer spelling
# ruff: noqa: PTH100, PTH118, PTH120 - as in supervise.py

import json
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:  # as in supervise.py: what is not imported need not be waited for
    from typing import Any, Callable, List, Optional, Tuple

sys.dont_write_bytecode = True
if __name__ == "__main__":
    sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
    import supervise  # type: ignore[import-not-found]
else:
    from rompy.jobs import supervise

EXIT_ORPHAN = 76
BEGUN = "begun-{}"


def begin(attempt: int) -> bool:
    """Claim an attempt; False when somebody has begun it before. Holds on network file systems too."""
    try:
        handle = os.open(
            os.path.join(supervise.HIDDEN, BEGUN.format(attempt)), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666
        )
    except FileExistsError:
        return False
    os.close(handle)
    return True


def is_child_of(pid: int) -> bool:
    """Whether a process is our parent still, rather than the one that takes in orphans and got its number said."""
    return os.getppid() == pid and os.getsid(pid) == os.getsid(0)


class TaskSupervisor(supervise.Supervisor):
    """Ends the model when the worker has gone."""

    worker = 0
    mark = None  # type: Optional[str]

    def ended_from_outside(self) -> "Optional[Tuple[str, str]]":
        """The end of the worker is the end of the model."""
        if self.mark is not None and supervise.start_mark(self.worker) == self.mark:
            return None
        return (
            "lost",
            f"the Dask worker that ran it (process {self.worker}) has gone, and the model was ended with it",
        )


def take(arguments: "List[str]", name: str) -> int:
    """Take an option with a number off the command line."""
    index = arguments.index(name)
    value = arguments[index + 1]
    del arguments[index : index + 2]
    return int(value)


def main(arguments: "List[str]", workspace: str, kind: "Callable[..., Any]" = TaskSupervisor) -> int:
    """Run the model once, if nobody has."""
    worker = take(arguments, "--worker")
    attempt = int(arguments[arguments.index("--attempt") + 1])
    os.environ.update(json.loads(sys.stdin.read() or "{}"))
    os.chdir(workspace)
    TaskSupervisor.worker, TaskSupervisor.mark = worker, supervise.start_mark(worker)
    if not is_child_of(worker):
        sys.stderr.write("the worker died before the model was started\n")
        return EXIT_ORPHAN
    if supervise.is_superseded(attempt):
        sys.stderr.write("a later attempt at this workspace has been made: this one is not run any more\n")
        return supervise.EXIT_IN_USE
    if not begin(attempt):
        sys.stderr.write(f"attempt {attempt} has been begun before: it is not run twice\n")
        return supervise.EXIT_IN_USE
    return supervise.main(arguments, workspace, kind=kind)


if __name__ == "__main__":
    status = main(sys.argv[1:], os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    sys.stderr.flush()
    os._exit(status)
