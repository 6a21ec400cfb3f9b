"""What is said, and which status is left, when a command fails."""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from rompy.cli import statuses
from rompy.errors import DataError, RompyError, WorkspaceError

_UNWRITABLE = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)


@dataclass(frozen=True)
class Failure:
    """An error as people and programs see it."""

    status: int
    code: str
    text: str
    """The whole message, several lines if need be, without a traceback for anything a user can mend."""
    details: dict[str, Any]

    @classmethod
    def of(
        cls,
        error: BaseException,
        *,
        terminated: bool = False,
        log_dir: str | None = None,
        verbose: bool = False,
    ) -> Failure | None:
        """None for what is not ours to report: an exit, or the end of a pipe."""
        if isinstance(error, KeyboardInterrupt):
            return _interrupted(error, terminated)
        if not isinstance(error, Exception) or (isinstance(error, OSError) and error.errno == errno.EPIPE):
            return None
        ours = _as_ours(error)
        if ours is not None:
            return _of_ours(ours)
        return _bug(error, log_dir, verbose)

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {"code": self.code, "exit_status": self.status, "message": self.text, **self.details}


def _as_ours(error: Exception) -> RompyError | None:
    """The error as one of rompy's, if it is one that a user can do something about."""
    if isinstance(error, RompyError):
        return error
    if type(error).__name__ == "ValidationError" and "pydantic" in sys.modules:
        from pydantic import ValidationError

        from rompy.core.describing.description import Description
        from rompy.core.describing.explain import explain

        return explain(error, Description(None)) if isinstance(error, ValidationError) else None
    if isinstance(error, OSError) and error.errno in _UNWRITABLE and error.filename is None:
        return WorkspaceError((error.strerror or str(error)).lower(), hint="Make room, or write elsewhere.")
    if isinstance(error, OSError) and error.filename is not None:
        reason = f"{error.filename}: {(error.strerror or str(error)).lower()}"
        if error.errno == errno.ENOENT:
            return DataError(reason)
        if error.errno in _UNWRITABLE or isinstance(error, PermissionError):
            return WorkspaceError(reason)
    return None


def _of_ours(error: RompyError) -> Failure:
    problems = getattr(error, "problems", ())
    text = str(error) if len(problems) < 2 else f"{len(problems)} mistakes in the description\n{error}"
    details: dict[str, Any] = {
        "field": error.field,
        "file": None if error.file is None else str(error.file),
        "line": error.line,
        "hint": error.hint,
    }
    if problems:
        details["problems"] = [problem.to_dict() for problem in problems]
    return Failure(error.exit_status, error.code, text, details)


def _interrupted(error: KeyboardInterrupt, terminated: bool) -> Failure:
    result = getattr(error, "result", None)
    text = "terminated" if terminated else "interrupted"
    if result is not None:
        text = f"{text}; the run {result}"
    details = {} if result is None else {"run": result.to_dict()}
    status = statuses.TERMINATED if terminated else statuses.INTERRUPTED
    return Failure(status, "terminated" if terminated else "interrupted", text, details)


def _bug(error: Exception, log_dir: str | None, verbose: bool) -> Failure:
    import traceback

    trace = "".join(traceback.format_exception(error))
    summary = traceback.format_exception_only(error)[-1].strip()
    if verbose:
        return Failure(statuses.BUG, "bug", f"unexpected {summary}\n{trace.rstrip()}", {"file": None})
    kept = _keep(trace, log_dir)
    first_line = summary.splitlines()[0]
    return Failure(statuses.BUG, "bug", f"unexpected {first_line} (traceback in {kept})", {"file": str(kept)})


def _keep(trace: str, log_dir: str | None) -> Path:
    """Write a traceback where its reader will find it."""
    import tempfile

    from platformdirs import user_log_path

    from rompy import __version__
    from rompy.cache_folder import own_folder

    now = datetime.now(timezone.utc)
    text = (
        f"rompy {__version__}, Python {sys.version.split()[0]}, {now.isoformat(timespec='seconds')}\n"
        f"{' '.join(sys.argv)}\n\n{trace}"
    )
    name = f"rompy-error-{now:%Y%m%dT%H%M%S}-{os.getpid()}.log"
    own = own_folder(lambda: user_log_path("rompy"), "log")
    for folder in (log_dir and Path(log_dir), own, Path(tempfile.gettempdir())):
        if folder:
            try:
                folder.mkdir(parents=True, exist_ok=True)
                (folder / name).write_text(text, encoding="utf-8")
                return folder / name
            except OSError:
                continue
    sys.stderr.write(text)
    return Path("the lines above")
