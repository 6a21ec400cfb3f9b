"""A folder whose files are all made before any of them appears."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from rompy.errors import RompyError, WorkspaceError


@contextmanager
def filling(target: Path, products: Collection[str]) -> Iterator[Path]:
    """A temporary folder beside ``target``; when the block ends well its files move there, each in one step.

    ``products`` are the names of files that may be made. Those that an earlier time made and this one did not are
    removed from ``target``, so that it never mixes two runs; other files there are left alone. If the block fails,
    ``target`` stays as it was.

    Raises:
        WorkspaceError: the folder cannot be written.
    """
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        yield temporary
        target.mkdir(exist_ok=True)
        made = sorted(temporary.iterdir())
        for path in made:
            path.replace(target / path.name)
        for name in set(products) - {path.name for path in made}:
            (target / name).unlink(missing_ok=True)
    except RompyError:
        raise
    except OSError as error:
        raise WorkspaceError(
            f"the results cannot be written: {error.strerror or error}",
            file=target,
            hint="Free space or choose another folder with output_dir.",
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
