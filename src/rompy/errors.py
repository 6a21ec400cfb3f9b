"""The errors that rompy raises for reasons a user can do something about.

Each class carries a stable ``code`` for programs and the ``exit_status`` the command line ends with. A message says
what is wrong; ``field``, ``file`` and ``line`` say where; ``hint`` says what to do next.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class RompyError(Exception):
    """Root of the tree. Catch it to handle everything that rompy reports on purpose."""

    code: ClassVar[str] = "rompy"
    exit_status: ClassVar[int] = 1

    def __init__(
        self,
        message: str,
        *,
        hint: str | None = None,
        field: str | None = None,
        file: str | Path | None = None,
        line: int | None = None,
    ) -> None:
        # One positional argument only: OSError subclasses in the tree would read two as (errno, text).
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.field = field
        self.file = file
        self.line = line

    @property
    def where(self) -> str:
        """The place as ``file:line: field``, as far as it is known; empty otherwise."""
        place = "" if self.file is None else str(self.file)
        if place and self.line is not None:
            place = f"{place}:{self.line}"
        return ": ".join(part for part in (place, self.field) if part)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text}\n  {self.hint}" if self.hint else text


class ConfigError(RompyError, ValueError):
    """The description of the run is wrong: an unknown key, a bad value, fields that contradict each other."""

    code = "config"
    exit_status = 3


class DataError(RompyError, ValueError):
    """Input data cannot be read or are unfit: a missing variable, wrong units, gaps."""

    code = "data"
    exit_status = 4


class CoverageError(DataError):
    """Data do not cover the area or the period that the run needs."""

    code = "data.coverage"


class MissingFileError(DataError, FileNotFoundError):
    """A file that the description names is not there."""

    code = "data.missing_file"


class ArchiveError(DataError):
    """An archive is damaged, was made by something else, or holds what must not be unpacked."""

    code = "data.archive"


class PluginError(RompyError, ImportError):
    """A plugin is missing, broken, or claimed by more than one package; or an optional extra is not installed."""

    code = "plugin"
    exit_status = 5


class UnknownPluginError(PluginError):
    """Nothing installed goes by that name."""

    code = "plugin.unknown"


class WorkspaceError(RompyError, OSError):
    """The run directory cannot be made, written, locked or safely replaced."""

    code = "workspace"
    exit_status = 6


class SubmitError(RompyError):
    """A backend could not start the model: nothing to execute, no launcher, a refused submission."""

    code = "submit"
    exit_status = 7


class ModelError(RompyError):
    """The model was started and did not succeed."""

    code = "model"
    exit_status = 8


class PostprocessError(RompyError):
    """The output of a run is missing, incomplete or cannot be processed."""

    code = "postprocess"
    exit_status = 9


class TransferError(RompyError):
    """A file could not be moved to or from another place."""

    code = "transfer"
    exit_status = 10


class ReproducibilityError(RompyError):
    """A run is not what its record says, or cannot be made again as it was."""

    code = "reproducibility"
    exit_status = 11
