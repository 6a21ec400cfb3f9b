"""The options that hold a run to a lock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from rompy.core.run_file import RunFile
    from rompy.provenance.lock import Lock

F = TypeVar("F", bound=Callable[..., Any])


def lock_options(function: F) -> F:
    """Add ``--locked`` and ``--lock-file``."""
    locked = click.option(
        "--locked", is_flag=True, help="Refuse an environment or inputs other than those of rompy.lock."
    )
    file = click.option(
        "--lock-file",
        type=click.Path(dir_okay=False, path_type=Path),
        help="The same with another lock.  [default: rompy.lock beside CONFIG]",
    )
    return locked(file(function))


def lock_of(source: RunFile, locked: bool, lock_file: Path | None) -> Lock | None:
    """The lock to hold the run to, whose environment has been found to be this one; None when none is asked for.

    Raises:
        LockError: this environment is another one.
        MissingFileError: there is no lock.
    """
    if not locked and lock_file is None:
        return None
    from rompy.provenance.lock import NAME, Lock

    file = source.run.mark().file
    lock = Lock.read(lock_file or (Path(file).parent if file else Path()) / NAME)
    lock.check_environment()
    return lock
