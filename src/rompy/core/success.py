"""What the success of a model looks like, for models that end with exit code 0 after they have failed."""

import re
from pathlib import PurePosixPath

from pydantic import BaseModel, ConfigDict, Field, field_validator

_LOGS = ("stdout", "stderr")


class LogRule(BaseModel):
    """A pattern in a log."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    file: str = "stdout"
    """``stdout``, ``stderr``, or a file of the workspace; may hold ``*`` and ``?``."""
    pattern: str
    """Regular expression, searched in each line."""

    @field_validator("file")
    @classmethod
    def _is_inside(cls, name: str) -> str:
        return name if name in _LOGS else _inside(name)

    @field_validator("pattern")
    @classmethod
    def _is_a_pattern(cls, pattern: str) -> str:
        try:
            re.compile(pattern.encode("utf-8"))
        except re.error as error:
            raise ValueError(f"{pattern!r} is not a regular expression: {error}") from None
        return pattern


class Success(BaseModel):
    """Rules that all have to hold, besides exit code 0, for a run to have succeeded.

    Files are relative to the workspace and may hold ``*``, ``?`` and ``**``. Only those that the run has written count:
    what an earlier attempt left behind is passed over, and so are empty files.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    must_exist: tuple[str, ...] = Field(default=())
    """Files that a model writes when all went well, such as expected output."""
    must_not_exist: tuple[str, ...] = Field(default=())
    """Files that a model writes when something went wrong."""
    must_match: tuple[LogRule, ...] = Field(default=())
    """Patterns that have to be in a log."""
    must_not_match: tuple[LogRule, ...] = Field(default=())
    """Patterns that must not be in a log."""

    @field_validator("must_exist", "must_not_exist")
    @classmethod
    def _are_inside(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(_inside, names))

    def __add__(self, other: "Success | None") -> "Success":
        """The rules of both."""
        if other is None:
            return self
        fields = type(self).model_fields
        both = {n: tuple(dict.fromkeys((*getattr(self, n), *getattr(other, n)))) for n in fields}
        return Success(**both)

    def __bool__(self) -> bool:
        return any(getattr(self, name) for name in type(self).model_fields)


def _inside(name: str) -> str:
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts or "\0" in name:
        raise ValueError(f"{name!r} must be a file inside the workspace, relative to it")
    return name
