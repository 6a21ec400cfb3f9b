"""A file that describes a run, and perhaps how it is executed and what becomes of its output.

Three forms are understood::

    run_id: tide            # a run alone
    period: {...}
    config: {...}

    run_id: tide            # the same with sections beside it
    config: {...}
    backend: {type: local}
    postprocessor: {type: noop}

    config:                 # every part a section of its own
      run_id: tide
      config: {...}
    backend: !include local.yml
    postprocessor: {type: noop}
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rompy.core.describing.description import Description
from rompy.errors import ConfigError, RompyError

if TYPE_CHECKING:
    from rompy.core.describing.explain import Problem

SECTIONS = ("config", "backend", "postprocessor")
"""Top keys of the third form."""

# What a run has and a model's own configuration has not: tells the third form from the others.
_OF_A_RUN = ("run_id", "period", "output_dir", "delete_existing", "run_id_subdir")


@dataclass(frozen=True)
class RunFile:
    """The parts of such a file."""

    run: Description
    """For a ModelRun, which resolves its ``${...}`` itself."""
    backend: Description | None = None
    """For the settings of a run backend, resolved."""
    postprocessor: Description | None = None
    """For the settings of a postprocessor, resolved."""

    @classmethod
    def of(cls, description: Description) -> RunFile:
        """Take a description apart.

        Raises:
            ConfigError: it is not a mapping, or has a key that no form knows.
        """
        description.require_mapping()
        run = description.without("backend", "postprocessor")
        if _is_nested(description.data):
            unknown = [key for key in description.data if key not in SECTIONS]
            if unknown:
                raise description.error(f"unknown section{_guess(str(unknown[0]))}", (unknown[0],))
            run = description.section("config")
        return cls(run, _section(description, "backend"), _section(description, "postprocessor"))

    def located(self, error: RompyError) -> RompyError:
        """An error that knows its field only, with file and line; each of its problems if it holds several."""
        from rompy.core.describing.explain import DescriptionError

        if isinstance(error, DescriptionError):
            return DescriptionError([self._placed(problem) for problem in error.problems])
        if error.file is not None:
            return error
        section, rest = self._section_of(tuple((error.field or "").split(".")))
        if section is not self.run and error.field is not None:
            error.field = ".".join(map(str, rest))
        section.locate_error(error)
        return error

    def _placed(self, problem: Problem) -> Problem:
        section, loc = self._section_of(problem.path)
        if problem.file is not None or not loc or loc[0] not in section.place.children:
            return problem
        file, line = section.locate(loc)
        return replace(problem, path=(*section.path, *loc), file=file, line=line)

    def _section_of(self, path: tuple[str | int, ...]) -> tuple[Description, tuple[str | int, ...]]:
        """The section that a path as errors have it leads into, and the path within it."""
        if path[:1] == ("postprocessor",) and self.postprocessor is not None:
            return self.postprocessor, path[1:]
        return self.run, path


def read_description(source: str | Path, *, env_var: str | None = None) -> Description:
    """Read a file, or a YAML or JSON text, or what an environment variable holds (a text, or the path of a file).

    Raises:
        ConfigError: the variable is not set, or the text is not YAML.
        MissingFileError: the file does not exist.
    """
    if env_var is None:
        return _from_file_or_text(str(source), None)
    text = os.environ.get(env_var)
    if text is None:
        raise ConfigError(f"Environment variable {env_var} is not set")
    return _from_file_or_text(text, env_var)


def _from_file_or_text(source: str, name: str | None) -> Description:
    # A text has several lines, a colon before a blank, or braces; everything else is meant to be a path.
    is_text = "\n" in source or ": " in source or source.lstrip().startswith(("{", "["))
    if is_text and not (name is None and _is_file(source)):
        return Description.from_text(source, name=name)
    return Description.load(source)


def _is_file(source: str) -> bool:
    try:
        return Path(source).is_file()
    except (OSError, ValueError):  # longer than any path, or with a zero byte
        return False


def _is_nested(data: dict[Any, Any]) -> bool:
    inner = data.get("config")
    if any(key in data for key in _OF_A_RUN) or not isinstance(inner, dict):
        return False
    return "config" in inner or any(key in inner for key in _OF_A_RUN)


def _section(description: Description, key: str) -> Description | None:
    if key not in description.data:
        return None
    section = description.section(key)
    section.require_mapping()
    return section.rendered()


def _guess(key: str) -> str:
    close = get_close_matches(key, SECTIONS, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; sections are {', '.join(SECTIONS)}"
