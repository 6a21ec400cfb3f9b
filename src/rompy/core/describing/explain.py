"""Turns the errors of validation into one clear line for each mistake.

pydantic speaks of its own inner workings: members of unions, validators, types of Python. People want the file, the
line, the key, and what is expected there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError

from rompy.core.describing.accepted import accepted_keys_at
from rompy.core.describing.description import Description
from rompy.errors import ConfigError, RompyError

_SECRET = re.compile(r"token|password|passwd|secret|api_?key|credential", re.IGNORECASE)
_EXPECTED = {
    "bool": "true or false",
    "int": "a whole number",
    "float": "a number",
    "decimal": "a number",
    "string": "text",
    "datetime": "a time such as 2023-02-01T06:00:00",
    "date": "a date such as 2023-02-01",
    "time": "a time of day such as 06:00",
    "timedelta": "a duration such as 6h or PT6H",
    "time_delta": "a duration such as 6h or PT6H",
    "list": "a list",
    "tuple": "a list",
    "set": "a list",
    "frozen_set": "a list",
    "iterable": "a list",
    "path": "a path",
    "url": "an address such as https://example.org/data.nc",
    "dict": "keys with values",
    "mapping": "keys with values",
    "model": "keys with values",
    "model_attributes": "keys with values",
    "dataclass": "keys with values",
    "none": "nothing",
    "bytes": "text",
}
"""What a field expects, by the first words of pydantic's name of the error."""

_RULES = {
    "greater_than": "must be greater than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "multiple_of": "must be a multiple of {multiple_of}",
    "finite_number": "must be a finite number",
    "too_short": "needs at least {min_length} items and has {actual_length}",
    "too_long": "takes at most {max_length} items and has {actual_length}",
    "string_too_short": "needs at least {min_length} characters",
    "string_too_long": "takes at most {max_length} characters",
    "string_pattern_mismatch": "does not have the form {pattern}",
    "int_from_float": "must be a whole number",
    "path_not_file": "is not a file",
    "path_not_directory": "is not a folder",
    "timezone_naive": "must not have a time zone",
    "timezone_aware": "needs a time zone",
    "datetime_past": "must be in the past",
    "datetime_future": "must be in the future",
    "recursion_loop": "contains itself",
}


@dataclass(frozen=True)
class Problem:
    """One mistake."""

    path: tuple[str | int, ...]
    message: str
    hint: str | None
    file: str | None
    line: int | None

    @property
    def field(self) -> str:
        """The key's path with dots."""
        return ".".join(map(str, self.path))

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.file and self.line else self.file
        text = ": ".join(part for part in (place, self.field, self.message) if part)
        return text if self.hint is None else f"{text} ({self.hint})"

    def to_dict(self) -> dict[str, Any]:
        """For programs."""
        return {
            "field": self.field,
            "message": self.message,
            "hint": self.hint,
            "file": self.file,
            "line": self.line,
        }


class DescriptionError(ConfigError):
    """Several mistakes at once, one line each."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)


def explain(
    error: ValidationError, description: Description, model: type[BaseModel] | None = None
) -> RompyError:
    """The same as an error of rompy, to be raised instead.

    A single mistake that a validator reported as an error of rompy keeps its class, and so its exit status. With
    ``model``, the class that was validated, unknown keys are told which keys there are.
    """
    entries = [_Entry(line, description, model) for line in error.errors(include_url=False)]
    problems = _merged(_without_noise(entries))
    own = [entry.cause for entry in entries if isinstance(entry.cause, RompyError)]
    if len(problems) > 1:
        return DescriptionError(problems)
    (problem,) = problems
    kind = type(own[0]) if own and len(entries) == 1 else ConfigError
    return kind(
        problem.message, hint=problem.hint, field=problem.field or None, file=problem.file, line=problem.line
    )


class _Entry:
    """One line of pydantic's report, its location stripped of everything that is not a key or index."""

    def __init__(
        self, line: Mapping[str, Any], description: Description, model: type[BaseModel] | None
    ) -> None:
        self.type: str = line["type"]
        self.context: Mapping[str, Any] = line.get("ctx", {})
        self.input = line.get("input")
        self.text: str = line["msg"]
        self.description, self.model = description, model
        cause = self.context.get("error")
        self.cause = cause if isinstance(cause, Exception) else None
        self.path = self._path(line["loc"])
        if isinstance(self.cause, RompyError) and self.cause.field:
            self.path = (*self.path, *self.cause.field.split("."))

    def problem(self) -> Problem:
        message, hint = self._message(), None
        if isinstance(self.cause, RompyError):
            hint = self.cause.hint
        elif self.expected == "text" and isinstance(self.input, (bool, int, float, date)):
            hint = "put it in quotes"
        elif self.type == "extra_forbidden":
            hint = self._accepted()
        return self.placed(message, hint)

    def placed(self, message: str, hint: str | None) -> Problem:
        file, line = self.description.locate(self.path)
        return Problem((*self.description.path, *self.path), message, hint, file, line)

    @property
    def expected(self) -> str | None:
        """What the field wants to have, in plain words."""
        if self.type == "literal_error" or self.type == "enum":
            return "one of " + str(self.context.get("expected", "")).replace(" or ", ", ")
        if self.type == "is_instance_of":
            return f"a {self.context.get('class')}"
        stem = re.sub(
            r"_(type|parsing|from_date_parsing|from_datetime_parsing|from_datetime_inexact)$", "", self.type
        )
        return _EXPECTED.get(stem) if stem != self.type else None

    def got(self) -> str:
        """The value as far as it may be shown."""
        if any(_SECRET.search(str(part)) for part in self.path):
            return ""
        if isinstance(self.input, (Mapping, BaseModel)):
            return ", not keys with values"
        text = "nothing" if self.input is None else repr(self.input)
        if isinstance(self.input, bool):
            text = str(self.input).lower()
        elif isinstance(self.input, date):
            text = self.input.isoformat()
        return f", not {text if len(text) <= 60 else text[:57] + '...'}"

    def _path(self, loc: Sequence[Any]) -> tuple[str | int, ...]:
        place = self.description.place
        path: list[str | int] = []
        for i, part in enumerate(loc):
            key = part if part in place.children else _same_word(part, place.children)
            last = i == len(loc) - 1
            if key is not None:
                place, path = place.children[key], [*path, key]
            elif last and self.type in ("missing", "extra_forbidden", "unknown_field"):
                path.append(part)
        return tuple(path)

    def _message(self) -> str:
        if self.type == "missing":
            return "is missing"
        if self.type == "unknown_field":
            return f"unknown key; did you mean {self.context.get('known')!r}?"
        if self.type == "extra_forbidden":
            return f"unknown key{_guess(str(self.path[-1]) if self.path else '', self._keys())}"
        if self.type in ("union_tag_invalid", "union_tag_not_found"):
            return self._wrong_tag()
        if isinstance(self.cause, RompyError):
            return self.cause.message
        if self.cause is not None:
            return str(self.cause)
        if self.type in ("literal_error", "enum") and isinstance(self.input, str):
            return (
                f"expected {self.expected}{self.got()}{_guess(self.input, _quoted(self.context['expected']))}"
            )
        if self.expected is not None:
            return f"expected {self.expected}{self.got()}"
        if self.type in _RULES:
            return _RULES[self.type].format(**self.context) + self.got()
        return self.text[:1].lower() + self.text[1:]

    def _keys(self) -> list[str]:
        return accepted_keys_at(self.model, self.description.data, self.path[:-1]) if self.model else []

    def _wrong_tag(self) -> str:
        if "explanation" in self.context or "known" in self.context:  # written by us
            return self.text
        key = str(self.context.get("discriminator", "model_type")).strip("'")
        if self.type == "union_tag_not_found":
            return f"{key!r} is missing; it tells which kind is meant"
        tag, known = str(self.context["tag"]), str(self.context["expected_tags"])
        return f"{key}: {tag!r} is none of {known}{_guess(tag, _quoted(known))}"

    def _accepted(self) -> str | None:
        keys = self._keys()
        return f"keys here: {', '.join(keys)}" if keys else None


def _guess(word: str, known: Sequence[str]) -> str:
    close = get_close_matches(word, known, n=1)
    return f"; did you mean {close[0]!r}?" if close else ""


def _quoted(text: object) -> list[str]:
    """The words between single quotes."""
    return re.findall(r"'([^']*)'", str(text))


def _same_word(part: Any, keys: Mapping[str | int, Any]) -> str | int | None:
    """The key as the user wrote it, where a plugin lower-cases keys."""
    if not isinstance(part, str):
        return None
    return next((key for key in keys if isinstance(key, str) and key.lower() == part.lower()), None)


def _without_noise(entries: list[_Entry]) -> list[_Entry]:
    """Leave out what union members say that the value was never meant for."""
    deeper = {entry.path[:n] for entry in entries for n in range(len(entry.path))}
    kept = [entry for entry in entries if not (entry.path in deeper and entry.expected)]
    # A member whose rule is broken is closer than one that wanted something of another type.
    closer = {entry.path for entry in kept if not entry.expected}
    return [entry for entry in kept if not (entry.path in closer and entry.expected)] or entries


def _merged(entries: list[_Entry]) -> list[Problem]:
    """One problem a key: what several union members would have liked is said in one sentence."""
    by_path: dict[tuple[str | int, ...], list[_Entry]] = {}
    for entry in entries:
        by_path.setdefault(entry.path, []).append(entry)
    problems = []
    for group in by_path.values():
        wishes = list(dict.fromkeys(entry.expected for entry in group if entry.expected))
        if len(wishes) > 1 and all(entry.expected for entry in group):
            problems.append(group[0].placed(f"expected {', or '.join(wishes)}{group[0].got()}", None))
        else:
            problems += dict.fromkeys(entry.problem() for entry in group)
    return sorted(problems, key=lambda p: (p.file or "", p.line or 0))
