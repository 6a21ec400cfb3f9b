"""The options that hold a run to a lock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rompy.core.describing.run_file import RunFile
    from rompy.model import ModelRun
    from rompy.provenance.lock import Lock, PinnedRun

F = TypeVar("F", bound=Callable[..., Any])


def lock_options(function: F) -> F:
    """Add ``--locked`` and ``--lock-file``."""
    locked = click.option(
        "--locked",
        is_flag=True,
        help="Refuse an environment, inputs or a program other than those of rompy.lock.",
    )
    file = click.option(
        "--lock-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The same with another lock.  [default: rompy.lock beside CONFIG]",
    )
    return locked(file(function))


class Locks:
    """The locks that runs of one command are held to; each is read, and compared with this environment, once."""

    def __init__(self, locked: bool, lock_file: Path | None) -> None:
        self._are_wanted, self._file = locked or lock_file is not None, lock_file
        self._read: dict[Path, Lock] = {}

    def of(self, source: RunFile, model_run: ModelRun, backend: Any = None) -> PinnedRun | None:
        """What to hold a run to, whose environment and program have been found to be those of here; None when it is
        not to be held to anything.

        Args:
            backend: settings to run with; None when it is only generated.

        Raises:
            LockError: the environment or the program is another one, or the run is not pinned.
            MissingFileError: there is no lock.
        """
        if not self._are_wanted:
            return None
        pinned = self._lock(self._file or place_of_lock(source)).run(model_run.run_id)
        if backend is not None:
            pinned.check_program(model_run, backend)
        return pinned

    def _lock(self, path: Path) -> Lock:
        from rompy.provenance.lock import Lock

        if path not in self._read:
            lock = Lock.read(path)
            lock.check_environment()
            self._read[path] = lock
        return self._read[path]


def place_of_lock(source: RunFile) -> Path:
    """Where the lock of a description is: beside it."""
    from rompy.provenance.lock import NAME

    file = source.run.mark().file
    return (Path(file).parent if file else Path()) / NAME
